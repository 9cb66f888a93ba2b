"""The parameters that all networks are trained with, declared once."""

from numbers import Integral, Real
from pathlib import Path

import numpy as np

from skemotion._compat import HasMethods, Interval, StrOptions
from skemotion.models._declare import network


@network
class TrainingParameters:
    """Parameters of training; :class:`~skemotion.NeuralClassifier` says what each means."""

    _parameter_constraints = {
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "optimizer": [str],
        "optimizer_params": [dict, None],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "schedule": [StrOptions({"plateau", "cosine"}), None],
        "warmup_epochs": [Interval(Integral, 0, None, closed="left")],
        "gradient_accumulation": [Interval(Integral, 1, None, closed="left")],
        "loss": [StrOptions({"crossentropy", "focal"})],
        "focal_gamma": [Interval(Real, 0, None, closed="left")],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "balanced_batches": ["boolean"],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
        "mixup": [Interval(Real, 0, None, closed="left")],
        "augment": ["boolean", HasMethods("augment_batch")],
        "early_stopping": ["boolean"],
        "monitor": [StrOptions({"loss", "accuracy"})],
        "patience": [Interval(Integral, 1, None, closed="left")],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "precision": [StrOptions({"float32", "auto", "mixed_bfloat16", "mixed_float16"})],
        "checkpoint": [str, Path, None],
        "callbacks": [list, tuple, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    epochs: int = 30
    batch_size: int = 32
    optimizer: str = "adam"
    optimizer_params: dict | None = None
    learning_rate: float = 1e-3
    schedule: str | None = None
    warmup_epochs: int = 0
    gradient_accumulation: int = 1
    loss: str = "crossentropy"
    focal_gamma: float = 2.0
    class_weight: str | dict | None = None
    balanced_batches: bool = False
    label_smoothing: float = 0.0
    mixup: float = 0.0
    augment: bool | object = False
    early_stopping: bool = False
    monitor: str = "loss"
    patience: int = 5
    validation_fraction: float = 0.1
    precision: str = "float32"
    checkpoint: str | Path | None = None
    callbacks: list | None = None
    random_state: int | np.random.RandomState | None = None
    verbose: int = 0
