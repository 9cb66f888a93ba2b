"""Feature sets of openSMILE."""

import sys
import warnings
from functools import cache, partial
from numbers import Integral

import numpy as np

from skemotion._compat import Interval, StrOptions
from skemotion._optional import import_extra
from skemotion._recordings import RecordingTransformer
from skemotion.audio._io import decode_audio

_SETS = ("GeMAPSv01b", "eGeMAPSv01b", "eGeMAPSv02", "ComParE_2016", "emobase", "IS09", "IS10")
_SETS += ("IS11", "IS12", "IS13")
_loaded = set()


class OpenSmile(RecordingTransformer):
    """Compute a feature set of openSMILE [1]_, through the package opensmile.

    It needs ``pip install 'skemotion[opensmile]'``.

    .. warning::
       openSMILE is **not** open source in the usual sense: its licence allows private, research and
       educational use only; commercial use needs another one from audEERING. Nothing of it comes
       with skemotion.

    Parameters
    ----------
    feature_set : str, default="eGeMAPSv02"
        "eGeMAPSv02" (88 features [2]_), "ComParE_2016" (6,373), "emobase" (988), "GeMAPSv01b" (62),
        "eGeMAPSv01b" (88), "IS09" (384), "IS10", "IS11", "IS12" or "IS13".
    sampling_rate : int, default=16000
        Sampling rate that files are brought to and that waveforms have, in Hz.
    cache : path-like or False, default=None
        Folder where results are kept, so that a recording whose content did not change is not
        processed again with the same parameters. None means ``$SKEMOTION_CACHE`` where that is
        set, else none; False means none.
    n_jobs : int, default=None
        Number of threads. None means 1 unless in a :obj:`joblib.parallel_config` context.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a recording that cannot be decoded, or is too short for the feature set:
        raise an error that names it, or keep its row as NaN and warn once.
    verbose : bool, default=False
        Show progress.

    See Also
    --------
    AcousticFeatures : Features under the licence of this package.

    References
    ----------
    .. [1] F. Eyben, M. Wöllmer, B. Schuller, "openSMILE: the Munich versatile and fast open-source
       audio feature extractor", ACM Multimedia, 2010.
    .. [2] F. Eyben et al., "The Geneva minimalistic acoustic parameter set (GeMAPS) for voice
       research and affective computing", IEEE Transactions on Affective Computing, 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import OpenSmile
    >>> tone = 0.5 * np.sin(0.1 * np.arange(16000))
    >>> OpenSmile().fit_transform([tone]).shape
    (1, 88)
    """

    _parameter_constraints = {
        **RecordingTransformer._parameter_constraints,
        "feature_set": [StrOptions(set(_SETS))],
        "sampling_rate": [Interval(Integral, 1, None, closed="left")],
    }
    _verb = "analyse"
    _prefer = "threads"  # it lets go of the interpreter's lock

    def __init__(
        self,
        feature_set="eGeMAPSv02",
        *,
        sampling_rate=16000,
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(cache=cache, n_jobs=n_jobs, on_error=on_error, verbose=verbose)
        self.feature_set = feature_set
        self.sampling_rate = sampling_rate

    def make_function(self):
        """Return the function that computes the features of one recording.

        Returns
        -------
        callable
        """
        load_smile(self.feature_set)  # says what is missing before any recording is read
        return partial(_compute, feature_set=self.feature_set, sampling_rate=self.sampling_rate)

    def depends_on(self):
        """Return the version of opensmile.

        Returns
        -------
        str
        """
        return f"opensmile {import_extra('opensmile', extra='opensmile').__version__}"

    def get_feature_names_out(self, input_features=None):
        """Return openSMILE's names of the features.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str objects of shape (n_features,)
        """
        return np.array(load_smile(self.feature_set).feature_names, dtype=object)


@cache
def load_smile(feature_set):
    """Return openSMILE for a set of features, loaded once a process.

    Parameters
    ----------
    feature_set : str
        Name of the set.

    Returns
    -------
    opensmile.Smile

    Raises
    ------
    ImportError
        If opensmile is not installed, or TensorFlow was loaded first: openSMILE's library then
        writes past its memory, and the process dies.
    """
    opensmile = import_extra("opensmile", extra="opensmile")
    if "tensorflow" in sys.modules and not _loaded:
        raise ImportError(
            "openSMILE crashes in a process that has loaded TensorFlow before it. Compute its "
            "features first, or in a process of their own, and keep them with cache=."
        )
    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet[feature_set],
        feature_level=opensmile.FeatureLevel.Functionals,
    )
    smile.process_signal(np.zeros(16000, np.float32), 16000)  # loads its library
    _loaded.add(feature_set)
    return smile


def _compute(recording, *, feature_set, sampling_rate):
    smile = load_smile(feature_set)
    waveform = decode_audio(recording, sampling_rate)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Segment too short")
        values = smile.process_signal(waveform, sampling_rate).to_numpy(np.float32)[0]
    if np.isnan(values).all():
        raise ValueError(
            f"it lasts {len(waveform) / sampling_rate:.3g} s, too short for openSMILE. Leave it out"
        )
    return values
