"""Classifiers that were exported to LiteRT."""

from skemotion.models._exported import ExportedClassifier
from skemotion.models._graph import LiteRTGraph


class LiteRTClassifier(ExportedClassifier):
    """Run a classifier that was exported to LiteRT, once TensorFlow Lite: no TensorFlow is needed.

    :func:`~skemotion.to_litert` makes it from a fitted pipeline. A network of your own works, too,
    if it takes one array and answers one column of probabilities a class, both in plain numbers: no
    bytes with a scale, as chips for whole numbers have them.

    Parameters
    ----------
    network : bytes or path-like
        The ``.tflite`` file or its content. It is opened on first use, once in each process, with
        LiteRT [1]_ (extra ``litert``). A forged file can crash the process: take files from sources
        that you know, or :func:`~skemotion.load` them, which compares hashes first.
    classes : array-like of shape (n_classes,), default=None
        Classes, in the order of the outputs of the network. None: the sorted classes of `y` in
        `fit`.
    n_threads : int, default=1
        Threads inside the network.

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
    OnnxClassifier : The same with ONNX Runtime.

    Notes
    -----
    The network is fixed. With `classes` no `fit` is needed; `fit` compares data with the network
    and learns nothing, so that cross-validation scores the one network on each part. Predictions of
    several threads wait for each other. Recurrent networks take one sample at a time, so that a
    batch takes as long as its rows. What is saved or pickled holds the network; with a path,
    pickles hold the path.

    References
    ----------
    .. [1] LiteRT, https://ai.google.dev/edge/litert

    Examples
    --------
    >>> from skemotion import LiteRTClassifier
    >>> LiteRTClassifier("faces.tflite", classes=["calm", "angry"]).predict([[0.0, 1.0]])
    Traceback (most recent call last):
    ...
    FileNotFoundError: Expected network to be a file, got 'faces.tflite', which is none. Check the
    path.
    """

    _ending = ".tflite"

    def _open(self, content):
        return LiteRTGraph(content, self.n_threads)
