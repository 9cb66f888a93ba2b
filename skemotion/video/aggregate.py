"""Describe clips by features of their frames."""

from functools import partial

import joblib
import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from skemotion._recordings import RecordingError, RecordingTransformer
from skemotion._validation import check_recordings
from skemotion.video._check import check_clip

_STATISTICS = {"mean": np.mean, "std": np.std, "min": np.min, "max": np.max, "median": np.median}


class AggregateFrames(RecordingTransformer):
    """Apply a step for pictures to each frame of clips, and summarise the features over time.

    Parameters
    ----------
    step : transformer
        From pictures of shape (n_frames, height, width[, n_channels]) to features of shape
        (n_frames, n_features), such as :class:`~skemotion.HOG` or a
        :class:`~skemotion.RecordingPipeline` that ends with it. It learns nothing here: one that
        has to be fitted is fitted before and wrapped in
        :class:`~sklearn.frozen.FrozenEstimator`.
    summary : tuple of {"mean", "std", "min", "max", "median"}, default=("mean", "std")
        Statistics over the frames.
    cache : path-like or False, default=None
        Folder where results are kept, so that a clip that did not change is not processed again
        with the same parameters. None means ``$SKEMOTION_CACHE`` where that is set, else none;
        False means none.
    n_jobs : int, default=None
        Number of threads. None means 1 unless in a :obj:`joblib.parallel_config` context.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a clip that cannot be processed: raise an error that names it, or keep its
        row as NaN and warn once. Rows that are None become NaN.
    verbose : bool, default=False
        Show progress.

    Attributes
    ----------
    step_ : transformer
        Clone of `step`, fitted on the first clip, so that it can name its features.

    See Also
    --------
    ReadVideo : Read videos into clips.
    FaceTrack : Cut the face out of clips.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import HOG, AggregateFrames
    >>> clips = np.random.default_rng(0).integers(0, 256, (2, 5, 32, 32), dtype="uint8")
    >>> frames = AggregateFrames(HOG(), summary=("mean", "max")).fit(clips)
    >>> frames.transform(clips).shape
    (2, 648)
    >>> frames.get_feature_names_out()[-1]
    'hog_block2-2_cell1-1_160deg_max'
    """

    _parameter_constraints = {
        **RecordingTransformer._parameter_constraints,
        "step": [BaseEstimator],
        "summary": [tuple, list],
    }
    _verb = "describe"
    _passes_missing = True

    def __init__(
        self,
        step,
        *,
        summary=("mean", "std"),
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(cache=cache, n_jobs=n_jobs, on_error=on_error, verbose=verbose)
        self.step = step
        self.summary = summary

    def fit(self, X, y=None):
        """Show the first clip to the step, for the names of the features.

        Parameters
        ----------
        X : array-like of shape (n_samples,), or (n_samples, n_frames, height, width[, n_channels])
            Clips of dtype uint8.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        super().fit(X, y)
        _check_step(self.step)
        clips = (clip for clip in check_recordings(X) if isinstance(clip, np.ndarray))
        first = next(clips, None)
        if first is not None and first.ndim in (3, 4):
            self.step_ = clone(self.step).fit(first, None)
        return self

    def make_function(self):
        """Return the function that describes one clip.

        Returns
        -------
        callable
            From an array of dtype uint8 and shape (n_frames, height, width[, n_channels]) to one of
            dtype float32 and shape (n_features,).
        """
        _check_summary(self.summary)
        _check_step(self.step)
        return partial(_describe, step=self.step, summary=self.summary)

    def depends_on(self):
        """Return what its results depend on beside its parameters and its code.

        Returns
        -------
        str or None
            A hash of what the step learnt.
        """
        return joblib.hash(self.step) if get_tags(self.step).requires_fit else None

    def get_feature_names_out(self, input_features=None):
        """Return the names of the features.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str objects of shape (n_features,)
            Such as ``"hog_block0-0_cell0-0_0deg_mean"``: all of the first statistic, then all of
            the second, and so on.
        """
        check_is_fitted(self, "step_")
        names = self.step_.get_feature_names_out()
        return np.array([f"{name}_{one}" for one in self.summary for name in names], dtype=object)


def _check_summary(summary):
    unknown = set(summary) - set(_STATISTICS)
    if unknown or not summary or len(set(summary)) < len(summary):
        raise ValueError(
            f"Expected summary to be a tuple of different names out of {', '.join(_STATISTICS)}, "
            f"got {summary!r}. Write summary=('mean', 'std'), for example."
        )


def _check_step(step):
    if get_tags(step).requires_fit:
        check_is_fitted(
            step,
            msg="Expected a step that learns nothing or is fitted, got %(name)s. Fit it on "
            "frames, and wrap it in sklearn.frozen.FrozenEstimator.",
        )


def _describe(clip, step, summary):
    check_clip(clip)
    try:
        features = np.asarray(step.transform(clip))
    except RecordingError as error:
        raise ValueError(f"frame {error.row}: {error.__cause__ or error}") from error
    if features.ndim != 2 or len(features) != len(clip):
        raise TypeError(
            f"expected {type(step).__name__} to make features of shape (n_frames, n_features) of "
            f"{len(clip)} frames, got shape {features.shape}"
        )
    return np.concatenate([_STATISTICS[one](features, axis=0) for one in summary], dtype=np.float32)
