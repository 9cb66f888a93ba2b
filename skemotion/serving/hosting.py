"""The models that are served: warmed up, watched, and swapped while requests come."""

import asyncio
import io
import logging
import os
import threading
import time
import wave
from datetime import UTC, datetime

import numpy as np

from skemotion.serving.batching import Batcher
from skemotion.serving.media import MODALITIES
from skemotion.serving.problems import Refusal

_LOG = logging.getLogger("skemotion.serving")


class Hosted:
    """One served model.

    Parameters
    ----------
    model : Predictor or path-like
        Files are opened here, watched and read again where they change.
    settings : Settings
    batcher : Batcher
    """

    def __init__(self, model, settings, batcher):
        self._settings = settings
        self._loading = threading.Lock()
        self.path = os.fspath(model) if isinstance(model, str | os.PathLike) else None
        self._signature = self.path and _signature(self.path)
        self._seen = self._signature
        self.predictor = self._open() if self.path else _check_takes_files(model)
        self.loaded = _now()
        self.batcher = batcher

    def _open(self):
        from skemotion.runtime import open_predictor

        return _check_takes_files(open_predictor(self.path, n_threads=self._settings.threads))

    def has_changed(self):
        """Tell whether the file was replaced, and is no longer being written.

        Returns
        -------
        bool
        """
        if self.path is None:
            return False
        signature = _signature(self.path)
        settled, self._seen = signature == self._seen, signature
        return settled and signature is not None and signature != self._signature

    def reload(self):
        """Open the file again beside the model in use, try it, then use it instead.

        Returns
        -------
        bool
            Whether another version is in use now.

        Raises
        ------
        Exception
            Whatever is wrong with the file; the model in use stays.
        """
        with self._loading:
            self._signature = _signature(self.path)
            predictor = self._open()
            if predictor.version == self.predictor.version:
                return False
            warm_up(predictor)
            self.predictor, self.loaded = predictor, _now()
            return True

    def describe(self):
        """Return what :class:`~skemotion.serving.schema.ModelInfo` describes.

        Returns
        -------
        dict
        """
        predictor = self.predictor
        manifest = predictor.manifest
        return {
            "name": predictor.name,
            "version": predictor.version,
            "modality": predictor.modality or "unknown",
            "classes": list(predictor.classes),
            "has_probabilities": predictor.has_probabilities,
            "light": predictor.light,
            "loaded": self.loaded,
            "input": manifest.get("input") or {},
            "metrics": manifest.get("metrics"),
            "card": manifest.get("card"),
        }


class Models:
    """All served models, by name.

    Parameters
    ----------
    models : list of (Predictor or path-like)
        The first for a kind of media is the one taken where none is named.
    settings : Settings
    pool : :class:`concurrent.futures.Executor`
    metrics : Metrics

    Raises
    ------
    ValueError
        If there is none, or two have one name.
    """

    def __init__(self, models, settings, pool, metrics):
        self._metrics = metrics
        self._by_name = {}
        for model in models:
            batcher = Batcher(settings, pool, metrics.observe_batch)
            hosted = Hosted(model, settings, batcher)
            name = hosted.predictor.name
            if name in self._by_name:
                raise ValueError(
                    f"Expected models of different names, got two named {name!r}. Rename a file."
                )
            self._by_name[name] = hosted
        if not self._by_name:
            raise ValueError("Expected at least one model to serve, got none. Name a model file.")

    def __iter__(self):
        return iter(self._by_name.values())

    def find(self, name, kind):
        """Return the model for an upload.

        Parameters
        ----------
        name : str or None
            As the request names it.
        kind : {"image", "audio", "video"}
            What the upload is.

        Returns
        -------
        Hosted

        Raises
        ------
        Refusal
            404 if none has the name, 415 if none takes the kind.
        """
        modality = MODALITIES[kind]
        if name is not None:
            hosted = self._by_name.get(name)
            if hosted is None:
                raise Refusal(
                    404,
                    "unknown_model",
                    f"Expected the name of a served model, got {name!r}. "
                    f"Available: {', '.join(self._by_name)}.",
                )
            if hosted.predictor.modality in (modality, None):
                return hosted
            candidates = [hosted]
        else:
            candidates = list(self)
            for hosted in candidates:
                if hosted.predictor.modality == modality:
                    return hosted
        taken = sorted({str(hosted.predictor.modality) for hosted in candidates})
        raise Refusal(
            415,
            "unsupported_media",
            f"Expected {' or '.join(taken)} for {', '.join(h.predictor.name for h in candidates)}, "
            f"got {'an' if kind[0] in 'aei' else 'a'} {kind} file. Send what the model takes.",
        )

    def start(self):
        """Start the threads that predict."""
        for hosted in self:
            hosted.batcher.start()

    def stop(self):
        """Stop the threads that predict."""
        for hosted in self:
            hosted.batcher.stop()

    def warm_up(self):
        """Let each model predict once, so that the first request need not wait."""
        for hosted in self:
            warm_up(hosted.predictor)
            self._metrics.count_load(hosted.predictor, "ok")

    async def watch(self, seconds):
        """Look for replaced files for ever.

        Parameters
        ----------
        seconds : float
            Between two looks.
        """
        while True:
            await asyncio.sleep(seconds)
            for hosted in self:
                if hosted.has_changed():
                    await self.reload(hosted)

    async def reload_all(self):
        """Open all files again."""
        for hosted in self:
            if hosted.path is not None:
                await self.reload(hosted)

    async def reload(self, hosted):
        """Swap one model for what its file holds now; keep it where that is no good.

        Parameters
        ----------
        hosted : Hosted
        """
        name = hosted.predictor.name
        try:
            swapped = await asyncio.to_thread(hosted.reload)
        except Exception as error:  # whatever is wrong with the file: the model in use stays
            self._metrics.count_load(hosted.predictor, "failed")
            _LOG.error("Kept model %s: its file cannot be used. %s", name, error)
            return
        if swapped:
            self._metrics.count_load(hosted.predictor, "ok")
            _LOG.info("Swapped model %s for version %s", name, hosted.predictor.version)


def warm_up(predictor):
    """Let a model predict something of no meaning.

    Parameters
    ----------
    predictor : Predictor

    Raises
    ------
    Exception
        If it cannot predict at all; that it finds no face in a drawing is no such error.
    """
    make = {"voice": _some_sound, "face": _some_picture}.get(predictor.modality)
    if make is None:  # a video would need an encoder
        return
    try:
        predictor.predict_proba([make()])
    except ValueError as error:
        if not hasattr(error, "recording"):
            raise
        _LOG.info("The warm-up recording was refused: %s", error)


def _some_sound(sampling_rate=16000):
    waveform = np.random.default_rng(0).normal(0, 2000, 2 * sampling_rate).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(sampling_rate)
        sound.writeframes(waveform.tobytes())
    return file.getvalue()


def _some_picture():
    from PIL import Image

    pixels = np.random.default_rng(0).integers(0, 256, (96, 96), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def _check_takes_files(predictor):
    if predictor.modality not in MODALITIES.values():
        raise ValueError(
            f"Expected {predictor.name} to take pictures, recordings or videos, but it takes "
            "arrays. Save the whole pipeline, with the step that reads files."
        )
    return predictor


def _signature(path):
    try:
        facts = os.stat(path)
    except OSError:
        return None
    return facts.st_ino, facts.st_size, facts.st_mtime_ns


def _now():
    return datetime.fromtimestamp(int(time.time()), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
