"""RAVDESS, the Ryerson audio-visual database of emotional speech and song."""

import re
from collections import Counter
from typing import ClassVar

import pandas as pd

from skemotion.datasets._frames import check_choice
from skemotion.datasets._names import SUFFIXES, leave_out, read_names, refuse
from skemotion.datasets._seven_codes import (
    SEVEN_CODES,
    describe_codes,
    fits_ravdess,
    refuse_other_codes,
    witnesses,
)
from skemotion.datasets.base import Dataset
from skemotion.datasets.fetching import Download
from skemotion.protocols import Protocol, fixed_folds, leave_one_out, rotated

_SIX = "01 11 20 21, 04 10 12 14, 08 09 19 23, 03 05 07 24, 02 15 16 18, 06 13 17 22"
_FIVE = "02 05 14 15 16, 03 06 07 13 18, 10 11 12 19 20, 08 17 21 23 24, 01 04 09 22"  # of 5 and 4
_EMOTIONS = {
    "01": "neutral",
    "02": "calm",
    "03": "happy",
    "04": "sad",
    "05": "angry",
    "06": "fear",
    "07": "disgust",
    "08": "surprise",
}
_ACTORS = [f"{number:02}" for number in range(1, 25)]
_NO_SINGER = "18"
_CODES = {"01": "speech", "02": "song"}
_CHANNELS = {"speech": ["speech"], "song": ["song"], "speech+song": ["speech", "song"]}
_COUNTS = {  # of each emotion
    "speech": {name: 96 if name == "neutral" else 192 for name in _EMOTIONS.values()},
    "song": {"neutral": 92, **dict.fromkeys(("calm", "happy", "sad", "angry", "fear"), 184)},
}
_PER_ACTOR = {
    "speech": dict.fromkeys(_ACTORS, 60),
    "song": {actor: 44 for actor in _ACTORS if actor != _NO_SINGER},
}
_VOICES = {  # checksums and sizes as the homepage states them
    "speech": ("bc696df654c87fed845eb13823edef8a", 208468073),
    "song": ("5411230427d67a21e18aa4d466e6d1b9", 225505317),
}
_LEFT_OUT = {
    "voice": "the modality is not 03, audio only",
    "video": "it is a sound, not a video",
    "voice+video": "it is the sound of a video",
}


def _folds(text):
    return [names.split() for names in text.split(", ")]


def _download(channel):
    checksum, size = _VOICES[channel]
    file = f"Audio_{channel.capitalize()}_Actors_01-24.zip"
    url = f"https://zenodo.org/records/1188976/files/{file}"
    return Download(url, f"md5:{checksum}", file, size)


def _sum_up(table, channel):
    """Return the counts of a channel, or of both."""
    return dict(sum((Counter(table[name]) for name in _CHANNELS[channel]), Counter()))


def _loso(name, channel, who):
    sizes = [count for _, count in sorted(_sum_up(_PER_ACTOR, channel).items())]
    return Protocol(name, leave_one_out(), f"leave one {who} out", len(sizes), rotated(sizes))


_PROTOCOLS = {
    "speech": (
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
        _loso("ravdess/loso", "speech", "actor"),
    ),
    "song": (_loso("ravdess/song-loso", "song", "singer"),),
    "speech+song": (_loso("ravdess/speech+song-loso", "speech+song", "actor"),),
}


