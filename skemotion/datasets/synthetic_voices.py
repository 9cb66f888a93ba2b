"""Synthetic voices: emotional speech by rule, which needs no files."""

import struct
from itertools import product
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import fft

from skemotion.datasets._synthetic import SyntheticDataset, generator
from skemotion.datasets._voice_synthesis import (
    EMOTIONS,
    SAMPLING_RATE,
    STATEMENTS,
    make_speaker,
    synthesise,
)
from skemotion.protocols import Protocol, group_kfold, leave_one_out


class SyntheticVoices(SyntheticDataset):
    """Synthetic speech as from a studio: 16 kHz, clean, the level as it was spoken.

    Parameters
    ----------
    root : None
        There are no files; anything else is an error.
    n_subjects : int, default=10
        Number of speakers, women and men in turn.
    n_repetitions : int, default=4
        Utterances of each emotion by each speaker; they go through the statements in turn.
    random_state : int, default=0
        Seed. The same seed gives the same corpus, bit for bit.

    See Also
    --------
    SyntheticVoicesPhone : Other speakers over a telephone.

    Notes
    -----
    Recordings are bytes, each a complete WAV file with 16-bit PCM. Source-filter synthesis with
    rules for F0, rate, level, spectral slope, breath, jitter and articulation from published
    acoustic correlates of emotions [1]_ [2]_ [3]_, which apply with a strength that varies from
    speaker to speaker and from utterance to utterance. Each speaker sits at a microphone with
    cut-offs and a tilt of its own.

    References
    ----------
    .. [1] P. N. Juslin, P. Laukka, "Communication of emotions in vocal expression and music
       performance", Psychological Bulletin 129(5), 2003.
    .. [2] R. Banse, K. R. Scherer, "Acoustic profiles in vocal emotion expression", Journal of
       Personality and Social Psychology 70(3), 1996.
    .. [3] I. R. Murray, J. L. Arnott, "Toward the simulation of emotion in synthetic speech",
       Journal of the Acoustical Society of America 93(2), 1993.

    Examples
    --------
    >>> from skemotion.datasets.synthetic_voices import SyntheticVoices
    >>> data = SyntheticVoices(n_subjects=2, n_repetitions=1).load()
    >>> data.X.shape, data.X[0][:4], data.frame["path"][0]
    ((12,), b'RIFF', 'speaker01/angry/1.wav')
    """

    name = "synthetic-voices"
    modality = "voice"
    emotions: ClassVar[dict] = {emotion: emotion for emotion in EMOTIONS}
    n_recordings = 240
    counts: ClassVar[dict] = dict.fromkeys(EMOTIONS, 40)
    protocols = (
        Protocol("synthetic-voices/subject-3fold", group_kfold(3), "3 folds of whole speakers", 3),
        Protocol("synthetic-voices/loso", leave_one_out(), "leave one speaker out"),
    )
    _corpus = 1
    _sampling_rate = SAMPLING_RATE
    _low, _high = (60, 300), (3300, 6000)  # Hz, cut-offs of the microphones
    _gain, _keeps, _unsteady = -28, 1.0, 1.0  # dB, share of the speaker's level that is kept, dB
    _noise = (-78, -66)  # dB

    def __init__(self, root=None, *, n_subjects=10, n_repetitions=4, random_state=0):
        super().__init__(root, n_subjects, n_repetitions, random_state)

    def index(self):
        """Return one row an utterance.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `sex`, `statement`, `intensity`, \
`repetition`
            `path` is a name only, such as ``speaker03/happy/1.wav``.
        """
        rows = []
        for number, emotion, repetition in product(
            range(1, self.n_subjects + 1), EMOTIONS, range(1, self.n_repetitions + 1)
        ):
            subject = f"speaker{number:02d}"
            strong = repetition % 2 == 0 and emotion != "neutral"
            rows.append(
                {
                    "path": f"{subject}/{emotion}/{repetition}.wav",
                    "emotion": emotion,
                    "subject": subject,
                    "sex": _sex(number),
                    "statement": STATEMENTS[(repetition - 1) % len(STATEMENTS)],
                    "intensity": "strong" if strong else "normal",
                    "repetition": repetition,
                }
            )
        return pd.DataFrame(rows)

    def recordings(self, frame):
        """Synthesise some rows of the index.

        Parameters
        ----------
        frame : DataFrame
            Rows of :meth:`index`.

        Returns
        -------
        ndarray of object of shape (n_samples,)
            Bytes, each a WAV file.
        """
        speakers = {}
        files = np.empty(len(frame), dtype=object)
        for row, (path, intensity, statement) in enumerate(
            zip(frame["path"], frame["intensity"], frame["statement"], strict=True)
        ):
            subject, emotion, name = path.split("/")
            number = int(subject.removeprefix("speaker"))
            if number not in speakers:
                speakers[number] = self._subject(number)
            speaker, microphone = speakers[number]
            key = (number, EMOTIONS.index(emotion), int(name.removesuffix(".wav")))
            rng = generator(self.random_state, self._corpus, *key)
            usual = 1.2 if intensity == "strong" else 0.85
            strength = usual * 2 ** rng.normal(0, 0.2)
            waveform, level = synthesise(speaker, emotion, statement, strength, rng)
            waveform = self._record(waveform, level, microphone, rng)
            files[row] = to_wav(waveform, self._sampling_rate)
        return files

    def _subject(self, number):
        rng = generator(self.random_state, self._corpus, number)
        speaker = make_speaker(rng, _sex(number))
        high = np.exp(rng.uniform(*np.log(self._high)))
        tilt = rng.normal(0, 0.9)
        return speaker, _Microphone(self._sampling_rate, rng.uniform(*self._low), high, tilt)

    def _record(self, waveform, level, microphone, rng):
        """Pass the microphone, set the level, add noise and hum."""
        waveform = microphone(waveform)
        level = self._keeps * level + rng.normal(0, self._unsteady) + self._gain
        waveform *= 10 ** (level / 20) / np.sqrt(np.mean(waveform**2))
        noise = rng.standard_normal(len(waveform), dtype=np.float32)
        noise[1:] += 0.8 * noise[:-1]
        turns = np.arange(len(waveform), dtype=np.float32) * (50 / self._sampling_rate)
        noise += np.float32(0.7) * np.sin(2 * np.pi * turns)
        return waveform + np.float32(10 ** (rng.uniform(*self._noise) / 20)) * noise


