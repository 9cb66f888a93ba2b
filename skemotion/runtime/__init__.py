"""Predict with saved models, without what only fitting needs where a model allows it."""

from skemotion.runtime.predictor import Predictor, open_predictor

__all__ = ["Predictor", "open_predictor"]
