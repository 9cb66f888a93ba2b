"""Predict with saved models, without what only fitting needs where a model allows it."""

from skemotion.runtime.predictor import Predictor, file_version, open_predictor

__all__ = ["Predictor", "file_version", "open_predictor"]
