"""CASIA-EmotionV3, facial videos: an assumed layout."""

import re
from typing import ClassVar

from skemotion.datasets._names import SUFFIXES, read_names, refuse
from skemotion.datasets.base import Dataset
from skemotion.emotions import CANONICAL, canonical

_PATH = re.compile(r"(?:^|/)(?P<subject>[^/]+)/(?P<code>[^/]+)/(?P<clip>[^/]+)$")


class CASIAEmotionV3(Dataset):
    """CASIA-EmotionV3: facial videos of East Asian persons. Its layout is an ASSUMPTION.

    No public description of a corpus of this name was found, so nothing here is published fact:
    not the layout, not the names of the emotions, not the licence. It is claimed to hold 21,900
    videos in six classes; that is not checked. What is read is
    ``<subject>/<emotion>/<clip>.avi|mp4``, on whatever level, with emotions under any known name
    (:func:`skemotion.emotions.canonical`). Compare the table with what came with your copy; if its
    layout is another one, load it as ``folder`` with a `pattern`.

    The known corpora of similar names are datasets of their own: ``oulu-casia`` (faces) and
    ``casia`` (speech).

    Parameters
    ----------
    root : path-like, default=None
        Folder that holds the videos. None means ``$SKEMOTION_DATA/casia-emotionv3``.

    References
    ----------
    .. [1] None was found.

    Examples
    --------
    >>> from skemotion.datasets.casia_emotionv3 import CASIAEmotionV3
    >>> CASIAEmotionV3.modality, CASIAEmotionV3.n_recordings
    ('video', None)
    """

    name = "casia-emotionv3"
    modality = "video"
    licence = "unknown: that of your copy"
    homepage = "docs/datasets.md"
    citation = "No publication was found."
    obtain = (
        "No public source was found. If you have a copy, unpack it as "
        "<subject>/<emotion>/<clip>.avi or .mp4 into the folder casia-emotionv3."
    )
    emotions: ClassVar[dict] = {name: name for name in CANONICAL}

    def index(self):
        """Return one row a video.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `clip`
        """
        frame = read_names(self, _PATH, SUFFIXES["video"], whole_path=True)
        frame["emotion"] = frame.pop("code").map(_emotion)
        return refuse(
            self, frame, frame["emotion"].isna(), "its folder is not named after an emotion"
        )


def _emotion(folder):
    try:
        return canonical(folder)
    except ValueError:
        return None
