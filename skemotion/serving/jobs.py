"""One upload on its way to a prediction: what is predicted for it, and what is answered."""

import time

import numpy as np

from skemotion.serving.media import as_wav, inspect, undecodable
from skemotion.serving.problems import Refusal

_A_FACE = 128  # pixels a side up to which a picture is taken as a face, as corpora hold them
_SMALL = 32_768  # bytes
_MAYBE_A_FACE = 256  # pixels a side up to which it is where no face is found in it
_DETECTION_SIDE = 640  # JPEG files are decoded no smaller than this
_MARGIN = 0.4  # around a face for a model that looks for the face itself
_WINDOW = 3.0  # s
_MOST_SAMPLES = 2**25  # of the windows of a recording together: 128 MiB
_NO_FACE_FOUND = "No face was found: the whole picture was taken as one."


class Job:
    """One upload, its place in the request, and what becomes of it.

    Parameters
    ----------
    data : bytes
        The upload.
    kind : {"image", "audio", "video"}
        What it is.
    predictor : Predictor
        What predicts it.
    options : Options
        Parameters of the request.
    settings : Settings
        Limits.
    index : int, default=0
        Its place in the request.
    name : str, default=None
        Its file name.
    """

    def __init__(self, data, kind, predictor, options, settings, index=0, name=None):
        self.data = data
        self.kind = kind
        self.predictor = predictor
        self.options = options
        self.settings = settings
        self.index = index
        self.name = name
        self.batcher = None  # where it waits for its prediction
        self.media = None
        self.recordings = None  # what the model gets
        self.regions = None  # boxes or times, one a recording
        self.prepared = None  # what the predictor made of the recordings
        self.seconds = None  # that this took
        self.size = 0  # bytes of what was cut out for it
        self.warning = None
        self.error = None

    def look(self):
        """Read the header; make the recordings at once where that costs nothing.

        Returns
        -------
        bool
            Whether the recordings are made; otherwise :meth:`prepare` has to.

        Raises
        ------
        Refusal
            If the upload is damaged, or over a limit.
        """
        if self.media is not None:
            return self.recordings is not None
        self.media = inspect(self.data, self.kind, self.settings)
        if self.kind == "image":
            whole = self._whole_picture()
        elif self.kind == "audio":
            whole = not self._window()
        else:
            whole = True
        if whole:
            self.recordings, self.regions = [self.data], [None]
        return whole

    def is_small(self):
        """Tell whether it is a small picture, which is prepared in a moment by most models.

        Returns
        -------
        bool

        Raises
        ------
        Refusal
            As :meth:`look` does.
        """
        if self.kind != "image" or len(self.data) > _SMALL or not self.look():
            return False
        return max(self.media.width, self.media.height) <= _A_FACE

    def get_ready(self):
        """Have the predictor prepare the recordings, and note how long that took.

        Raises
        ------
        ValueError
            If it cannot.
        """
        start = time.perf_counter()
        self.prepared = self.predictor.prepare(self.recordings)
        self.seconds = time.perf_counter() - start

    def prepare(self):
        """Find the faces, or cut the recording into windows.

        Raises
        ------
        Refusal
            If it cannot be decoded, or shows no face.
        """
        try:
            {"image": self._find_faces, "audio": self._cut_windows}[self.kind]()
        except ValueError as error:
            raise undecodable(self.kind, f"{error}".rstrip(".")) from error
        self.size = sum(memoryview(recording).nbytes for recording in self.recordings)

    def answer(self, labels, scores):
        """Return what :class:`~skemotion.serving.schema.Item` describes.

        Parameters
        ----------
        labels : sequence of str
            Classes, one a recording of this job.
        scores : ndarray of shape (n_recordings, n_classes)
            Probabilities, one row a recording of this job.

        Returns
        -------
        dict

        Raises
        ------
        Refusal
            If the model gave no probabilities.
        """
        shares = [self._shares(row) for row in scores.tolist()]
        results = list(zip(labels, shares, strict=True))
        item = self._item()
        item["media"] = self.media.as_dict()
        item["model"] = {"name": self.predictor.name, "version": self.predictor.version}
        item["label"], item["probabilities"] = results[0]
        if self.kind == "image":
            item["faces"] = [
                {"box": region and region["box"], "score": region and region["score"]}
                | {"label": label, "probabilities": probabilities}
                for region, (label, probabilities) in zip(self.regions, results, strict=True)
            ]
        elif self.regions[0]:
            mean = self._shares(scores.mean(axis=0).tolist())
            item["label"], item["probabilities"] = max(mean, key=mean.get), mean
            item["timeline"] = [
                region | {"label": label, "probabilities": probabilities}
                for region, (label, probabilities) in zip(self.regions, results, strict=True)
            ]
        item["warning"] = self.warning
        return item

    def refuse(self, refusal, request_id):
        """Return the item of an upload that got no prediction.

        Parameters
        ----------
        refusal : Refusal
            Why not.
        request_id : str

        Returns
        -------
        dict
        """
        return self._item() | {"error": refusal.as_dict(request_id)}

    def _item(self):
        return {
            "index": self.index,
            "name": self.name,
            "media": None,
            "model": None,
            "label": None,
            "probabilities": None,
            "faces": None,
            "timeline": None,
            "warning": None,
            "error": None,
        }

    def _shares(self, row):
        if not sum(row) >= 0:
            raise Refusal(
                422,
                "no_prediction",
                "Expected a recording that the model can judge, got one without an answer "
                "(its probabilities are not numbers). Send a longer or louder one.",
            )
        return {
            name: round(value, 6) for name, value in zip(self.predictor.classes, row, strict=True)
        }

    def _whole_picture(self):
        if self.options.faces != "auto":
            return self.options.faces == "whole"
        return max(self.media.width, self.media.height) <= _A_FACE

    def _window(self):
        """Return the seconds of a window, 0 where the whole recording is one."""
        window = self.options.window
        if window is None:
            window = _WINDOW if self.media.duration > 2 * _WINDOW else 0
        return window if window < self.media.duration else 0

    def _find_faces(self):
        from skemotion.image._cut import cut_out
        from skemotion.image._io import decode_image
        from skemotion.image.detect import detect_faces

        steps = self.predictor.manifest.get("input", {}).get("steps", ())
        margin = _MARGIN if "CropFaces" in steps else 0.0
        limits = {"max_pixels": self.settings.max_pixels, "max_side": self.settings.max_side}
        least = (_DETECTION_SIDE, _DETECTION_SIDE)
        picture = decode_image(self.data, "rgb", reduce_to=least, **limits)
        scale = max(self.media.width, self.media.height) / max(picture.shape[:2])
        found = detect_faces(picture, min_face=self.options.min_face, eyes=True)
        if not found:
            self._take_whole()
            return
        found = found[: self.settings.max_faces]
        self.recordings = [cut_out(picture, face, margin=margin) for face in found]
        self.regions = [
            {
                "box": {
                    name: round(getattr(face, name) * scale, 1)
                    for name in ("x", "y", "width", "height")
                },
                "score": round(face.score, 4),
            }
            for face in found
        ]

    def _take_whole(self):
        size = max(self.media.width, self.media.height)
        if self.options.faces == "detect" or size > _MAYBE_A_FACE:
            raise Refusal(
                422,
                "no_face",
                f"Expected a face in the picture of {self.media.width} x {self.media.height} "
                "pixels, found none. Lower min_face if faces are small, or set faces=whole if the "
                "picture is a face.",
            )
        self.recordings, self.regions = [self.data], [None]
        self.warning = _NO_FACE_FOUND

    def _cut_windows(self):
        from skemotion.audio._io import read_native

        settings = self.settings
        limits = settings.max_duration, settings.max_sampling_rate, settings.max_channels
        waveform, rate, _ = read_native(self.data, limits)
        window = self._window()
        starts = window_starts(len(waveform) / rate, window, self.options.hop or window / 2)
        n_times = round(window * rate)
        most = max(_MOST_SAMPLES, 3 * len(waveform))
        if len(starts) * n_times > most:
            raise Refusal(
                422,
                "bad_parameter",
                f"Expected windows of at most {most} samples together, got {len(starts)} of "
                f"{n_times}. Raise hop, or lower window.",
            )
        firsts = [min(round(start * rate), max(len(waveform) - n_times, 0)) for start in starts]
        parts = [waveform[first : first + n_times] for first in firsts]
        self.recordings = [as_wav(part, rate) for part in parts]
        self.regions = [
            {"start": round(first / rate, 3), "end": round((first + len(part)) / rate, 3)}
            for first, part in zip(firsts, parts, strict=True)
        ]


def window_starts(duration, window, hop):
    """Return where windows start; the last one ends where the recording does.

    Parameters
    ----------
    duration, window, hop : float
        In seconds.

    Returns
    -------
    list of float

    Examples
    --------
    >>> window_starts(8.0, 3.0, 2.0)
    [0.0, 2.0, 4.0, 5.0]
    """
    n_whole = max(int(np.floor((duration - window) / hop + 1e-9)), 0) + 1
    starts = [hop * number for number in range(n_whole)]
    if duration - window - starts[-1] > 1e-3:
        starts.append(duration - window)
    return [float(start) for start in starts]
