"""How level, pitch classes and crossings of zero are computed, without scikit-learn."""

import numpy as np

from skemotion.audio._chroma import chroma_filters, chromagram, estimate_tuning
from skemotion.audio._frames import FeatureFrames
from skemotion.audio._spectrum import root_mean_square

_CLASSES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_SILENT = -1e-10  # what is closer to 0 counts as 0, which is positive


class ChromaFrames(FeatureFrames):
    """How :class:`~skemotion.audio.Chroma` is computed."""

    def compute(self, spectrum):
        """Compute the pitch classes of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float32 of shape (n_frames, n_chroma)
            The strongest class of a frame is 1; frames of silence are 0.
        """
        tuning = self.tuning
        if tuning is None:
            tuning = estimate_tuning(spectrum.power, spectrum.sampling_rate, self.n_chroma)
        filters = chroma_filters(spectrum.sampling_rate, spectrum.n_fft, self.n_chroma, tuning)
        return chromagram(spectrum.power, filters)

    def names(self):
        """Return the names of the classes: notes if there are twelve, numbers otherwise.

        Returns
        -------
        list of str
        """
        classes = _CLASSES if self.n_chroma == 12 else range(1, self.n_chroma + 1)
        return [f"chroma_{name}" for name in classes]


class RMSFrames(FeatureFrames):
    """How :class:`~skemotion.audio.RMS` is computed."""

    def compute(self, spectrum):
        """Compute the root mean square of the frames of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its frames.

        Returns
        -------
        ndarray of float32 of shape (n_frames, 1)
        """
        return root_mean_square(spectrum.frames)[:, None]

    def names(self):
        """Return ``["rms"]``.

        Returns
        -------
        list of str
        """
        return ["rms"]


class LogEnergyFrames(FeatureFrames):
    """How :class:`~skemotion.audio.LogEnergy` is computed."""

    def compute(self, spectrum):
        """Compute the feature of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float32 of shape (n_frames, 1)
        """
        frames = spectrum.frames
        energy = np.vecdot(frames, frames) / np.float32(frames.shape[1])
        return 10 * np.log10(np.maximum(energy, np.float32(self.floor)))[:, None]

    def names(self):
        """Return ``["log_energy"]``.

        Returns
        -------
        list of str
        """
        return ["log_energy"]


class ZeroCrossingsFrames(FeatureFrames):
    """How :class:`~skemotion.audio.ZeroCrossings` is computed."""

    def compute(self, spectrum):
        """Compute the feature of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float64 of shape (n_frames, 1)
        """
        side = spectrum.n_fft // 2
        padded = np.pad(spectrum.waveform, side, mode="edge")
        negative = padded < np.float32(_SILENT)
        crossed = np.concatenate(([0], np.cumsum(negative[1:] != negative[:-1])))
        start = np.arange(len(spectrum.frames)) * spectrum.hop_length
        within = crossed[start + spectrum.n_fft - 1] - crossed[start]
        return (within / spectrum.n_fft)[:, None]

    def names(self):
        """Return ``["zero_crossings"]``.

        Returns
        -------
        list of str
        """
        return ["zero_crossings"]