class SyntheticVoicesPhone(SyntheticVoices):
    """Synthetic speech as over a telephone: 8 kHz, 300 to 3400 Hz, noise, other speakers.

    The telephone evens out most of the level and codes samples by the mu-law of ITU-T G.711.

    Parameters
    ----------
    root : None
        There are no files; anything else is an error.
    n_subjects : int, default=10
        Number of speakers, women and men in turn; none of them is in :class:`SyntheticVoices`.
    n_repetitions : int, default=4
        Utterances of each emotion by each speaker; they go through the statements in turn.
    random_state : int, default=0
        Seed. The same seed gives the same corpus, bit for bit.

    See Also
    --------
    SyntheticVoices : The same as from a studio, with the sources.

    Examples
    --------
    >>> from skemotion.datasets.synthetic_voices import SyntheticVoicesPhone
    >>> data = SyntheticVoicesPhone(n_subjects=2, n_repetitions=1).load(scheme="common4")
    >>> data.X.shape, data.left_out["emotion 'fear' is not in scheme 'common4'"]
    ((8,), 2)
    """

    name = "synthetic-voices-phone"
    protocols = (
        Protocol(
            "synthetic-voices-phone/subject-3fold", group_kfold(3), "3 folds of whole speakers", 3
        ),
        Protocol("synthetic-voices-phone/loso", leave_one_out(), "leave one speaker out"),
    )
    _corpus = 2
    _sampling_rate = SAMPLING_RATE // 2
    _low, _high = (180, 400), (2900, 3700)
    _gain, _keeps, _unsteady = -32, 0.7, 2.0
    _noise = (-76, -60)

    def _record(self, waveform, level, microphone, rng):
        return _mu_law(super()._record(waveform, level, microphone, rng))


class _Microphone:
    """Bring speech to a sampling rate between two cut-offs, with a tilt of its own."""

    def __init__(self, sampling_rate, low, high, tilt):
        self.sampling_rate = sampling_rate
        self.low, self.high, self.tilt = low, high, tilt

    def __call__(self, waveform):
        step = SAMPLING_RATE // self.sampling_rate
        size = 2 * step * fft.next_fast_len(len(waveform) // (2 * step) + 1, real=True)
        spectrum = fft.rfft(waveform, size)[: size // step // 2 + 1]
        f = fft.rfftfreq(size, 1 / SAMPLING_RATE)[: len(spectrum)].astype(np.float32)
        passed = (self.tilt / 6000 * f).astype(np.float32)
        np.exp(passed, out=passed)
        passed /= np.sqrt(1 + (self.low / np.maximum(f, 1)) ** 4) * np.sqrt(
            1 + (f / self.high) ** 32
        )
        return fft.irfft(spectrum * passed)[: len(waveform) // step]


def _mu_law(waveform):
    """Code and decode with 8 bits a sample."""
    mu = 255.0
    coded = np.sign(waveform) * np.log1p(mu * np.abs(np.clip(waveform, -1, 1))) / np.log1p(mu)
    coded = np.round(coded * 127) / 127
    return np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(mu)) / mu


def to_wav(waveform, sampling_rate):
    """Write a waveform as a mono WAV file with 16-bit PCM.

    Parameters
    ----------
    waveform : ndarray of shape (n_times,)
        Between -1 and 1; a louder one is turned down to a peak of 0.97.
    sampling_rate : int
        In Hz.

    Returns
    -------
    bytes

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.datasets.synthetic_voices import to_wav
    >>> len(to_wav(np.zeros(100), 16000))
    244
    """
    peak = np.abs(waveform).max()
    scale = 0.97 / peak if peak > 0.97 else 1.0
    data = np.round(waveform * (scale * 32767)).astype("<i2").tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, sampling_rate, 2 * sampling_rate, 2, 16)
    size = 4 + len(form) + 8 + len(data)
    return b"".join(
        [
            struct.pack("<4sI4s", b"RIFF", size, b"WAVE"),
            form,
            struct.pack("<4sI", b"data", len(data)),
            data,
        ]
    )


def _sex(number):
    return "female" if number % 2 else "male"
