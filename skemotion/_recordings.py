"""The base of every step that works recording by recording."""

import os
from abc import abstractmethod
from contextlib import suppress
from numbers import Integral

from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import Pipeline

from skemotion._compat import Options, StrOptions, _fit_context, _wrap_output
from skemotion._outcomes import RecordingError, stack_results
from skemotion._running import run_steps
from skemotion._validation import check_recordings

__all__ = [
    "RecordingError",
    "RecordingPipeline",
    "RecordingTransformer",
    "make_recording_pipeline",
    "stack_results",
]


class RecordingTransformer(TransformerMixin, BaseEstimator):
    """Base of the stateless steps that turn one recording at a time into an array.

    A sub-class writes :meth:`make_function` and, where its results are not simply stacked,
    :meth:`stack`. Threads, progress, order, errors and fusing come from here.

    Parameters
    ----------
    cache : path-like or False, default=None
        Folder where results are kept, so that a recording whose content did not change is not
        processed again with the same parameters. None means ``$SKEMOTION_CACHE`` where that is
        set, else none; False means none.
    n_jobs : int, default=None
        Number of workers. None means 1 unless in a :obj:`joblib.parallel_config` context.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a recording that cannot be processed: raise an error that names it, or keep
        its row as NaN for an imputer (None where rows differ in shape or are integers) and warn
        once.
    verbose : bool, default=False
        Show progress.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import RecordingTransformer
    >>> class Peak(RecordingTransformer):
    ...     def make_function(self):
    ...         return lambda waveform: np.abs(waveform).max(keepdims=True)
    >>> Peak().fit_transform([np.array([0.1, -0.5]), np.array([0.2])])
    array([[0.5],
           [0.2]])
    """

    _parameter_constraints = {
        "cache": [str, os.PathLike, Options(bool, {False}), None],
        "n_jobs": [Integral, None],
        "on_error": [StrOptions({"raise", "nan"})],
        "verbose": ["verbose"],
    }
    _verb = "process"  # what an error says it could not do
    _prefer = "threads"  # "processes" for work that holds the interpreter lock
    _passes_missing = False  # True where None can only be what an earlier step failed on
    _cached_by_default = True  # False where results are larger than the recordings

    def __init__(self, *, cache=None, n_jobs=None, on_error="raise", verbose=False):
        self.cache = cache
        self.n_jobs = n_jobs
        self.on_error = on_error
        self.verbose = verbose

    @abstractmethod
    def make_function(self):
        """Return the function that turns one recording into its result.

        It is called once a :meth:`transform`, so that tables are built once; the function it
        returns runs in several threads or is sent to other processes. It raises ValueError or
        OSError with the reason when a recording cannot be processed.

        Returns
        -------
        callable
        """

    def depends_on(self):
        """Return what its results depend on beside its parameters and its code.

        Returns
        -------
        str or None
            For instance a hash of a file that a parameter names.
        """
        return None

    def stack(self, results):
        """Put the results together.

        Parameters
        ----------
        results : list of (ndarray or None)
            One a recording, in order; None where it failed.

        Returns
        -------
        ndarray
            Of shape (n_samples, ...) where all results have one shape, with NaN for those that
            failed. 1-D of arrays, with None for those that failed, where shapes differ or integers
            leave no room for NaN.
        """
        return stack_results(results)

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Check the parameters; nothing is learnt.

        Parameters
        ----------
        X : array-like of shape (n_samples,)
            Recordings.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        check_recordings(X)
        return self

    def transform(self, X):
        """Process the recordings.

        Parameters
        ----------
        X : array-like of shape (n_samples,)
            Recordings: paths, bytes, binary file objects or decoded arrays.

        Returns
        -------
        ndarray
            One row a recording.

        Raises
        ------
        RecordingError
            If a recording cannot be processed and ``on_error="raise"``.
        """
        self._validate_params()
        return run_steps(X, [self])

    def set_output(self, *, transform=None):
        """Choose the container of the output, where its columns have names.

        Steps whose results are no table (pictures, waveforms) ignore it, so that it can be set on
        a whole pipeline.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            The container; None leaves it as it is.

        Returns
        -------
        self
        """
        return (
            super().set_output(transform=transform)
            if hasattr(self, "get_feature_names_out")
            else self
        )

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        tags.input_tags.allow_nan = False
        tags.transformer_tags.preserves_dtype = []
        return tags


