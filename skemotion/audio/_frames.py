"""How acoustic features of one recording are computed together, without scikit-learn."""

import numpy as np

from skemotion.audio._functionals import Contour, compute, summarise
from skemotion.audio._io import decode_audio
from skemotion.audio._spectrum import Spectrum

_SPEECH = 45.0  # dB below the loudest frame, to which a frame without pitch counts as unvoiced


class FeatureFrames:
    """Base of how a feature is computed frame by frame.

    What a class needs of parameters are its attributes. Those of scikit-learn get them from the
    constructors of :class:`~skemotion.audio.AcousticFeature` and its sub-classes.
    """

    def check(self):
        """Raise ValueError if parameters that are right on their own do not go together."""
        if self.win_length is not None and self.win_length > self.n_fft:
            raise ValueError(
                f"Expected win_length to be at most n_fft={self.n_fft}, got {self.win_length}. "
                "Raise n_fft or lower win_length."
            )

    def front_end(self):
        """Return what determines the spectrum.

        Returns
        -------
        tuple of int
            Sampling rate, n_fft, hop_length and win_length.
        """
        return self.sampling_rate, self.n_fft, self.hop_length, self.win_length or self.n_fft


def analyse(recording, *, features, summary):
    """Decode one recording and compute features that share its spectra.

    Parameters
    ----------
    recording : path-like, bytes, file object or ndarray
        As in :func:`~skemotion.audio._io.decode_audio`.
    features : list of FeatureFrames
        Of one sampling rate.
    summary : tuple of str or None
        Functionals over the frames, or None for the frames.

    Returns
    -------
    ndarray of float32
        Of shape (n_features,): the first functional of all features, then the second, and so on;
        or of shape (n_frames, n_features), with 0 for NaN.
    """
    waveform = decode_audio(recording, features[0].sampling_rate)
    front_ends = [feature.front_end() for feature in features]
    spectra = {front_end: Spectrum(waveform, *front_end) for front_end in set(front_ends)}
    frames = [
        _compute(feature, spectra[front_end])
        for feature, front_end in zip(features, front_ends, strict=True)
    ]
    if summary is None:
        n_frames = min(map(len, frames))  # an odd n_fft may give one less than an even one
        joined = np.concatenate([part[:n_frames] for part in frames], axis=1, dtype=np.float32)
        joined[np.isnan(joined)] = 0
        return joined
    steps = [feature.hop_length / feature.sampling_rate for feature in features]
    return np.concatenate(summarise(frames, steps, summary), dtype=np.float32)


def _compute(feature, spectrum):
    frames = feature.compute(spectrum)
    if frames.ndim != 2:
        raise TypeError(
            f"expected {type(feature).__name__}.compute to return an array of shape "
            f"(n_frames, n_features), got shape {frames.shape}"
        )
    return frames


def analyse_groups(recording, *, features, groups):
    """Decode one recording and compute functionals that differ from feature to feature.

    Parameters
    ----------
    recording : path-like, bytes, file object or ndarray
        As in :func:`~skemotion.audio._io.decode_audio`.
    features : sequence of FeatureFrames
        Of one front end; among them "pitch" and "log_energy".
    groups : sequence of (tuple of str, tuple of str, str)
        Columns, functionals and where they are taken, see :class:`~skemotion.audio._presets.Group`.

    Returns
    -------
    ndarray of float32 of shape (n_features,)
        Always finite: a feature without frames, such as the pitch of a whisper, has the functionals
        of one that is 0 throughout.
    """
    front_end = features[0].front_end()
    spectrum = Spectrum(decode_audio(recording, front_end[0]), *front_end)
    frames = np.hstack([feature.compute(spectrum) for feature in features])
    names = [column for feature in features for column in feature.names()]
    places = {column: place for place, column in enumerate(names)}
    voiced = ~np.isnan(frames[:, places["pitch"]])
    level = frames[:, places["log_energy"]]
    kept = {"voiced": voiced, "unvoiced": ~voiced & (level > level.max() - _SPEECH)}
    step = features[0].hop_length / features[0].sampling_rate
    values = []
    for columns, functionals, where in groups:
        part = frames[:, [places[column] for column in columns]]
        if where:
            part[~kept[where]] = np.nan
        contour = Contour(part, step)
        values += [_functional(contour, functional) for functional in functionals]
    return np.concatenate(values, dtype=np.float32)


def _functional(contour, name):
    if name == "equivalent_level":  # of steady sound with the same energy, from levels in dB
        return 10 * np.log10(np.mean(10 ** (contour.values / 10), axis=0))
    if name == "mean":
        return contour.mean
    if name == "std":
        return np.sqrt(contour.variance)
    return compute(contour, name)
