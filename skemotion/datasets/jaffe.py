"""JAFFE, the Japanese female facial expressions."""

import re
from typing import ClassVar

from skemotion.datasets._names import SUFFIXES, read_names, refuse
from skemotion.datasets.base import Dataset
from skemotion.protocols import Protocol, leave_one_out, rotated

# copies that were converted keep the old suffix in the name: KA.AN1.39.tiff.jpg
_NAME = re.compile(
    r"(?P<subject>[A-Z]{2})\.(?P<code>[A-Z]{2})(?P<take>\d)\.(?P<serial>\d{1,3})(?:\.tiff?)?"
)
_SUBJECT_COUNTS = {
    "KA": 23,
    "KL": 22,
    "KM": 22,
    "KR": 20,
    "MK": 21,
    "NA": 21,
    "NM": 20,
    "TM": 21,
    "UY": 21,
    "YM": 22,
}


class JAFFE(Dataset):
    """JAFFE: ten Japanese women pose seven expressions, 213 grey pictures of 256 x 256 pixels.

    Files are named ``KA.AN1.39.tiff``: subject, expression and take, serial number. They may lie
    in ``jaffe/``, directly in the folder, or deeper, and be converted to another format.

    Parameters
    ----------
    root : path-like, default=None
        Folder that holds the pictures. None means ``$SKEMOTION_DATA/jaffe``.

    References
    ----------
    .. [1] M. J. Lyons, S. Akamatsu, M. Kamachi, J. Gyoba, "Coding facial expressions with Gabor
       wavelets", Automatic Face and Gesture Recognition 1998.

    Examples
    --------
    >>> from skemotion.datasets.jaffe import JAFFE
    >>> JAFFE.n_recordings, JAFFE.emotions["AN"], JAFFE.subject_counts["KR"]
    (213, 'angry', 20)
    """

    name = "jaffe"
    modality = "face"
    licence = "non-commercial scientific research, no passing on"
    homepage = "https://zenodo.org/records/3451524"
    citation = (
        "M. J. Lyons, S. Akamatsu, M. Kamachi, J. Gyoba, Coding facial expressions with Gabor "
        "wavelets, Automatic Face and Gesture Recognition 1998."
    )
    obtain = (
        "Request access on the homepage, following its instructions to the letter, and accept the "
        "terms: non-commercial research only, with citation. Unpack jaffe.zip into the folder "
        "jaffe."
    )
    emotions: ClassVar[dict] = {
        "AN": "angry",
        "DI": "disgust",
        "FE": "fear",
        "HA": "happy",
        "NE": "neutral",
        "SA": "sad",
        "SU": "surprise",
    }
    n_recordings = 213
    counts: ClassVar[dict] = {
        "angry": 30,
        "disgust": 29,
        "fear": 32,
        "happy": 31,
        "neutral": 30,
        "sad": 31,
        "surprise": 30,
    }
    subject_counts: ClassVar[dict] = _SUBJECT_COUNTS
    signature = re.compile(rf"(^|/)({'|'.join(_SUBJECT_COUNTS)})\.[A-Z]{{2}}\d\.\d{{1,3}}\.\w+")
    protocols = (
        Protocol(
            "jaffe/loso",
            leave_one_out(),
            "leave one subject out",
            10,
            counts=rotated(list(_SUBJECT_COUNTS.values())),
        ),
    )

    def index(self):
        """Return one row a picture.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `take`, `serial`
        """
        frame = read_names(self, _NAME, SUFFIXES["face"])
        known = frame["code"].isin(list(self.emotions)) & frame["subject"].isin(
            list(_SUBJECT_COUNTS)
        )
        frame = refuse(self, frame, ~known, "codes that JAFFE does not have")
        frame["emotion"] = frame.pop("code").map(self.emotions)
        return frame
