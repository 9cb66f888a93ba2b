"""Export fitted pipelines to ONNX and LiteRT."""

import warnings
from numbers import Real

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from skemotion._optional import import_extra
from skemotion.export._child import convert_network
from skemotion.export._tail import flatten, run_steps
from skemotion.export._tail_to_onnx import convert_tail
from skemotion.export.errors import ConversionError, shorten
from skemotion.export.parity import (
    HALF_TOLERANCE,
    TOLERANCES,
    compare_outputs,
    parity_report,
)
from skemotion.models import LiteRTClassifier, NeuralClassifier, OnnxClassifier
from skemotion.models._exported import NetworkBytes
from skemotion.resampling._rows import take

_SAMPLES, _FRAMES = 8, 24  # of the comparison without data
_REPRESENTATIVE = 300  # samples that int8 looks at, from all over what is given
PRECISIONS = ("float32", "float16", "dynamic", "int8")


def to_onnx(estimator, *, X=None, y=None, groups=None, tolerance=None, n_threads=1):
    """Export a fitted model to ONNX: it then predicts without TensorFlow.

    The steps that read recordings and compute features stay as they are. What follows, such as a
    scaler and a support vector machine or a network, becomes one graph in an
    :class:`~skemotion.OnnxClassifier`. The exported model takes what the original takes, is an
    estimator, and is saved with :func:`~skemotion.save`. It is compared with the original before it
    is returned.

    Parameters
    ----------
    estimator : estimator
        Fitted: a pipeline, a search, or a classifier. Networks of skemotion are converted [1]_
        (those trained in fewer bits as float32), classifiers and transformers of scikit-learn [2]_,
        `FrameScaler`, `Rescale`, `Nystroem` with the RBF kernel, decisions by probabilities such as
        `PriorCorrection`, and votes, stacks, calibrations and thresholds of all of these. Steps
        before these that cannot be converted stay as they are. Needs the extra ``onnx-export``.
    X : array-like of shape (n_samples,) or (n_samples, ...), default=None
        Recordings or arrays to compare both on, best some that were not trained on. None: what was
        converted is compared on a few random arrays.
    y : array-like of shape (n_samples,), default=None
        Classes of `X`, to compare accuracies.
    groups : array-like of shape (n_samples,), default=None
        Subjects of `X`, for the interval of the change in accuracy.
    tolerance : float, default=None
        Largest difference of a probability. None means 1e-4, or .05 where the original computes in
        16 bits itself.
    n_threads : int, default=1
        Threads inside the graph.

    Returns
    -------
    estimator
        A pipeline, or an :class:`~skemotion.OnnxClassifier` for a bare classifier. What was
        measured is `parity_` of its last step, see :func:`~skemotion.export.parity_report`, and
        goes to the manifest of a saved file.

    Raises
    ------
    ConversionError
        If a step cannot be converted; it is named. If the graph does not predict what the original
        does.

    See Also
    --------
    to_litert : For phones, with smaller numbers.

    References
    ----------
    .. [1] tf2onnx, https://github.com/onnx/tensorflow-onnx
    .. [2] sklearn-onnx, https://github.com/onnx/sklearn-onnx

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn.svm import SVC
    >>> from skemotion import to_onnx
    >>> X, y = np.random.default_rng(0).normal(size=(40, 3)), ["calm", "angry"] * 20
    >>> fitted = make_pipeline(StandardScaler(), SVC()).fit(X, y)
    >>> exported = to_onnx(fitted, X=X, y=y)
    >>> list(exported.named_steps)
    ['onnxclassifier']
    >>> exported[-1].parity_["labels_equal"]
    40
    """
    _check_tolerance(tolerance)
    check_is_fitted(estimator)
    if not hasattr(estimator, "classes_"):
        raise ConversionError(
            f"Expected a classifier, got {estimator!r:.150}, which has no classes. Export the "
            "whole pipeline, with its classifier as the last step."
        )
    steps = flatten(estimator)
    n_converted, graph = convert_tail(steps)
    exported = OnnxClassifier(
        NetworkBytes(graph.SerializeToString()),
        classes=np.asarray(estimator.classes_),
        n_threads=n_threads,
    )
    front, tail = steps[:-n_converted], steps[-n_converted:]
    given = {"X": X, "y": y, "groups": groups, "tolerance": tolerance}
    return _finish(estimator, front, tail, exported, precision="float32", **given)


