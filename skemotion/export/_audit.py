"""Which types a file of steps may name: looked at before anything is made from it."""

import sys
from collections import deque
from functools import cache
from importlib import import_module

_BUILTIN = {
    "DictNode": {"builtins.dict", "collections.OrderedDict", "sklearn.utils._bunch.Bunch"},
    "DefaultDictNode": {"collections.defaultdict"},
    "ListNode": {"builtins.list"},
    "SetNode": {"builtins.set"},
    "TupleNode": {"builtins.tuple"},
    "SliceNode": {"builtins.slice"},
    "BytesNode": {"builtins.bytes"},
    "BytearrayNode": {"builtins.bytearray"},
    "JsonNode": {"builtins.str"},
    "ConstructorFromReduceNode": {"pathlib.PosixPath", "pathlib.WindowsPath"},
    "RandomStateNode": {"numpy.random.mtrand.RandomState"},
    "MaskedArrayNode": {"numpy.ma.MaskedArray", "numpy.ma.core.MaskedArray"},
    "DTypeNode": {"numpy.dtype"},
}
# what skops allows by default, as long as it comes from here
_LEFT_TO_SKOPS = {
    "NdArrayNode": ("numpy",),
    "TypeNode": ("builtins", "numpy"),
    "LossNode": ("_loss", "sklearn._loss._loss", "sklearn.linear_model._sgd_fast"),
}
# modules of scikit-learn whose classes are no estimators, but held by some
_PARTS_OF_ESTIMATORS = {
    "sklearn._loss.link",
    "sklearn._loss.loss",
    "sklearn.calibration",
    "sklearn.gaussian_process.kernels",
    "sklearn.metrics._scorer",
    "sklearn.model_selection._split",
    "sklearn.neural_network._stochastic_optimizers",
    "sklearn.utils._metadata_requests",
}
_FUNCTIONS = ("sklearn.feature_selection", "sklearn.metrics", "skemotion.metrics")
_PACKAGES = frozenset({"sklearn", "imblearn", "skemotion"})
_TRUSTED_BY_NAME = {
    "FunctionNode",
    "OperatorFuncNode",
    "PartialNode",
    "RandomGeneratorNode",
    "TreeNode",
    "TypeNode",
}
_NEVER_IMPORTED = {"tests", "conftest", "testing", "cli", "experimental"}
_NO_DATA = {*sys.builtin_module_names, "keras", "tensorflow", "optuna", "pandas"}
_STRUCTURE = {"content", "__reduce__", "args", "main", "attrs", "obj"}


def walk_types(schema):
    """Yield every type that a file of skops names.

    Parameters
    ----------
    schema : dict
        Its ``schema.json``.

    Yields
    ------
    loader, name, path : str
        What reads it, ``module.Class``, and where it stands, such as ``steps.1.func``.

    Raises
    ------
    ValueError
        If it is no such description.
    """
    left = deque([(schema, ())])
    while left:
        value, path = left.popleft()
        if isinstance(value, list):
            left.extend((item, (*path, str(place))) for place, item in enumerate(value))
        if not isinstance(value, dict):
            continue
        if "__loader__" in value and not isinstance(value["__loader__"], dict):
            facts = value["__loader__"], value.get("__module__"), value.get("__class__")
            if not all(isinstance(fact, str) for fact in facts):
                raise ValueError(f"its steps name no type at {'.'.join(path) or 'the top'}")
            yield facts[0], f"{facts[1]}.{facts[2]}", ".".join(path)
        inside = "__loader__" in value
        for key, item in value.items():
            left.append((item, path if inside and key in _STRUCTURE else (*path, key)))


def is_known(loader, name):
    """Whether a type is harmless to make.

    Parameters
    ----------
    loader : str
        What skops reads it with.
    name : str
        ``module.Class``.

    Returns
    -------
    bool
    """
    module, _, made = name.rpartition(".")
    if loader in _BUILTIN:
        return name in _BUILTIN[loader]
    if name == "numpy.void":  # makes as many bytes as a number says
        return False
    if loader in _LEFT_TO_SKOPS:
        return module in _LEFT_TO_SKOPS[loader]
    if loader == "SparseMatrixNode":
        return module.startswith("scipy.sparse.")
    if loader == "FunctionNode":
        return name in _ufuncs() or _is_function(module, made)
    return loader == "ObjectNode" and _is_class(module, made)


def is_callable_by_name(loader, name):
    """Whether a type that somebody trusts is what its reader expects.

    Parameters
    ----------
    loader : str
        What skops reads it with.
    name : str
        ``module.Class``.

    Returns
    -------
    bool
    """
    if loader in ("ObjectNode", "ConstructorFromReduceNode"):
        module, _, made = name.rpartition(".")
        return isinstance(getattr(import_module(module), made, None), type)
    return loader in _TRUSTED_BY_NAME


def is_data(loader, name):
    """Whether an object is more than a handle: files, locks and networks are not their attributes.

    Parameters
    ----------
    loader : str
        What skops reads it with.
    name : str
        ``module.Class``.

    Returns
    -------
    bool
    """
    return loader != "ObjectNode" or name.partition(".")[0] not in _NO_DATA


def can_be_found(loader, name):
    """Whether what a file names is there to be imported, in this process.

    Parameters
    ----------
    loader : str
        What skops reads it with.
    name : str
        ``module.Class``.

    Returns
    -------
    bool
        False for lambdas, for what is defined in functions or in a script, and for bound methods.
    """
    module, _, made = name.rpartition(".")
    if loader == "MethodNode" or module in ("__main__", "__mp_main__"):
        return False
    return loader in _BUILTIN or hasattr(sys.modules.get(module), made)


@cache
def _ufuncs():
    from skops.io import _trusted_types  # the names that skops trusts: part of what its files mean

    return {*_trusted_types.NUMPY_UFUNC_TYPE_NAMES, *_trusted_types.SCIPY_UFUNC_TYPE_NAMES}


def _is_function(module, name):
    return (
        any(module == known or module.startswith(f"{known}.") for known in _FUNCTIONS)
        and _may_be_imported(module)
        and _is_own(module, name)
        and not isinstance(getattr(import_module(module), name), type)
    )


@cache
def _is_class(module, name):
    from sklearn.base import BaseEstimator

    if not _may_be_imported(module) or not _is_own(module, name):
        return False
    made = getattr(import_module(module), name)
    return isinstance(made, type) and (
        module in _PARTS_OF_ESTIMATORS or issubclass(made, BaseEstimator)
    )


def _may_be_imported(module):
    package, *rest = module.split(".")
    return (package in _PACKAGES or package in _plugin_packages()) and not any(
        part in _NEVER_IMPORTED or part.startswith("__") for part in rest
    )


def _is_own(module, name):
    """Whether a module defines the name itself: what it imports is somebody else's."""
    try:
        made = getattr(import_module(module), name, None)
    except Exception:  # a module that cannot be imported defines nothing
        return False
    return getattr(made, "__module__", None) == module and getattr(made, "__name__", "") == name


@cache
def _plugin_packages():
    """Return the packages that declare models; plain modules of theirs count as well."""
    from skemotion.plugins import MODELS

    return {plugin.value.partition(":")[0].partition(".")[0] for plugin in MODELS.plugins()}
