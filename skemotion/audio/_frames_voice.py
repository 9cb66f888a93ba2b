"""How features of voiced frames are computed, without scikit-learn."""

import numpy as np

from skemotion.audio._formants import find_formants, harmonic_levels
from skemotion.audio._frames import FeatureFrames
from skemotion.audio._pitch import track_pitch
from skemotion.audio._voice_quality import find_periods, harmonicity, jitter, shimmer

_LOWEST = 27.5  # Hz, where semitones are counted from, as eGeMAPS does


class PitchedFrames(FeatureFrames):
    """Base of how features of voiced frames are computed."""

    def pitch(self):
        """Return what determines the pitch track.

        Returns
        -------
        tuple of float
            What :func:`~skemotion.audio._pitch.track_pitch` takes after the spectrum.
        """
        return self.fmin, self.fmax, self.voicing_threshold

    def spread(self, spectrum, values):
        """Put the values of voiced frames in their places among all frames.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.
        values : ndarray of shape (n_voiced, n_features)
            One row a voiced frame.

        Returns
        -------
        ndarray of float32 of shape (n_frames, n_features)
            NaN where unvoiced.
        """
        f0 = spectrum.once(track_pitch, *self.pitch()).f0
        frames = np.full((len(f0), values.shape[1]), np.nan, np.float32)
        frames[~np.isnan(f0)] = values
        return frames

    def check(self):
        """Raise ValueError if parameters do not go together."""
        super().check()
        if not self.fmin < self.fmax <= self.sampling_rate / 4:
            raise ValueError(
                f"Expected fmin < fmax <= sampling_rate / 4 = {self.sampling_rate / 4:g}, got "
                f"fmin={self.fmin:g} and fmax={self.fmax:g}. Correct them or raise sampling_rate."
            )
        win_length = self.win_length or self.n_fft
        fewest = int(np.ceil(3 * self.sampling_rate / self.fmin))
        if win_length < fewest:
            raise ValueError(
                f"Expected frames of three periods of fmin={self.fmin:g} Hz, {fewest} time points, "
                f"got {win_length}. Raise win_length and n_fft, or fmin."
            )


class PitchFrames(PitchedFrames):
    """How :class:`~skemotion.audio.Pitch` is computed."""

    def compute(self, spectrum):
        """Track the pitch of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float32 of shape (n_frames, 2)
            Fundamental frequency, NaN where unvoiced; correlation with itself one period away, 0
            where nothing repeats.
        """
        track = spectrum.once(track_pitch, *self.pitch())
        pitch = semitones(track.f0) if self.unit == "semitones" else track.f0
        return np.column_stack([pitch, track.strength])

    def names(self):
        """Return ``["pitch", "voicing"]``.

        Returns
        -------
        list of str
        """
        return ["pitch", "voicing"]


class JitterFrames(PitchedFrames):
    """How :class:`~skemotion.audio.Jitter` is computed."""

    def compute(self, spectrum):
        """Compute the jitter of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float32 of shape (n_frames, 1)
            Relative, 0.01 for one per cent; NaN where unvoiced or without three peaks.
        """
        periods, _ = spectrum.once(find_periods, *self.pitch())
        return self.spread(spectrum, jitter(periods)[:, None])

    def names(self):
        """Return ``["jitter"]``.

        Returns
        -------
        list of str
        """
        return ["jitter"]


class ShimmerFrames(PitchedFrames):
    """How :class:`~skemotion.audio.Shimmer` is computed."""

    def compute(self, spectrum):
        """Compute the shimmer of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float32 of shape (n_frames, 1)
            In dB; NaN where unvoiced or without three peaks.
        """
        _, amplitudes = spectrum.once(find_periods, *self.pitch())
        return self.spread(spectrum, shimmer(amplitudes)[:, None])

    def names(self):
        """Return ``["shimmer"]``.

        Returns
        -------
        list of str
        """
        return ["shimmer"]


class HNRFrames(PitchedFrames):
    """How :class:`~skemotion.audio.HNR` is computed."""

    def compute(self, spectrum):
        """Compute the ratio of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float32 of shape (n_frames, 1)
            In dB, from -40 to 40; NaN where unvoiced.
        """
        return self.spread(spectrum, harmonicity(spectrum, *self.pitch())[:, None])

    def names(self):
        """Return ``["hnr"]``.

        Returns
        -------
        list of str
        """
        return ["hnr"]


