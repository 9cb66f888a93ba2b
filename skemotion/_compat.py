"""The only imports of private scikit-learn names."""

from importlib import import_module

from sklearn.base import _fit_context
from sklearn.utils._param_validation import HasMethods, Interval, Options, StrOptions
from sklearn.utils._set_output import _wrap_data_with_container as _wrap_output
from sklearn.utils._user_interface import _print_elapsed_time
from sklearn.utils.validation import _check_method_params, _check_sample_weight

_LATER = {  # importing steps must not import scikit-learn's searches
    "BaseSearchCV": "sklearn.model_selection._search",
    "_safe_split": "sklearn.utils.metaestimators",
}

__all__ = [  # noqa: F822
    "BaseSearchCV",
    "HasMethods",
    "Interval",
    "Options",
    "StrOptions",
    "_check_method_params",
    "_check_sample_weight",
    "_fit_context",
    "_print_elapsed_time",
    "_safe_split",
    "_wrap_output",
    "positive_class",
]


def positive_class(classifier):
    """Return the class that a fitted classifier with a threshold looks at.

    Parameters
    ----------
    classifier : TunedThresholdClassifierCV or FixedThresholdClassifier
        Fitted.

    Returns
    -------
    str, int, float, bool or None
        None means the second one.
    """
    if hasattr(classifier, "_curve_scorer"):
        return classifier._curve_scorer._get_pos_label()
    return classifier.pos_label


def __getattr__(name):
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module 'skemotion._compat' has no attribute {name!r}")