class RAVDESS(Dataset):
    """RAVDESS: two English statements, spoken or sung in eight emotions by 24 actors.

    Each performance stands in three files: audio-visual, video only, audio only. They are named
    ``03-01-EE-II-SS-RR-AA.wav`` or ``01-01-EE-II-SS-RR-AA.mp4``: modality, channel, emotion,
    intensity, statement, repetition, actor. They lie in ``Actor_01`` and so on, on whatever level;
    a second copy nested in some distributions is left out. A folder with files that are BanglaSER's
    by their codes is refused.

    Parameters
    ----------
    root : path-like, default=None
        Folder that holds the recordings. None means ``$SKEMOTION_DATA/ravdess``.
    channel : {"speech", "song", "speech+song"}, default="speech"
        What to load: 1,440 spoken performances, 1,012 sung ones of 23 actors in six emotions, or
        both. The other channel is left out.
    modality : {"voice", "video", "voice+video"}, default="voice"
        Which files of a performance to load:

        - ``"voice"``: modality 03, audio only. The sound of 01 is the same.
        - ``"video"``: modality 02, video only; where it is not there, 01, whose pictures are the
          same.
        - ``"voice+video"``: both, as two columns of `X`. A performance that lacks one of them is
          left out.

    Notes
    -----
    The column `twin` names the performance: it is the same in all modalities, so that an audit of
    several loads finds a performance that stands on both sides. Published are 7,356 files, three of
    each performance.

    References
    ----------
    .. [1] S. R. Livingstone, F. A. Russo, "The Ryerson Audio-Visual Database of Emotional Speech
       and Song (RAVDESS)", PLoS ONE 13(5), 2018.

    Examples
    --------
    >>> from skemotion.datasets.ravdess import RAVDESS
    >>> RAVDESS().n_recordings, RAVDESS(channel="song", modality="video").n_recordings
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
    emotions: ClassVar[dict] = _EMOTIONS
    n_recordings = 1440
    obtain = (
        "Fetch the voices, or download from the homepage Audio_Speech_Actors_01-24.zip, for song "
        "Audio_Song_Actors_01-24.zip, for videos the zip of each actor; put them, unpacked or not, "
        "into $SKEMOTION_DATA/ravdess."
    )
    signature = re.compile(rf"(^|/){SEVEN_CODES.pattern}\.\w+$")
    counts: ClassVar[dict] = _COUNTS["speech"]
    subject_counts: ClassVar[dict] = _PER_ACTOR["speech"]
    originals: ClassVar[dict] = {
        "voice": "547b19b33bfc036cb2db64f3441d7c620ee76633586af41ed4564889acbfa069"
    }
    sampling_rates = (48000,)
    protocols = _PROTOCOLS["speech"]

    def __init__(self, root=None, *, channel="speech", modality="voice"):
        super().__init__(root)
        check_choice("channel", channel, _CHANNELS)
        check_choice("modality", modality, _LEFT_OUT)
        self.channel = channel
        self.modality = modality
        if modality == "voice+video":
            self.media = {"voice": "path", "video": "video"}
        if channel != "speech":
            self.originals = {}
        if modality == "voice":
            self.downloads = tuple(map(_download, _CHANNELS[channel]))
        self.counts = _sum_up(_COUNTS, channel)
        self.subject_counts = _sum_up(_PER_ACTOR, channel)
        self.n_recordings = sum(self.counts.values())
        self.protocols = _PROTOCOLS[channel]
        self.other_protocols = {
            protocol.name: f"the channel is {channel!r}; pass channel={other!r}"
            for other, protocols in _PROTOCOLS.items()
            for protocol in protocols
            if other != channel
        }

    @classmethod
    def recognises(cls, paths):
        """Tell whether nothing speaks for BanglaSER alone."""
        found = witnesses(paths)
        return not found or cls.name in found

    def index(self):
        """Return one row a performance.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `sex`, `statement`, `intensity`, \
`repetition`, `channel`, `twin`
            With ``modality="voice+video"`` `path` is the voice, and there is a column `video`.

        Raises
        ------
        ValueError
            If some codes are those of BanglaSER, or no performance has both a voice and a video.
        """
        refuse_other_codes(self)
        sounds = read_names(self, SEVEN_CODES, SUFFIXES["voice"]).assign(kind="voice")
        videos = read_names(self, SEVEN_CODES, SUFFIXES["video"]).assign(kind="video")
        frame = pd.concat([sounds, videos], ignore_index=True)
        heard = (frame["kind"] == "video") & (frame["modality"] == "03")
        foreign = ~fits_ravdess(frame) | heard
        frame = refuse(self, frame, foreign, "codes that RAVDESS does not have")
        is_video = frame["kind"] == "video"
        is_voice = ~is_video & (frame["modality"] == "03")
        wanted = {"voice": is_voice, "video": is_video, "voice+video": is_voice | is_video}
        frame = leave_out(self, frame, ~wanted[self.modality], _LEFT_OUT[self.modality])
        frame["channel"] = frame["channel"].map(_CODES)
        other = ~frame["channel"].isin(_CHANNELS[self.channel])
        frame = leave_out(self, frame, other, f"the channel is not {self.channel}")
        frame["twin"] = frame["path"].str.rsplit("/").str[-1].str.slice(3, 20)
        return self._performances(frame)

    def _performances(self, frame):
        """Return one row a performance from one a file."""
        voices, videos = (frame[frame["kind"] == kind] for kind in ("voice", "video"))
        again = videos.sort_values("modality", ascending=False).duplicated("twin")
        reason = "modality 01 of a performance that is read from modality 02"
        videos = leave_out(self, videos, again.reindex(videos.index), reason)
        if self.modality == "voice+video":
            voices = self._seen_and_heard(voices, videos)
        chosen = videos if self.modality == "video" else voices
        index = describe_codes(chosen, self.emotions)
        index[["channel", "twin"]] = chosen[["channel", "twin"]]
        if self.modality == "voice+video":
            index["video"] = chosen["twin"].map(videos.set_index("twin")["path"])
        return index

    def _seen_and_heard(self, voices, videos):
        """Return the voices that have a video."""
        n_found = len(voices), len(videos)
        unheard = ~videos["twin"].isin(voices["twin"])
        unseen = ~voices["twin"].isin(videos["twin"])
        leave_out(self, videos, unheard, "the performance has no voice")
        voices = leave_out(self, voices, unseen, "the performance has no video")
        if voices.empty and any(n_found):
            raise ValueError(
                f"Expected voices and videos of the same performances in {self.root}, got "
                f"{n_found[0]} voices and {n_found[1]} videos that share none. Put the missing "
                "files there, or pass modality='voice' or 'video'."
            )
        return voices