def to_litert(
    estimator,
    *,
    precision="float32",
    representative=None,
    X=None,
    y=None,
    groups=None,
    tolerance=None,
    n_threads=1,
):
    """Export the network of a fitted model to LiteRT: it then predicts without TensorFlow.

    The network becomes a :class:`~skemotion.LiteRTClassifier`; all steps before it stay as they
    are. The exported model takes what the original takes, is an estimator, and is saved with
    :func:`~skemotion.save`. It is compared with the original before it is returned.

    Parameters
    ----------
    estimator : estimator
        Fitted: a pipeline, a search, or a neural classifier.
    precision : {"float32", "float16", "dynamic", "int8"}, default="float32"
        Numbers of the network. "float16" halves the file. "dynamic" makes it a quarter, with
        weights of 8 bits, and computes in them where that is faster. "int8" computes in 8 bits
        throughout [1]_, for chips that know nothing else; recurrent networks cannot.
    representative : array-like of shape (n_samples,) or (n_samples, ...), default=None
        Recordings or arrays that show "int8" what values occur: some dozens, of each class. None
        means `X`.
    X : array-like of shape (n_samples,) or (n_samples, ...), default=None
        Recordings or arrays to compare both on, best some that were not trained on. None: the
        networks are compared on a few random arrays.
    y : array-like of shape (n_samples,), default=None
        Classes of `X`, to compare accuracies.
    groups : array-like of shape (n_samples,), default=None
        Subjects of `X`, for the interval of the change in accuracy.
    tolerance : float, default=None
        Largest difference of a probability. None means 1e-4 in "float32", .01 in "float16", .1 in
        "dynamic" and .2 in "int8", and no less than .05 where the original computes in 16 bits
        itself.
    n_threads : int, default=1
        Threads inside the network.

    Returns
    -------
    estimator
        A pipeline, or a :class:`~skemotion.LiteRTClassifier` for a bare classifier. What was
        measured is `parity_` of its last step, see :func:`~skemotion.export.parity_report`, and
        goes to the manifest of a saved file.

    Raises
    ------
    ConversionError
        If the last step is no network, or one that cannot be converted. If it is exported in
        "float32" or "float16" and does not predict what the original does.

    Warns
    -----
    UserWarning
        If it is exported in "dynamic" or "int8" and a probability differs by more than `tolerance`.

    See Also
    --------
    to_onnx : For servers; converts scalers and classifiers of scikit-learn, too.

    Notes
    -----
    Recurrent networks are exported for one sample at a time, of any length.

    References
    ----------
    .. [1] B. Jacob et al., "Quantization and Training of Neural Networks for Efficient
       Integer-Arithmetic-Only Inference", CVPR 2018. https://arxiv.org/abs/1712.05877

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import MLPClassifier, to_litert
    >>> X, y = np.random.default_rng(0).normal(size=(40, 3)), ["calm", "angry"] * 20
    >>> network = MLPClassifier((8,), epochs=1, random_state=0).fit(X, y)
    >>> exported = to_litert(network, precision="float16", X=X)
    >>> exported.parity_["within_tolerance"]
    True
    """
    import_extra("ai_edge_litert.interpreter", extra="litert")
    if precision not in PRECISIONS:
        raise ValueError(
            f"Expected precision to be one of {', '.join(PRECISIONS)}, got {precision!r}. "
            "Choose one of them."
        )
    _check_tolerance(tolerance)
    check_is_fitted(estimator)
    steps = flatten(estimator)
    name, network = steps[-1]
    if not isinstance(network, NeuralClassifier):
        raise ConversionError(
            f"Expected a model that ends in a neural network, got {type(network).__name__} as "
            f"{name}. Use to_onnx, which converts other classifiers, too."
        )
    samples = None
    if precision == "int8":
        _refuse_recurrent(name, network)
        samples = _representative(
            steps[:-1], network, X if representative is None else representative
        )
    content = convert_network(
        network.model_, "litert", step=name, precision=precision, representative=samples
    )
    exported = LiteRTClassifier(
        NetworkBytes(content), classes=np.asarray(estimator.classes_), n_threads=n_threads
    )
    given = {"X": X, "y": y, "groups": groups, "tolerance": tolerance}
    return _finish(estimator, steps[:-1], steps[-1:], exported, precision=precision, **given)


def _check_tolerance(tolerance):
    """Refuse a bound that is none, before minutes of conversion, and that no file can hold."""
    if tolerance is not None and not (isinstance(tolerance, Real) and 0 <= tolerance < np.inf):
        raise ValueError(
            f"Expected tolerance to be a finite number of at least 0, got {tolerance!r}. Give the "
            "largest difference of a probability that is good enough; 1 lets all of them pass."
        )


