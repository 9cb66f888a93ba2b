"""Emotional speech by rule: a glottal source, a vocal tract and rules for each emotion.

Each glottal pulse is made in the frequency domain, as source times vocal tract, and added at its
own instant, so that F0, jitter, shimmer and formants change from pulse to pulse.

The source is the causal-anticausal model of the glottal flow derivative (B. Doval, C. d'Alessandro,
N. Henrich, "The voice source as a causal/anticausal linear filter", VOQUAL 2003), the tract a
cascade of resonators (D. H. Klatt, "Software for a cascade/parallel formant synthesizer", JASA
67(3), 1980), the vowels those of G. E. Peterson, H. L. Barney, "Control methods used in a study of
the vowels", JASA 24(2), 1952.
"""

from typing import NamedTuple

import numpy as np
from scipy import fft

SAMPLING_RATE = 16000
STATEMENTS = (
    "ma SI tu ne KA lo mi",
    "wo LE da FI xe ni TO ra",
    "be NA su , ti GO le ma",
    "ju PE ri do MU , fa ti",
)
"""Fixed statements: syllables, stressed ones in capitals, a comma for a pause."""

_VOWELS = {
    "a": (730, 1090, 2440),
    "e": (530, 1840, 2480),
    "i": (280, 2250, 2950),
    "o": (550, 850, 2410),
    "u": (310, 870, 2240),
}
_SCHWA = np.array([520.0, 1450.0, 2450.0])


class _Consonant(NamedTuple):
    """Durations in s, frequencies in Hz, gains relative to a vowel."""

    closure: float = 0.0
    noise: float = 0.0
    voiced: float = 0.0
    centre: float = 1000.0
    width: float = 1000.0
    noise_gain: float = 0.0
    voicing: float = 0.0
    locus: tuple = (300, 1500, 2500)


_CONSONANTS = {
    "p": _Consonant(0.065, 0.025, 0, 900, 1200, 0.25, 0, (300, 900, 2200)),
    "t": _Consonant(0.055, 0.030, 0, 4300, 1600, 0.30, 0, (300, 1750, 2700)),
    "k": _Consonant(0.055, 0.035, 0, 2000, 700, 0.30, 0, (300, 1900, 2300)),
    "b": _Consonant(0.050, 0.008, 0, 900, 1200, 0.15, 0.10, (250, 900, 2200)),
    "d": _Consonant(0.045, 0.010, 0, 4000, 1600, 0.15, 0.10, (250, 1750, 2700)),
    "g": _Consonant(0.045, 0.012, 0, 2000, 700, 0.15, 0.10, (250, 1900, 2300)),
    "f": _Consonant(0, 0.090, 0, 5200, 3500, 0.07, 0, (320, 1000, 2200)),
    "s": _Consonant(0, 0.105, 0, 6000, 1200, 0.22, 0, (320, 1700, 2600)),
    "x": _Consonant(0, 0.105, 0, 3300, 900, 0.28, 0, (320, 1800, 2500)),
    "m": _Consonant(0, 0, 0.065, voicing=0.35, locus=(260, 1050, 2200)),
    "n": _Consonant(0, 0, 0.060, voicing=0.35, locus=(260, 1550, 2600)),
    "l": _Consonant(0, 0, 0.055, voicing=0.50, locus=(340, 1150, 2650)),
    "r": _Consonant(0, 0, 0.055, voicing=0.45, locus=(400, 1200, 1650)),
    "w": _Consonant(0, 0, 0.055, voicing=0.45, locus=(290, 650, 2150)),
    "j": _Consonant(0, 0, 0.055, voicing=0.50, locus=(270, 2100, 2950)),
}

