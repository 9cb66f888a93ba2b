"""Several acoustic features from one decoding and one spectrum."""

from collections import Counter
from copy import copy
from functools import partial
from numbers import Integral, Real

import numpy as np
from sklearn.utils.metaestimators import available_if

from skemotion._compat import Interval, StrOptions
from skemotion._recordings import RecordingTransformer, stack_results
from skemotion.audio._feature import (
    FRONT_END,
    AcousticFeature,
    _has_summary,
    analyse,
    check_summary,
    summary_names,
)
from skemotion.audio._padding import pad_frames
from skemotion.audio._presets import PRESETS, analyse_preset, get_preset
from skemotion.audio.chroma import Chroma
from skemotion.audio.mfcc import MFCC
from skemotion.audio.rms import RMS


class AcousticFeatures(RecordingTransformer):
    """Compute several acoustic features of recordings.

    Each recording is decoded once, and one spectrum computed for each front end in use. The default
    is the vector of 26 means: 13 MFCC, 12 pitch classes and the root mean square.

    Parameters
    ----------
    features : list of AcousticFeature, default=None
        What to compute. None means ``[MFCC(), Chroma(), RMS()]``. Their parameters are those of
        this estimator under their class names, such as ``mfcc__n_mfcc`` (``mfcc-1__n_mfcc`` where
        a class comes twice); their own `summary`, `cache`, `n_jobs`, `on_error` and `verbose` are
        not used.
    preset : {"voice88", "voice-large"}, default=None
        A set of features by name, each with functionals of its own, in place of `features` and
        `summary`: 88 features of pitch, loudness, voice quality and spectrum in the spirit of
        eGeMAPS, or some thousands. Both are described in :doc:`/voice_features`. With
        ``summary=None``, the frames that they are made of.
    summary : tuple of str or None, default=("mean",)
        Functionals over the frames, those of :class:`~skemotion.audio.AcousticFeature`; None keeps
        the frames, time first, with 0 where a feature is undefined (the pitch of unvoiced sounds).
    n_frames : int, default=None
        With ``summary=None``, the number of frames that recordings are cut or padded to at their
        end. None means the longest of the recordings given to :meth:`transform`.
    mask_value : float, default=0.0
        Value of the padding. A real frame that equals it throughout is changed by a millionth.
    sampling_rate, n_fft, hop_length, win_length : int, default=None
        If given, they rule for every feature; None leaves each feature its own.
    cache : path-like or False, default=None
        Folder where results are kept, so that a recording whose content did not change is not
        processed again with the same parameters. None means ``$SKEMOTION_CACHE`` where that is
        set, else none; False means none.
    n_jobs : int, default=None
        Number of processes. None means 1 unless in a :obj:`joblib.parallel_config` context.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a recording that cannot be decoded: raise an error that names it, or keep
        its row as NaN and warn once.
    verbose : bool, default=False
        Show progress.

    See Also
    --------
    skemotion.audio.AcousticFeature : Base of the features, for your own.
    skemotion.audio.FrameScaler : Standardises frames, not their padding.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import MFCC, RMS, AcousticFeatures
    >>> tones = [np.sin(0.1 * np.arange(16000)), np.sin(0.2 * np.arange(8000))]
    >>> AcousticFeatures().fit_transform(tones).shape
    (2, 26)
    >>> AcousticFeatures([MFCC(), RMS()], summary=None).fit_transform(tones).shape
    (2, 32, 14)
    >>> AcousticFeatures().set_params(mfcc__n_mfcc=20).fit_transform(tones).shape
    (2, 33)
    >>> AcousticFeatures(preset="voice88").fit_transform(tones).shape
    (2, 88)
    """

    _parameter_constraints = {
        **AcousticFeature._parameter_constraints,
        **{name: [*AcousticFeature._parameter_constraints[name], None] for name in FRONT_END},
        "features": [list, tuple, None],
        "preset": [StrOptions(set(PRESETS)), None],
        "n_frames": [Interval(Integral, 1, None, closed="left"), None],
        "mask_value": [Interval(Real, None, None, closed="neither")],
    }
    _verb = AcousticFeature._verb
    _prefer = AcousticFeature._prefer

    def __init__(
        self,
        features=None,
        *,
        preset=None,
        summary=("mean",),
        n_frames=None,
        mask_value=0.0,
        sampling_rate=None,
        n_fft=None,
        hop_length=None,
        win_length=None,
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(cache=cache, n_jobs=n_jobs, on_error=on_error, verbose=verbose)
        self.features = features
        self.preset = preset
        self.summary = summary
        self.n_frames = n_frames
        self.mask_value = mask_value
        self.sampling_rate = sampling_rate
        self.n_fft = n_fft
        self.hop_length = hop_length
        self.win_length = win_length

    def make_function(self):
        """Return the function that computes the features of one recording.

        Returns
        -------
        callable
        """
        check_summary(self.summary)
        if self.summary is not None and self.n_frames is not None:
            raise ValueError(
                f"Expected n_frames=None with a summary, got n_frames={self.n_frames} and "
                f"summary={self.summary!r}. Write summary=None for frames."
            )
        if self.preset is not None:
            self._check_preset()
            if self.summary is not None:
                return partial(analyse_preset, name=self.preset)
        named = self._configured()
        _check_agree(named, "sampling_rate")
        if self.summary is None:
            _check_agree(named, "hop_length")
        features = [feature for _, feature in named]
        for feature in features:
            if self.features is not None:  # defaults, and what rules for all, are right already
                feature._validate_params()
            feature.check()
        return partial(analyse, features=features, summary=self.summary)

    def stack(self, results):
        """Put the features together.

        Parameters
        ----------
        results : list of (ndarray or None)
            Features or frames of each recording, None where it failed.

        Returns
        -------
        ndarray of float32
            Of shape (n_samples, n_features), or (n_samples, n_frames, n_features).
        """
        if self.summary is None:
            return pad_frames(results, self.n_frames, self.mask_value)
        return stack_results(results)

    def feature_names(self):
        """Return the names of the features of one frame.

        Returns
        -------
        list of str
            Prefixed with the name of the feature where a class comes twice.
        """
        classes = Counter(type(feature) for _, feature in self._named())
        return [
            name if classes[type(feature)] == 1 else f"{prefix}__{name}"
            for prefix, feature in self._named()
            for name in feature.names()
        ]

    @available_if(_has_summary)
    def get_feature_names_out(self, input_features=None):
        """Return the names of the features, such as ``"mfcc_1_mean"``.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str objects of shape (n_features,)
            All of the first functional, then all of the second, and so on; of a preset, group by
            group.
        """
        if self.preset is not None:
            return np.array(get_preset(self.preset).names(), dtype=object)
        return summary_names(self.feature_names(), self.summary)

    def get_params(self, deep=True):
        """Return the parameters.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include the features and their parameters.

        Returns
        -------
        dict of str to object
        """
        params = super().get_params(deep=False)
        if deep and self.preset is None and isinstance(self.features, list | tuple | None):
            for name, feature in self._named():
                params[name] = feature
                if isinstance(feature, AcousticFeature):
                    nested = feature.get_params(deep=True)
                    params.update({f"{name}__{key}": value for key, value in nested.items()})
        return params

    def set_params(self, **params):
        """Set parameters of this estimator, features by name, or parameters of a feature.

        Parameters
        ----------
        **params : dict
            Such as ``summary=("mean", "std")``, ``mfcc=MFCC(20)`` or ``mfcc__n_mfcc=20``.

        Returns
        -------
        self
        """
        for name in ("features", "preset"):
            if name in params:
                setattr(self, name, params.pop(name))
        names = [name for name, _ in self._named()] if self.preset is None else []
        touched = {key.partition("__")[0] for key in params}.intersection(names)
        if touched:
            features = [feature for _, feature in self._named()]
            self.features = [
                params.pop(name, feature) for name, feature in zip(names, features, strict=True)
            ]
        return super().set_params(**params)

    def _check_preset(self):
        given = [name for name in ("features", *FRONT_END) if getattr(self, name) is not None]
        if given or (self.summary is not None and tuple(self.summary) != ("mean",)):
            what = given[0] if given else "summary"
            raise ValueError(
                f"Expected {what} to be left alone with preset={self.preset!r}, which has its own, "
                f"got {what}={getattr(self, what)!r}. Leave one of the two out."
            )

    def _named(self):
        features = [MFCC(), Chroma(), RMS()] if self.features is None else self.features
        if self.preset is not None:
            features = get_preset(self.preset).features
        names = [type(feature).__name__.lower() for feature in features]
        counts, seen = Counter(names), Counter()
        named = []
        for name, feature in zip(names, features, strict=True):
            seen[name] += 1
            named.append((name if counts[name] == 1 else f"{name}-{seen[name]}", feature))
        return named

    def _configured(self):
        """Return copies of the features that have the front end asked for."""
        named = self._named()
        if not named:
            raise ValueError(
                "Expected features to hold at least one feature, got an empty list. "
                "Write features=None for MFCC, Chroma and RMS."
            )
        given = {name: getattr(self, name) for name in FRONT_END}
        configured = []
        for name, feature in named:
            if not isinstance(feature, AcousticFeature):
                raise TypeError(
                    f"Expected features to be AcousticFeature instances such as MFCC(), got "
                    f"{feature!r}. Derive yours from skemotion.audio.AcousticFeature."
                )
            feature = copy(feature)
            for parameter, value in given.items():
                if value is not None:
                    setattr(feature, parameter, value)
            configured.append((name, feature))
        return configured


def _check_agree(named, parameter):
    values = [getattr(feature, parameter) for _, feature in named]
    if len(set(values)) > 1:
        listed = ", ".join(
            f"{name} {value}" for (name, _), value in zip(named, values, strict=True)
        )
        raise ValueError(
            f"Expected all features to have the same {parameter}, got {listed}. "
            f"Set {parameter} in AcousticFeatures to rule for all."
        )