def _refuse_recurrent(name, network):
    from skemotion.export._layers_for_export import is_recurrent

    if is_recurrent(network.model_):
        raise ConversionError(
            f"Expected a network without a loop over time for int8, got {name}, a "
            f"{type(network).__name__}: LiteRT's converter crashes on loops in 8 bits. Use "
            "precision='dynamic', which has weights of 8 bits, too."
        )


def _representative(front, network, X):
    """Return samples as the network takes them, to show it what values occur."""
    if X is None:
        raise ValueError(
            "Expected representative recordings for int8, got None. Pass some dozens that the "
            "model may see, of each class, as representative or as X."
        )
    n_samples = len(X)
    if n_samples > _REPRESENTATIVE:
        X = take(X, np.linspace(0, n_samples - 1, _REPRESENTATIVE).astype(int))
    for _, step in front:
        X = step.transform(X)
    return network._to_samples(check_array(X, dtype=np.float32, allow_nd=True))


def _finish(estimator, front, tail, exported, *, precision, X, y, groups, tolerance):
    """Put the steps that stay and the network together, and compare them with the original."""
    model = exported
    if isinstance(estimator, Pipeline) or front:
        model = Pipeline(_distinct([*front, (type(exported).__name__.lower(), exported)]))
    if tolerance is None:
        tolerance = TOLERANCES[precision]
        if any(_computes_in_half(step) for _, step in tail):
            tolerance = max(tolerance, HALF_TOLERANCE)
    samples, answers = _try_out(exported, tail[0][1])
    if X is None:
        report = compare_outputs(run_steps(tail, samples), answers, exported.classes_, tolerance)
        report |= {"samples": "random"}
    else:
        report = parity_report(estimator, model, X, y, groups, tolerance=tolerance)
    exported.parity_ = {"precision": precision, **report}
    if not report["within_tolerance"]:
        _complain(report, precision)
    return model


def _distinct(steps):
    """Number names that come twice, as those of pipelines in pipelines do."""
    named = {}
    for name, step in steps:
        free, others = name, 1
        while free in named:
            others += 1
            free = f"{name}-{others}"
        named[free] = step
    return list(named.items())


def _complain(report, precision):
    difference = report["max_difference"]
    found = (
        f"{report['labels_equal']} of {report['n_samples']} labels equal"
        if difference is None
        else f"a difference of {difference:.2g} (tolerance {report['tolerance']:.2g}) and "
        f"{report['labels_equal']} of {report['n_samples']} labels equal"
    )
    if precision in ("float32", "float16"):
        raise ConversionError(
            f"Expected the exported model to predict what the original does, got {found}. "
            "Export it otherwise, or raise tolerance if that is good enough."
        )
    warnings.warn(
        f"The model exported in {precision} predicts otherwise than the original: {found}. Look at "
        "its accuracy (give X, y and groups), or use float16.",
        UserWarning,
        stacklevel=4,
    )


def _computes_in_half(step):
    layers = step.model_._flatten_layers() if isinstance(step, NeuralClassifier) else []
    return any("16" in str(layer.compute_dtype) for layer in layers)


def _try_out(exported, first):
    """Return random samples, of the values that the first step expects, and what is answered."""
    try:
        samples = _draw_samples(exported.input_shape_, first)
        labels = exported.predict(samples)
        shares = exported.predict_proba(samples) if hasattr(exported, "predict_proba") else None
    except ValueError as error:
        raise ConversionError(
            "Expected the exported model to be one that its runtime takes, but it fails: "
            f"{shorten(error.__cause__ or error)}. Use another classifier."
        ) from error
    expected = (len(samples), len(exported.classes_))
    if labels.shape != expected[:1] or not (shares is None or shares.shape == expected):
        raise ConversionError(
            f"Expected the exported model to answer one class a sample, got shape {labels.shape} "
            f"for {expected[0]} samples. Use another classifier."
        )
    return samples, (labels, shares)


def _draw_samples(shape, first):
    rng = np.random.default_rng(0)
    samples = rng.normal(size=(_SAMPLES, *(size or _FRAMES for size in shape)))
    for name, operation in (("scale_", np.multiply), ("mean_", np.add)):
        if getattr(first, name, None) is not None:
            samples = operation(samples, getattr(first, name))
    return samples.astype(np.float32)