CORRELATES = {
    # f0 level in semitones, f0 slope in semitones/s, level and aspiration in dB, the rest in
    # octaves; F1 is how far the mouth opens, "reach" how far vowels are from a schwa
    "f0": (4.5, -2.5, 5.5, 4.5, 0.0, -1.0),
    "f0_range": (0.6, 0.1, -0.2, 0.9, 0.0, -0.8),
    "f0_slope": (0.5, -1.5, 1.5, 2.0, 0.0, -1.0),
    "rate": (0.20, -0.50, 0.30, 0.15, 0.0, -0.35),
    "level": (9.0, -1.0, 0.5, 5.0, 0.0, -6.0),
    "level_range": (0.6, 0.2, 0.5, 0.3, 0.0, -0.6),
    "brightness": (1.5, -0.4, -0.2, 0.6, 0.0, -1.0),
    "aspiration": (-2.0, 0.0, 6.0, -1.0, 0.0, 5.0),
    "jitter": (0.7, 0.8, 1.3, -0.4, 0.0, 0.6),
    "f1": (0.16, 0.04, -0.02, 0.08, 0.0, -0.08),
    "f2": (-0.02, -0.06, 0.02, 0.10, 0.0, -0.02),
    "reach": (0.20, -0.05, 0.10, 0.05, 0.0, -0.40),
    "pause": (-0.5, 0.5, -0.2, -0.4, 0.0, 1.0),
    "attack": (-0.8, 0.2, -0.3, -0.6, 0.0, 0.8),
}
"""What each emotion does to the voice, as a difference from neutral; order of `EMOTIONS`.

Signs and order of size follow P. N. Juslin, P. Laukka, "Communication of emotions in vocal
expression and music performance", Psychological Bulletin 129(5), 2003; R. Banse,
K. R. Scherer, "Acoustic profiles in vocal emotion expression", Journal of Personality and Social
Psychology 70(3), 1996; I. R. Murray, J. L. Arnott, "Toward the simulation of emotion in synthetic
speech", JASA 93(2), 1993. Disgust is in the last two only.
"""
EMOTIONS = ("angry", "disgust", "fear", "happy", "neutral", "sad")
_EFFECTS = np.array(list(CORRELATES.values())).T
_SPREAD = np.array([1.5, 0.3, 1.0, 0.10, 2.0, 0.3, 0.4, 2.0, 0.4, 0.04, 0.03, 0.12, 0.4, 0.3])
_N_FFT = 384  # a pulse lasts 24 ms
_ONSET = 120  # where the instant of closure lies in it
_Z = np.exp(-2j * np.pi * np.arange(_N_FFT // 2 + 1) / _N_FFT).astype(np.complex64)
_FREQUENCIES = np.arange(_N_FFT // 2 + 1, dtype=np.float32) * np.float32(SAMPLING_RATE / _N_FFT)
_DELAYS = np.exp(-2j * np.pi / _N_FFT * np.outer(np.arange(32) / 32, np.arange(_N_FFT // 2 + 1)))
_DELAYS = _DELAYS.astype(np.complex64)  # by parts of a time point


class Speaker(NamedTuple):
    """Who speaks: what stays the same from utterance to utterance."""

    sex: str
    f0: float  # Hz
    tract: float  # scale of the formants; longer vocal tracts have lower ones
    rate: float  # syllable durations are divided by it
    level: float  # dB
    brightness: float  # octaves
    aspiration: float  # dB
    bandwidth: float
    manner: np.ndarray  # (n_emotions, n_correlates): effects of this speaker's emotions


def make_speaker(rng, sex):
    """Draw a speaker.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    sex : {"female", "male"}
        Sets the usual F0 and formants.

    Returns
    -------
    Speaker
    """
    female = sex == "female"
    strength = np.clip(rng.normal(1.0, 0.2, (len(EMOTIONS), 1)), 0.5, 1.5)
    own = rng.normal(0.0, 0.45, _EFFECTS.shape) * _SPREAD
    return Speaker(
        sex=sex,
        f0=(205.0 if female else 115.0) * 2 ** rng.normal(0, 0.13),
        tract=(1.16 if female else 1.0) * 2 ** rng.normal(0, 0.06),
        rate=2 ** rng.normal(0, 0.12),
        level=rng.normal(0, 1.5),
        brightness=rng.normal(0, 0.35),
        aspiration=rng.normal(3.0 if female else 0.0, 2.0),
        bandwidth=2 ** rng.normal(0, 0.15),
        manner=_EFFECTS * strength + own,
    )


def synthesise(speaker, emotion, statement, strength, rng):
    """Speak one statement.

    Parameters
    ----------
    speaker : Speaker
        Who speaks.
    emotion : str
        One of `EMOTIONS`.
    statement : str
        Syllables, as in `STATEMENTS`.
    strength : float
        How strongly the emotion shows; 0 is neutral, 1 the usual.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    waveform : ndarray of float32 of shape (n_times,)
        At 16 kHz, with a root mean square of 1 while somebody speaks.
    level : float
        How loud it was, in dB relative to the neutral speech of a usual speaker.
    """
    effect = speaker.manner[EMOTIONS.index(emotion)] * strength
    effect = effect + rng.normal(0.0, 0.45, len(effect)) * _SPREAD
    voice = dict(zip(CORRELATES, effect.tolist(), strict=True))
    plan = _Plan(speaker, voice, statement, rng)
    waveform = _pulses(speaker, voice, plan, rng)
    for start, duration, consonant in plan.noises:
        _add_noise(waveform, start, duration, consonant, speaker, voice, rng)
    active = np.abs(waveform) > 0.02 * np.abs(waveform).max()
    waveform /= np.sqrt(np.mean(waveform[active] ** 2))
    return waveform, speaker.level + voice["level"]


class _Plan:
    """Turn syllables into break points of voicing and formants, noises and accents."""

    def __init__(self, speaker, voice, statement, rng):
        self.stretch = 2 ** -voice["rate"] / speaker.rate
        self.attack = 0.02 * 2 ** voice["attack"]
        self.reach = 2 ** voice["reach"]
        self.pause = 0.14 * 2 ** voice["pause"]
        self.time = rng.uniform(0.06, 0.12)
        self.start = self.time
        self.gains, self.formants = [(0.0, 0.0), (self.time, 0.0)], []
        self.noises, self.accents = [], []
        words = statement.split()
        for position, word in enumerate(words):
            if word == ",":
                self._silence(self.pause)
                continue
            self._consonant(word[0].lower())
            last = position == len(words) - 1
            self._vowel(word[1].lower(), word.isupper(), last, voice, rng)
        self.stop = self.time
        self._silence(rng.uniform(0.06, 0.12))

    def _consonant(self, letter):
        sound = _CONSONANTS[letter]
        start = self.time
        self.time += (sound.closure + sound.noise + sound.voiced) * self.stretch
        if sound.noise:
            length = sound.noise * self.stretch
            self.noises.append((self.time - length, length, sound))
        self.gains += [(start + 0.012, sound.voicing), (self.time, sound.voicing)]
        self.formants.append((0.5 * (start + self.time), sound.locus))

    def _vowel(self, letter, stressed, last, voice, rng):
        length = 0.105 * (1.35 if stressed else 1.0) * (1.4 if last else 1.0)
        length *= self.stretch * 2 ** rng.normal(0, 0.15)
        target = _SCHWA + (np.array(_VOWELS[letter]) - _SCHWA) * self.reach
        weight = rng.normal(1.0, 0.2) if stressed else rng.normal(0.0, 0.15)
        gain = 10 ** (3.0 * (weight - 0.5) * 2 ** voice["level_range"] / 20)
        start, self.time = self.time, self.time + length
        edge = min(0.045, 0.4 * length)
        self.formants += [(start + edge, target), (self.time - edge, target)]
        attack = min(self.attack, 0.4 * length)
        self.gains += [(start + attack, gain), (self.time - edge / 2, gain * 0.8)]
        self.accents.append((0.5 * (start + self.time), weight, length))

    def _silence(self, length):
        self.gains += [(self.time + 0.02, 0.0), (self.time + max(length, 0.021), 0.0)]
        self.time += max(length, 0.021)


def _pulses(speaker, voice, plan, rng):
    times, f0 = _pulse_times(speaker, voice, plan, rng)
    gain = np.interp(times, *np.array(plan.gains).T)
    times, f0, gain = (values[gain > 0.004] for values in (times, f0, gain))
    jitter = 0.005 * 2 ** voice["jitter"]
    gain = gain * np.maximum(1 + 6 * jitter * rng.standard_normal(len(gain)), 0.1)
    knots = np.array([time for time, _ in plan.formants])
    targets = np.array([target for _, target in plan.formants], dtype=float)
    targets *= speaker.tract * 2.0 ** np.array([voice["f1"], voice["f2"], 0.3 * voice["f2"]])
    formants = np.stack([np.interp(times, knots, column) for column in targets.T])
    formants[0] = np.maximum(formants[0], 0.9 * f0)
    spectrum = _spectra(speaker, voice, f0, formants, gain, rng)
    at = times * SAMPLING_RATE - _ONSET
    whole = np.floor(at).astype(np.intp)
    spectrum *= _DELAYS[((at - whole) * len(_DELAYS)).astype(np.intp)]
    frames = fft.irfft(spectrum, _N_FFT, axis=1, overwrite_x=True)
    frames *= _TAPER
    n_times = int(plan.time * SAMPLING_RATE)
    waveform = np.zeros(n_times + 2 * _N_FFT, dtype=np.float32)
    for start, frame in zip(whole + _N_FFT, frames, strict=True):
        waveform[start : start + _N_FFT] += frame
    return waveform[_N_FFT : _N_FFT + n_times]


_TAPER = np.ones(_N_FFT, dtype=np.float32)
_TAPER[:48] = np.sin(np.linspace(0, np.pi / 2, 48)) ** 2
_TAPER[-96:] = np.cos(np.linspace(0, np.pi / 2, 96)) ** 2


def _pulse_times(speaker, voice, plan, rng):
    """Follow the F0 contour: declination, accents, slope, a drifting remainder."""
    grid = np.arange(0.0, plan.time, 0.002)
    span = plan.stop - plan.start
    along = np.clip((grid - plan.start) / span, 0, 1)
    melody = 1.2 - 2.4 * along
    for centre, weight, length in plan.accents:
        melody += 3.0 * weight * np.exp(-0.5 * ((grid - centre) / (0.6 * length)) ** 2)
    drift = np.interp(along, np.linspace(0, 1, 7), rng.normal(0, 0.5, 7))
    semitones = (melody + drift - 1.0) * 2 ** voice["f0_range"]
    semitones += voice["f0"] + voice["f0_slope"] * (along - 0.5) * span
    f0 = np.clip(speaker.f0 * 2 ** (semitones / 12), 55.0, 600.0)
    cycles = np.cumsum(f0) * 0.002
    count = np.arange(1, int(cycles[-1]))
    jitter = 0.005 * 2 ** voice["jitter"]
    times = np.interp(count + jitter * rng.standard_normal(len(count)), cycles, grid)
    return times, np.interp(times, grid, f0)


def _spectra(speaker, voice, f0, formants, gain, rng):
    """Return the spectrum of each pulse: flow derivative and breath, through the vocal tract."""
    widths = np.array([95.0, 110.0, 150.0]) * speaker.bandwidth
    tract = above = np.float32(1.0)
    for centre, width in zip(formants, widths, strict=True):
        numerator, denominator = _resonator(centre, width)
        gain, tract = gain * numerator, tract * denominator
    ratio = _FREQUENCIES / (0.85 * f0).astype(np.float32)[:, None]
    resonance = np.empty(ratio.shape, dtype=np.complex64)
    np.subtract(1, ratio * ratio, out=resonance.real)
    np.multiply(ratio, -1.1, out=resonance.imag)
    cutoff = 1500.0 * 2 ** (speaker.brightness + voice["brightness"])
    spectrum = _breath(speaker, voice, len(f0), rng) * resonance
    spectrum += ratio * (1j / (1 + 1j * _FREQUENCIES / cutoff)).astype(np.complex64)
    resonance *= tract
    spectrum *= resonance.conj()
    size = resonance.real**2 + resonance.imag**2
    spectrum *= gain.astype(np.float32)[:, None] / size  # so divided twice as fast
    for centre in (3500, 4500):
        numerator, denominator = _resonator(centre * speaker.tract, 0.06 * centre)
        above = above * (np.float32(numerator) / denominator)
    spectrum *= above
    return spectrum


def _breath(speaker, voice, n_pulses, rng):
    """Return noise that falls towards low frequencies, one spectrum a pulse, from a small pool."""
    pool = rng.standard_normal((48, 2 * len(_FREQUENCIES)), dtype=np.float32).view(np.complex64)
    loudness = 10 ** ((speaker.aspiration + voice["aspiration"] - 48) / 20)
    pool *= np.float32(loudness) * _FREQUENCIES / (500 + _FREQUENCIES * (1 + _FREQUENCIES / 3000))
    return pool[rng.integers(len(pool), size=n_pulses)]


def _resonator(centre, width):
    """Return a two-pole response with gain 1 at 0 Hz, as numerators and denominators."""
    radius = np.exp(-np.pi * width / SAMPLING_RATE)
    angle = 2 * np.pi * np.minimum(centre, 0.49 * SAMPLING_RATE) / SAMPLING_RATE
    first = -2 * radius * np.cos(angle)
    denominator = np.asarray(first, np.float32)[..., None] * _Z
    denominator += np.float32(radius**2) * _Z * _Z + 1
    return 1 + first + radius**2, denominator


def _add_noise(waveform, start, duration, consonant, speaker, voice, rng):
    first = int(start * SAMPLING_RATE)
    length = min(int(duration * SAMPLING_RATE), len(waveform) - first)
    size = fft.next_fast_len(length, real=True)
    f = fft.rfftfreq(size, 1 / SAMPLING_RATE)
    centre = min(consonant.centre * speaker.tract**0.5, 7200)
    shape = np.exp(-0.5 * ((f - centre) / consonant.width) ** 2)
    noise = fft.irfft(fft.rfft(rng.standard_normal(size)) * shape, size)[:length]
    noise *= np.sqrt(np.hanning(length + 2)[1:-1])
    loudness = 0.25 * voice["brightness"]
    peak = np.abs(waveform).max() * consonant.noise_gain * 2**loudness
    waveform[first : first + length] += noise * (peak / np.abs(noise).max())
