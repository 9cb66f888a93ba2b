"""BanglaSER, Bangla emotional speech."""

import re
from typing import ClassVar

from skemotion.datasets._names import read_names, refuse
from skemotion.datasets._seven_codes import (
    SEVEN_CODES,
    describe_codes,
    fits_banglaser,
    refuse_other_codes,
    witnesses,
)
from skemotion.datasets.base import Dataset
from skemotion.protocols import Protocol, group_kfold, leave_one_out


class BanglaSER(Dataset):
    """BanglaSER: three Bangla statements in five emotions by 34 speakers, 1,467 utterances.

    Files are named as those of RAVDESS, ``03-01-EE-II-SS-RR-AA.wav`` (or ``.flac``), with other
    codes of emotions; a folder with files that are RAVDESS' by their codes is refused. Three files
    of actor 15 begin with 01-01, a slip of the pen in the published corpus; they are kept.

    Parameters
    ----------
    root : path-like, default=None
        Folder that holds ``Actor_01`` and so on. None means ``$SKEMOTION_DATA/banglaser``.

    Notes
    -----
    Speakers of odd number are men, of even number women. Intensity says nothing beside the
    emotion: happy, sad and neutral are all normal, angry and surprise all strong. Seven speakers
    have no neutral utterances.

    References
    ----------
    .. [1] R. K. Das, N. Islam, M. R. Ahmed, S. Islam, S. Shatabda, A. K. M. M. Islam, "BanglaSER:
       A speech emotion recognition dataset for the Bangla language", Data in Brief 42, 2022.

    Examples
    --------
    >>> from skemotion.datasets.banglaser import BanglaSER
    >>> BanglaSER.emotions["01"], BanglaSER.counts["neutral"]
    ('happy', 243)
    """

    name = "banglaser"
    modality = "voice"
    language = "bn"
    licence = "CC BY 4.0"
    homepage = "https://data.mendeley.com/datasets/t9h6p943xy"
    citation = (
        "R. K. Das, N. Islam, M. R. Ahmed, S. Islam, S. Shatabda, A. K. M. M. Islam, BanglaSER: A "
        "speech emotion recognition dataset for the Bangla language, Data in Brief 42, 2022."
    )
    emotions: ClassVar[dict] = {
        "01": "happy",
        "02": "sad",
        "03": "angry",
        "04": "surprise",
        "05": "neutral",
    }
    n_recordings = 1467
    obtain = "Download all files from the homepage; unpack them into $SKEMOTION_DATA/banglaser."
    counts: ClassVar[dict] = {
        "happy": 306,
        "sad": 306,
        "angry": 306,
        "surprise": 306,
        "neutral": 243,
    }
    signature = re.compile(rf"(^|/){SEVEN_CODES.pattern}\.(wav|flac|ogg|mp3)$", re.IGNORECASE)
    protocols = (
        Protocol("banglaser/subject-5fold", group_kfold(5), "5 folds of whole speakers", 5),
        Protocol("banglaser/loso", leave_one_out(), "leave one speaker out"),
    )

    @classmethod
    def recognises(cls, paths):
        """Tell whether nothing speaks for RAVDESS alone."""
        found = witnesses(paths)
        return not found or cls.name in found

    def index(self):
        """Return one row an utterance.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `sex`, `statement`, `intensity`, \
`repetition`

        Raises
        ------
        ValueError
            If some codes are those of RAVDESS.
        """
        refuse_other_codes(self)
        frame = read_names(self, SEVEN_CODES)
        reason = "codes that BanglaSER does not have"
        frame = refuse(self, frame, ~fits_banglaser(frame), reason)
        return describe_codes(frame, self.emotions)
