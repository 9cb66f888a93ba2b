"""Classifiers that were exported to ONNX."""

from skemotion.models._exported import ExportedClassifier
from skemotion.models._graph import OnnxGraph


class OnnxClassifier(ExportedClassifier):
    """Run a classifier that was exported to ONNX: no TensorFlow is needed.

    :func:`~skemotion.to_onnx` makes it from a fitted pipeline. A network of your own works, too, if
    it takes one array and answers one column of probabilities a class.

    Parameters
    ----------
    network : bytes or path-like
        The ONNX file or its content, with the weights in it. It is opened on first use, once in
        each process, with ONNX Runtime [1]_ (extra ``onnx``).
    classes : array-like of shape (n_classes,), default=None
        Classes, in the order of the outputs of the network. None: the sorted classes of `y` in
        `fit`.
    n_threads : int, default=1
        Threads inside the network. They do not spin between calls. More than one may change the
        last digits.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Classes.
    input_shape_ : tuple of (int or None)
        Shape of one sample as the network takes it; None where any length goes.
    n_features_in_ : int
        Its first number, where it is one.
    parity_ : dict or None
        What was measured against the original when it was exported, see
        :func:`~skemotion.export.parity_report`.

    See Also
    --------
    LiteRTClassifier : The same with LiteRT.
    OnnxEmbedding : Uses a network as a feature extractor.

    Notes
    -----
    The network is fixed. With `classes` no `fit` is needed; `fit` compares data with the network
    and learns nothing, so that cross-validation scores the one network on each part. Predictions of
    several threads at once are fine. What is saved or pickled holds the network; with a path,
    pickles hold the path.

    References
    ----------
    .. [1] ONNX Runtime, https://onnxruntime.ai

    Examples
    --------
    >>> from skemotion import OnnxClassifier
    >>> OnnxClassifier("faces.onnx", classes=["calm", "angry"]).predict([[0.0, 1.0]])
    Traceback (most recent call last):
    ...
    FileNotFoundError: Expected network to be a file, got 'faces.onnx', which is none. Check the
    path.
    """

    _ending = ".onnx"

    def _open(self, content):
        return OnnxGraph(content, self.n_threads)