class RecordingPipeline(Pipeline):
    """Pipeline of :class:`RecordingTransformer` steps, run recording by recording.

    An ordinary :class:`~sklearn.pipeline.Pipeline` gives the same result, but holds every decoded
    recording between two steps; this one holds only the last step's results.

    Parameters
    ----------
    steps : list of (str, RecordingTransformer)
        Names and steps.
    transform_input : list of str, default=None
        As in :class:`~sklearn.pipeline.Pipeline`.
    memory : str or object, default=None
        As in :class:`~sklearn.pipeline.Pipeline`; nothing is fitted, so nothing is cached.
    verbose : bool, default=False
        As in :class:`~sklearn.pipeline.Pipeline`.

    See Also
    --------
    make_recording_pipeline : Shorthand that names the steps.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import EqualizeHist, Resize, make_recording_pipeline
    >>> photos = [np.zeros((90, 60), "uint8"), np.zeros((64, 64), "uint8")]
    >>> make_recording_pipeline(EqualizeHist(), Resize(48, 48)).fit_transform(photos).shape
    (2, 48, 48)
    """

    def fit(self, X, y=None):
        """Check the steps and their parameters.

        Nothing is learnt, except that a last step with names of its own sees one recording.

        Parameters
        ----------
        X : array-like of shape (n_samples,)
            Recordings.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        *before, last = self._checked_steps()
        recordings = check_recordings(X)
        if type(last).fit is not RecordingTransformer.fit:  # it wants to see what it will get
            with suppress(RecordingError):
                last.fit(run_steps(recordings[:1], before) if before else recordings)
        return self

    def fit_transform(self, X, y=None):
        """Check the steps, then process the recordings.

        Parameters
        ----------
        X : array-like of shape (n_samples,)
            Recordings.
        y : None
            Ignored.

        Returns
        -------
        ndarray
            What the last step returns.
        """
        return self.fit(X).transform(X)

    def transform(self, X):
        """Process the recordings, each through all steps.

        Parameters
        ----------
        X : array-like of shape (n_samples,)
            Recordings.

        Returns
        -------
        ndarray
            What the last step returns.
        """
        steps = self._checked_steps()
        return _wrap_output("transform", run_steps(X, steps), X, steps[-1])

    def get_feature_names_out(self, input_features=None):
        """Return the names of the last step's features.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str of shape (n_features,)
        """
        return self._checked_steps()[-1].get_feature_names_out()

    def _checked_steps(self):
        steps = [pair for pair in self.steps if pair[1] is not None and pair[1] != "passthrough"]
        for name, step in steps:
            if not isinstance(step, RecordingTransformer):
                raise TypeError(
                    f"Expected step {name!r} to be a RecordingTransformer, got {step!r}. "
                    "Put other steps into an ordinary Pipeline behind this one."
                )
            step._validate_params()
        if not steps:
            raise ValueError(
                "Expected a RecordingPipeline of at least one step, got none but 'passthrough'. "
                "Add a step, or leave the pipeline out."
            )
        return [step for _, step in steps]

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        first = self.steps[0][1]
        if isinstance(first, RecordingTransformer):  # fit refuses other steps
            tags.input_tags = first.__sklearn_tags__().input_tags
        return tags


def make_recording_pipeline(*steps):
    """Make a :class:`RecordingPipeline` whose steps are named after their classes.

    Parameters
    ----------
    *steps : RecordingTransformer
        The steps in order.

    Returns
    -------
    RecordingPipeline

    Examples
    --------
    >>> from skemotion import EqualizeHist, ReadImages, make_recording_pipeline
    >>> list(make_recording_pipeline(ReadImages(), EqualizeHist()).named_steps)
    ['readimages', 'equalizehist']
    """
    from sklearn.pipeline import make_pipeline

    return RecordingPipeline(make_pipeline(*steps).steps)
