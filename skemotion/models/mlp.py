"""Multilayer perceptrons for vectors of features."""

from numbers import Real

from skemotion._compat import Interval
from skemotion.models._backend import import_keras
from skemotion.models._declare import Sizes, network, positional
from skemotion.models._neural import NeuralClassifier


@network
class MLPClassifier(NeuralClassifier):
    """Multilayer perceptron for vectors of features, such as statistics of an utterance.

    Dropout of features, dense layers with dropout between them, and a softmax.

    Parameters
    ----------
    units : tuple of int, default=(64,)
        Size of each dense layer; an empty tuple gives a linear model.
    dropout : float, default=0.5
        Dropout rate after each dense layer, in [0, 1).
    input_dropout : float, default=0.2
        Dropout rate of the features, in [0, 1).
    **training
        Parameters of training, by keyword: see :class:`NeuralClassifier`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Classes.
    model_ : keras.Model
        The trained network.
    history_ : DataFrame with columns `epoch`, `loss`, `accuracy`
        One row an epoch.
    n_epochs_ : int
        Number of epochs trained.
    input_shape_ : tuple of int
        The number of features.

    See Also
    --------
    AcousticFeatures : Makes such vectors, with ``preset="voice-large"`` for instance.
    sklearn.preprocessing.StandardScaler : Brings features to one scale, which this network needs.

    Notes
    -----
    `X` has the shape (n_samples, n_features); what has more axes is flattened. It has 250,375
    parameters for the 3904 features of ``voice-large`` and 7 classes.

    References
    ----------
    .. [1] N. Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from
       Overfitting", Journal of Machine Learning Research 15, 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import MLPClassifier
    >>> voices = np.random.default_rng(0).normal(size=(8, 5))
    >>> voices[::2, 0] += 5
    >>> classifier = MLPClassifier((8,), epochs=40, learning_rate=0.02, random_state=0)
    >>> classifier.fit(voices, ["angry", "calm"] * 4).predict(voices[:2])
    array(['angry', 'calm'], dtype='<U5')
    """

    _parameter_constraints = {
        **NeuralClassifier._parameter_constraints,
        "units": [Sizes()],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "input_dropout": [Interval(Real, 0, 1, closed="left")],
    }

    units: tuple = positional((64,))
    dropout: float = 0.5
    input_dropout: float = 0.2

    def build(self, input_shape, n_classes):
        """Build the network, not compiled.

        Parameters
        ----------
        input_shape : tuple of int
            The number of features.
        n_classes : int
            Number of classes.

        Returns
        -------
        keras.Model
            Maps vectors to probabilities.
        """
        keras = import_keras()
        layers = keras.layers
        model = keras.Sequential([keras.Input(input_shape), layers.Dropout(self.input_dropout)])
        for n_units in self.units:
            model.add(layers.Dense(n_units, activation="relu"))
            model.add(layers.Dropout(self.dropout))
        model.add(layers.Dense(n_classes, activation="softmax", dtype="float32"))
        return model

    def _to_samples(self, X):
        return X.reshape(len(X), -1)