class ResonanceFrames(PitchedFrames):
    """Base of how features of formants are computed."""

    def check(self):
        """Raise ValueError if parameters do not go together."""
        super().check()
        if self.ceiling > self.sampling_rate / 2:
            raise ValueError(
                f"Expected ceiling to be at most sampling_rate / 2 = {self.sampling_rate / 2:g}, "
                f"got {self.ceiling:g}. Lower it or raise sampling_rate."
            )

    def analyse(self, spectrum, n_formants):
        """Return formants and pitch of the voiced frames, computed once for all features.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.
        n_formants : int
            Number of formants.

        Returns
        -------
        frequencies, bandwidths : ndarray of shape (n_voiced, n_formants)
            In Hz; NaN where there are fewer.
        f0 : ndarray of shape (n_voiced, 1)
            In Hz.
        """
        frequencies, bandwidths = spectrum.once(find_formants, self.ceiling, *self.pitch())
        f0 = spectrum.once(track_pitch, *self.pitch()).f0
        return frequencies[:, :n_formants], bandwidths[:, :n_formants], f0[~np.isnan(f0), None]

    def levels(self, spectrum, harmonics):
        """Return the levels of harmonics of the voiced frames.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.
        harmonics : ndarray of shape (n_voiced, n_harmonics)
            Which ones, counted from 1; NaN for none.

        Returns
        -------
        ndarray of shape (n_voiced, n_harmonics)
            In dB.
        """
        return harmonic_levels(spectrum, harmonics, *self.pitch())


class FormantsFrames(ResonanceFrames):
    """How :class:`~skemotion.audio.Formants` is computed."""

    def compute(self, spectrum):
        """Find the formants of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float32 of shape (n_frames, 3 * n_formants)
            Of each formant the frequency and the bandwidth in Hz, and the level in dB of the
            nearest harmonic over that of the first; NaN where unvoiced or not found.
        """
        frequencies, bandwidths, f0 = self.analyse(spectrum, self.n_formants)
        levels = self.levels(spectrum, nearest_harmonics(frequencies, f0))
        levels -= self.levels(spectrum, np.ones_like(f0))
        values = np.stack([frequencies, bandwidths, levels], axis=2)
        return self.spread(spectrum, values.reshape(len(f0), 3 * self.n_formants))

    def names(self):
        """Return the names of the columns, such as ``"f1_frequency"``.

        Returns
        -------
        list of str
        """
        kinds = ("frequency", "bandwidth", "amplitude")
        return [f"f{place}_{kind}" for place in range(1, self.n_formants + 1) for kind in kinds]


class HarmonicDifferenceFrames(ResonanceFrames):
    """How :class:`~skemotion.audio.HarmonicDifference` is computed."""

    def compute(self, spectrum):
        """Compute the differences of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float32 of shape (n_frames, 2)
            The first harmonic over the second, and over the one nearest to the third formant, in
            dB; NaN where unvoiced.
        """
        frequencies, _, f0 = self.analyse(spectrum, 3)
        one = np.ones_like(f0)
        third = nearest_harmonics(frequencies[:, 2:3], f0)
        levels = self.levels(spectrum, np.hstack([one, 2 * one, third]))
        return self.spread(spectrum, levels[:, :1] - levels[:, 1:])

    def names(self):
        """Return ``["h1_h2", "h1_a3"]``.

        Returns
        -------
        list of str
        """
        return ["h1_h2", "h1_a3"]


def semitones(frequencies):
    """Convert frequencies to semitones above 27.5 Hz.

    Parameters
    ----------
    frequencies : ndarray of float
        In Hz.

    Returns
    -------
    ndarray of float
    """
    return 12 * np.log2(frequencies / np.float32(_LOWEST))


def nearest_harmonics(frequencies, f0):
    """Return which harmonics are nearest to frequencies.

    Parameters
    ----------
    frequencies : ndarray of shape (n_voiced, n_frequencies)
        In Hz.
    f0 : ndarray of shape (n_voiced, 1)
        Fundamental frequency, in Hz.

    Returns
    -------
    ndarray of shape (n_voiced, n_frequencies)
        Counted from 1.
    """
    return np.maximum(np.rint(frequencies / f0), 1)
