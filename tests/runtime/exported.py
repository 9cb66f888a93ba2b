"""Exported pipelines with a tiny network, for any front end."""

from make_nets import classifier_net
from sklearn.pipeline import Pipeline

from skemotion import OnnxClassifier

CLASSES = ["angry", "calm", "happy"]


def export_tiny(front, X, path, *, any_length=False):
    """Fit steps, and put a network behind them that takes what they make."""
    front = Pipeline([(f"step{place}", step) for place, step in enumerate(front)])
    shape = front.fit(X).transform(X).shape[1:]
    shape = (None, *shape[1:]) if any_length else shape
    network = classifier_net(path, shape, len(CLASSES)).read_bytes()
    return Pipeline([*front.steps, ("network", OnnxClassifier(network, classes=CLASSES))])
