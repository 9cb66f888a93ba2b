"""Fundamental frequency: autocorrelation candidates and the cheapest path through them."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from skemotion.audio._product import multiply
from skemotion.audio._spectrum import hann_window

_LOW_PASS = 1600.0  # Hz, where the weight of the spectrum has fallen to 1 / e
_HIGHEST = 3000.0  # Hz, above which that weight is taken for 0
_LOW_CUT = 30.0  # Hz, below which there is hum, not voice
_WEAKEST = 0.2  # correlation of a candidate
_N_CANDIDATES = 6
_OCTAVE_COST = 0.03  # a candidate an octave lower must correlate that much better
_OCTAVE_JUMP_COST = 0.35  # of changing the frequency by an octave in 10 ms
_VOICING_COST = 0.15  # of a change between voiced and unvoiced in 10 ms
_SILENCE = 0.03  # amplitude, relative to the loudest frame, below which voices are doubted
_BLOCK = 16  # frames whose transitions are joined at once


class PitchTrack(NamedTuple):
    """The fundamental frequency of one waveform.

    Attributes
    ----------
    f0 : ndarray of float32 of shape (n_frames,)
        In Hz; NaN where unvoiced.
    strength : ndarray of float32 of shape (n_frames,)
        Correlation of the frame with itself a period later, 0 to 1; of unvoiced frames that of the
        best candidate, 0 where there is none.
    """

    f0: np.ndarray
    strength: np.ndarray


def track_pitch(spectrum, fmin, fmax, voicing_threshold):
    """Track the fundamental frequency of a waveform.

    Frames are correlated with themselves through their power spectrum, low-passed, and the
    correlation divided by that of the window [1]_. Peaks are candidates; a path through them, and
    through the state of being unvoiced, is chosen that is strong and does not jump.

    Parameters
    ----------
    spectrum : Spectrum
        Of frames that hold at least two periods of `fmin`.
    fmin, fmax : float
        Lowest and highest fundamental frequency, in Hz.
    voicing_threshold : float
        Correlation above which a frame is voiced, if its neighbours say nothing else.

    Returns
    -------
    PitchTrack

    References
    ----------
    .. [1] P. Boersma, "Accurate short-term analysis of the fundamental frequency and the
       harmonics-to-noise ratio of a sampled sound", Proceedings of the Institute of Phonetic
       Sciences 17, University of Amsterdam, 1993.
    """
    rate, n_fft = spectrum.sampling_rate, spectrum.n_fft
    first, basis = correlation_basis(rate, n_fft, spectrum.win_length or n_fft, fmin, fmax)
    correlation = multiply(spectrum.power[:, : len(basis)], basis)
    energy, correlation = correlation[:, :1], correlation[:, 1:]
    correlation /= np.maximum(energy, np.finfo(np.float32).tiny)
    lags, strengths = find_candidates(correlation, first)
    frequencies = np.divide(rate, lags, out=np.zeros_like(lags), where=lags > 0)
    doubt = _doubt_silence(energy[:, 0], voicing_threshold)
    step = spectrum.hop_length / rate / 0.01  # costs are written for steps of 10 ms
    path = _choose(frequencies, strengths, fmin, voicing_threshold + doubt, step)
    rows = np.arange(len(path))
    voiced = path < _N_CANDIDATES
    chosen = np.where(voiced, path, 0)
    f0 = np.where(voiced, frequencies[rows, chosen], np.float32(np.nan))
    return PitchTrack(f0, np.clip(strengths[rows, chosen], 0, 1))


@lru_cache(maxsize=32)
def correlation_basis(sampling_rate, n_fft, win_length, fmin, fmax):
    """Compute what turns power spectra into correlations corrected for window and low-pass.

    Parameters
    ----------
    sampling_rate : int
        In Hz.
    n_fft, win_length : int
        Length of a frame and of its Hann window, in time points.
    fmin, fmax : float
        Range of the fundamental frequency, in Hz.

    Returns
    -------
    first : int
        Lag of the second column, in time points.
    basis : ndarray of float32 of shape (n_bins, 1 + n_lags)
        The first column gives the correlation at lag 0, others the lags from `first` on, one more
        than needed at either end. Only the lowest bins count. Cached: not to be written to.
    """
    first = max(int(sampling_rate / fmax) - 1, 1)
    last = min(int(np.ceil(sampling_rate / fmin)) + 1, win_length - 1)
    lags = np.append(0, np.arange(first, last + 1))
    bins = np.arange(min(n_fft // 2, int(_HIGHEST / sampling_rate * n_fft)) + 1)
    frequencies = bins * (sampling_rate / n_fft)
    weight = np.exp(-np.square(frequencies / _LOW_PASS)) * (frequencies >= _LOW_CUT)
    basis = np.cos(2 * np.pi / n_fft * np.outer(bins, lags)) * weight[:, None]
    return first, (basis / window_correlation(win_length)[lags]).astype(np.float32)


@lru_cache(maxsize=32)
def window_correlation(win_length):
    """Compute the correlation of a Hann window with itself.

    Parameters
    ----------
    win_length : int
        Length of the window, in time points.

    Returns
    -------
    ndarray of float64 of shape (win_length,)
        At lags from 0 on; 1 at lag 0, and never less than a thousandth.
    """
    window = hann_window(win_length, win_length, np.float64)
    own = np.fft.irfft(np.square(np.abs(np.fft.rfft(window, 2 * win_length))))
    return np.maximum(own[:win_length] / own[0], 1e-3)


def find_candidates(correlation, first):
    """Find the strongest peaks of each frame's correlation.

    Parameters
    ----------
    correlation : ndarray of float32 of shape (n_frames, n_lags)
        Normalised.
    first : int
        Lag of the first column, in time points.

    Returns
    -------
    lags, strengths : ndarray of float32 of shape (n_frames, 6)
        Of the peaks, interpolated, the strongest first; 0 where there are fewer.
    """
    centre = correlation[:, 1:-1]
    peak = centre > _WEAKEST
    peak &= centre > correlation[:, :-2]
    peak &= centre >= correlation[:, 2:]
    row, column = np.divmod(np.flatnonzero(peak), centre.shape[1])
    flat = correlation.ravel()
    place = row * correlation.shape[1] + column + 1
    left, middle, right = flat[place - 1], flat[place], flat[place + 1]
    shift = (right - left) / 2 / (2 * middle - left - right)
    strength = middle + (right - left) * shift / 4
    strength = np.where(strength > 1, 1 / strength, strength)
    lag = first + 1 + column + shift
    order = np.lexsort((_OCTAVE_COST * np.log2(lag) - strength, row))
    row, lag, strength = row[order], lag[order], strength[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    kept = rank < _N_CANDIDATES
    lags, strengths = np.zeros((2, len(correlation), _N_CANDIDATES), np.float32)
    lags[row[kept], rank[kept]] = lag[kept]
    strengths[row[kept], rank[kept]] = strength[kept]
    return lags, strengths


def _doubt_silence(energy, voicing_threshold):
    """Return how much stronger a voice must be in each frame for being soft."""
    relative = np.sqrt(energy / max(energy.max(), np.finfo(np.float32).tiny))
    return np.maximum(0, 2 - relative * ((1 + voicing_threshold) / _SILENCE))


def _choose(frequencies, strengths, fmin, threshold, step):
    """Return the candidate of each frame, the number of candidates where it is unvoiced."""
    there = frequencies > 0
    octaves = np.log2(np.where(there, frequencies, fmin) / fmin).astype(np.float32)
    scores = np.where(there, strengths + _OCTAVE_COST * octaves, np.float32(-9))
    scores = np.column_stack([scores, threshold]).astype(np.float32)
    jump = np.abs(octaves[:-1, :, None] - octaves[1:, None, :]) * (_OCTAVE_JUMP_COST / step)
    costs = np.zeros((len(jump), *[_N_CANDIDATES + 1] * 2), np.float32)
    costs[:, :-1, :-1] = jump
    costs[:, -1, :-1] = costs[:, :-1, -1] = _VOICING_COST / step
    return best_path(scores, costs)


def best_path(scores, costs):
    """Find the path of the highest score less its costs.

    It is the dynamic programming of Viterbi, but all blocks of frames are joined in parallel: best
    scores from each state at a block's start to each state at its end, then from block to block,
    and back.

    Parameters
    ----------
    scores : ndarray of float32 of shape (n_frames, n_states)
        Of being in a state.
    costs : ndarray of float32 of shape (n_frames - 1, n_states, n_states)
        Of going from one state to another.

    Returns
    -------
    ndarray of int of shape (n_frames,)
        States.
    """
    n_frames, n_states = scores.shape
    gains = np.empty((-(-n_frames // _BLOCK) * _BLOCK, n_states, n_states), np.float32)
    np.subtract(scores[1:, None, :], costs, out=gains[1:n_frames])
    gains[n_frames:] = np.where(np.eye(n_states, dtype=bool), 0, np.float32(-1e9))  # stay
    gains[0] = scores[0]
    gains = gains.reshape(-1, _BLOCK, n_states, n_states).transpose(1, 2, 0, 3).copy()
    joined = np.empty((_BLOCK, n_states, len(gains[0, 0]), n_states), np.float32)
    joined[0] = gains[0].transpose(2, 1, 0)  # of step, state now, block, state before the block
    for step in range(1, _BLOCK):
        ways = joined[step - 1, :, None] + gains[step].transpose(0, 2, 1)[..., None]
        joined[step] = ways.max(axis=0)
    score, starts = np.zeros(n_states, np.float32), []
    for block in range(joined.shape[2]):
        ways = score + joined[-1, :, block]
        starts.append(ways.argmax(axis=1))
        score = ways.max(axis=1)
    return _trace_back(gains, joined, starts, int(score.argmax()))[:n_frames]


def _trace_back(gains, joined, starts, state):
    """Return the states that lead to the last one."""
    n_blocks = len(starts)
    begin, end = np.empty((2, n_blocks), int)  # state before each block, and in its last frame
    for block in range(n_blocks - 1, -1, -1):
        end[block] = state
        state = begin[block] = starts[block][state]
    path = np.empty((_BLOCK, n_blocks), int)
    path[-1] = end
    blocks = np.arange(n_blocks)
    for step in range(_BLOCK - 1, 0, -1):
        ways = joined[step - 1, :, blocks, begin] + gains[step, :, blocks, path[step]]
        path[step - 1] = ways.argmax(axis=1)
    return path.T.ravel()
