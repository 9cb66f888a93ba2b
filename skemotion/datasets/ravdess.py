"""RAVDESS, the Ryerson audio-visual database of emotional speech and song: its audio files."""

import re
from typing import ClassVar

from skemotion.datasets._names import (
    SEVEN_CODES,
    SUFFIXES,
    describe_codes,
    leave_out,
    read_names,
    refuse,
    seems_banglaser,
)
from skemotion.datasets.base import Dataset
from skemotion.protocols import Protocol, fixed_folds, leave_one_out, rotated

_SIX = "01 11 20 21, 04 10 12 14, 08 09 19 23, 03 05 07 24, 02 15 16 18, 06 13 17 22"
_FIVE = "02 05 14 15 16, 03 06 07 13 18, 10 11 12 19 20, 08 17 21 23 24, 01 04 09 22"  # of 5 and 4
_CHANNELS = {"speech": "01", "song": "02"}
_SONG_COUNTS = {"neutral": 92, **dict.fromkeys(("calm", "happy", "sad", "angry", "fear"), 184)}


def _folds(text):
    return [names.split() for names in text.split(", ")]


class RAVDESS(Dataset):
    """RAVDESS audio: two English statements in eight emotions by 24 actors.

    Files are named ``03-01-EE-II-SS-RR-AA.wav``: modality, channel, emotion, intensity, statement,
    repetition, actor. They lie in ``Actor_01`` and so on, on whatever level; a second copy nested
    in some distributions is left out. So are the modalities 01 and 02, whose sound is that of 03,
    and the other channel. A folder that is BanglaSER by its codes is refused.

    Parameters
    ----------
    root : path-like, default=None
        Folder that holds the recordings. None means ``$SKEMOTION_DATA/ravdess``.
    channel : {"speech", "song"}, default="speech"
        What to load: 1,440 spoken recordings, or 1,012 sung ones of 23 actors in six emotions.

    References
    ----------
    .. [1] S. R. Livingstone, F. A. Russo, "The Ryerson Audio-Visual Database of Emotional Speech
       and Song (RAVDESS)", PLoS ONE 13(5), 2018.

    Examples
    --------
    >>> from skemotion.datasets.ravdess import RAVDESS
    >>> RAVDESS().n_recordings, RAVDESS(channel="song").n_recordings
    (1440, 1012)
    """

    name = "ravdess"
    modality = "voice"
    language = "en"
    licence = "CC BY-NC-SA 4.0"
    homepage = "https://zenodo.org/records/1188976"
    citation = (
        "S. R. Livingstone, F. A. Russo, The Ryerson Audio-Visual Database of Emotional Speech and "
        "Song (RAVDESS), PLoS ONE 13(5), 2018."
    )
    emotions: ClassVar[dict] = {
        "01": "neutral",
        "02": "calm",
        "03": "happy",
        "04": "sad",
        "05": "angry",
        "06": "fear",
        "07": "disgust",
        "08": "surprise",
    }
    n_recordings = 1440
    signature = re.compile(rf"(^|/){SEVEN_CODES.pattern}\.\w+$")
    counts: ClassVar[dict] = {name: 96 if name == "neutral" else 192 for name in emotions.values()}
    protocols = (
        Protocol(
            "ravdess/6fold-actor",
            fixed_folds(_folds(_SIX)),
            "6 published folds of four actors",
            6,
            counts=rotated([240] * 6),
        ),
        Protocol(
            "ravdess/5fold-actor",
            fixed_folds(_folds(_FIVE)),
            "5 published folds of five or four actors",
            5,
            counts=rotated([300] * 4 + [240]),
        ),
        Protocol(
            "ravdess/loso", leave_one_out(), "leave one actor out", 24, counts=rotated([60] * 24)
        ),
    )

    def __init__(self, root=None, *, channel="speech"):
        super().__init__(root)
        if channel not in _CHANNELS:
            raise ValueError(
                f"Expected channel to be 'speech' or 'song', got {channel!r}. Pass one of them; "
                "concatenate two loads for both."
            )
        self.channel = channel
        if channel == "song":
            self.n_recordings, self.counts = sum(_SONG_COUNTS.values()), _SONG_COUNTS
            self.protocols = (
                Protocol("ravdess/song-loso", leave_one_out(), "leave one singer out", 23),
            )

    def index(self):
        """Return one row a recording.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `sex`, `statement`, `intensity`, \
`repetition`, `channel`

        Raises
        ------
        ValueError
            If the codes are those of BanglaSER.
        """
        frame = read_names(self, SEVEN_CODES, SUFFIXES["voice"] | {".mp4"})
        video = frame["modality"] != "03"
        frame = leave_out(self, frame, video, "the modality is not 03, audio only")
        if seems_banglaser(frame):
            raise ValueError(
                f"Expected RAVDESS in {self.root}, which has emotions 01 to 08 in two statements, "
                f"got codes of BanglaSER such as {frame['path'].iloc[-1]!r}. "
                "Its emotions mean something else: load it as 'banglaser'."
            )
        other = frame["channel"] != _CHANNELS[self.channel]
        frame = leave_out(self, frame, other, f"the channel is not {self.channel}")
        foreign = (
            ~frame["code"].isin(list(self.emotions))
            | ~frame["intensity"].isin(["01", "02"])
            | ~frame["statement"].isin(["01", "02"])
            | ~frame["repetition"].isin(["01", "02"])
            | ~frame["actor"].between("01", "24")
        )
        frame = refuse(self, frame, foreign, "codes that RAVDESS does not have")
        return describe_codes(frame, self.emotions).assign(channel=self.channel)
