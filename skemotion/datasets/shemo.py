"""ShEMO, Persian emotional speech from radio plays."""

import re
from typing import ClassVar

from skemotion.datasets._names import read_names, refuse
from skemotion.datasets.base import Dataset
from skemotion.protocols import Protocol, group_kfold, leave_one_out

_NAME = re.compile(r"(?P<subject>[FM]\d\d)(?P<code>[AFHNSW])(?P<number>\d{2,3})")
_SPEAKERS = (
    *(f"F{number:02}" for number in range(1, 32)),
    *(f"M{number:02}" for number in range(1, 57)),
)


class ShEMO(Dataset):
    """ShEMO: semi-natural Persian speech from radio plays, 87 speakers, 3,000 utterances.

    Files are named ``F03S02.wav``: speaker, who is female (F) or male (M), emotion, number. They
    lie in ``female`` and ``male``, in ``female.zip`` and ``male.zip`` as they were downloaded, or
    anywhere below. Beware that F is a woman as the first letter and fear as the fourth.

    Parameters
    ----------
    root : path-like, default=None
        Folder that holds the recordings. None means ``$SKEMOTION_DATA/shemo``.

    Notes
    -----
    31 women and 56 men speak, some only in a few utterances; emotions are the votes of twelve
    annotators. Fear is so rare that many experiments leave it out. The numbers of utterances of
    each emotion and speaker were not found in a second source, so only their sum is checked.

    References
    ----------
    .. [1] O. Mohamad Nezami, P. Jamshid Lou, M. Karami, "ShEMO: a large-scale validated database
       for Persian speech emotion detection", Language Resources and Evaluation 53, 2019.

    Examples
    --------
    >>> from skemotion.datasets.shemo import ShEMO
    >>> ShEMO.n_recordings, ShEMO.emotions["W"], ShEMO.protocols[1].n_folds
    (3000, 'surprise', 87)
    """

    name = "shemo"
    modality = "voice"
    language = "fa"
    licence = "free of charge for academic purposes"
    homepage = "https://github.com/pariajm/sharif-emotional-speech-database"
    citation = (
        "O. Mohamad Nezami, P. Jamshid Lou, M. Karami, ShEMO: a large-scale validated database for "
        "Persian speech emotion detection, Language Resources and Evaluation 53, 2019."
    )
    obtain = (
        "Download female.zip and male.zip by the links of the homepage; put them, unpacked or not, "
        "into the folder shemo."
    )
    emotions: ClassVar[dict] = {
        "A": "angry",
        "F": "fear",
        "H": "happy",
        "N": "neutral",
        "S": "sad",
        "W": "surprise",
    }
    n_recordings = 3000
    signature = re.compile(rf"(^|/){_NAME.pattern}\.\w+$")
    protocols = (
        Protocol("shemo/subject-5fold", group_kfold(5), "5 folds of whole speakers", 5),
        Protocol("shemo/loso", leave_one_out(), "leave one speaker out", len(_SPEAKERS)),
    )

    def index(self):
        """Return one row an utterance.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `sex`, `number`
        """
        frame = read_names(self, _NAME)
        foreign = ~frame["subject"].isin(_SPEAKERS)
        frame = refuse(self, frame, foreign, "a speaker that ShEMO does not have")
        frame["emotion"] = frame.pop("code").map(self.emotions)
        frame["sex"] = frame["subject"].str[0].map({"M": "male", "F": "female"})
        frame["number"] = frame["number"].astype(int)
        return frame[["path", "emotion", "subject", "sex", "number"]]
