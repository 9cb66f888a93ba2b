"""The part of a model that scikit-learn knows, in the format of skops."""

import io
import json
import threading
from contextlib import contextmanager

import numpy as np
from sklearn.utils.metadata_routing import MetadataRequest

from skemotion.export import _audit
from skemotion.export._stored import open_stored, read_member
from skemotion.export.errors import DamagedModelFile, ModelFileError, UntrustedModelFile

_MOST_ARRAYS = 60_000
_NAMING = threading.Lock()
_MOST_SCHEMA = 64 * 2**20
_OLDEST_PROTOCOL = 2  # older ones had readers that looked less closely


def dump_steps(estimator):
    """Write an estimator, without its networks, which go to the shelf in use.

    Parameters
    ----------
    estimator : estimator
        Fitted.

    Returns
    -------
    data : bytes
    unknown : list of str
        Types that :func:`load_steps` has to be told to trust.

    Raises
    ------
    ModelFileError
        If something in it cannot be written; its name is in the message.
    """
    from skops.io import dumps

    with _owners_named():
        try:
            data = dumps(estimator)
        except Exception as error:  # what is not made for it raises nearly anything
            place, value = _find_culprit(estimator, dumps)
            raise ModelFileError(
                f"Expected everything in the model to be data, got {place}={value!r:.200}. "
                f"{_advice(type(value).__module__)}"
            ) from error
    schema = json.loads(read_member(_open(data), "schema.json"))
    unknown = set()
    for loader, name, path in _audit.walk_types(schema):
        if not _audit.is_data(loader, name):
            raise ModelFileError(
                f"Expected everything in the model to be data, got {name} at {path or 'the top'}. "
                f"{_advice(name)}"
            )
        if not _audit.can_be_found(loader, name):
            raise ModelFileError(
                f"Expected {path or 'the model'} to be something that another process can import, "
                f"got {name}. Use a function or class of an installed module, or leave it out."
            )
        if not _audit.is_known(loader, name):
            unknown.add(name)
    load_steps(data, unknown)  # what cannot be read is not to be written
    return data, sorted(unknown)


@contextmanager
def _owners_named():
    """Let requests for metadata name whose they are: they refer to what holds them, in a circle."""
    request = MetadataRequest(owner=None)
    kinds = type(request), type(request.fit)

    def get_state(request):
        owner = request.owner
        return {**vars(request), "owner": owner if isinstance(owner, str) else type(owner).__name__}

    with _NAMING:
        try:
            for kind in kinds:
                kind.__getstate__ = get_state
            yield
        finally:
            for kind in kinds:
                del kind.__getstate__


def load_steps(data, trusted):
    """Read an estimator; networks come from the shelf in use.

    Parameters
    ----------
    data : bytes
        What :func:`dump_steps` returned, or anybody's.
    trusted : collection of str
        Types to make beside the known ones.

    Returns
    -------
    estimator

    Raises
    ------
    UntrustedModelFile
        If it names a type that is neither known nor trusted.
    DamagedModelFile
        If it cannot be read.
    """
    from skops.io import loads

    names = check_steps(data, trusted)
    with _damage_told():
        return loads(data, trusted=sorted(names))


def check_steps(data, trusted=()):
    """Return the types that a file of steps names, once all are known or trusted.

    Parameters
    ----------
    data : bytes
        The file; nothing is made from it.
    trusted : collection of str, default=()
        Types to allow beside the known ones.

    Returns
    -------
    set of str

    Raises
    ------
    UntrustedModelFile
        If it names others.
    DamagedModelFile
        If it is no such file.
    """
    with _damage_told():
        return _check_steps(data, trusted)


def _check_steps(data, trusted):
    archive = _open(data)
    if archive.getinfo("schema.json").file_size > _MOST_SCHEMA:
        raise ValueError("its description is too long")
    schema = json.loads(read_member(archive, "schema.json"))
    if not isinstance(schema, dict) or not isinstance(schema.get("protocol"), int):
        raise ValueError("its description is no object with a protocol")
    if schema["protocol"] < _OLDEST_PROTOCOL:
        raise ValueError(f"its protocol is {schema['protocol']}, which no model was written with")
    for name in archive.namelist():
        if name != "schema.json":
            _check_array(name, read_member(archive, name))
    names, unknown = set(), set()
    for loader, name, path in _audit.walk_types(schema):
        names.add(name)
        if not _audit.is_known(loader, name) and not (
            name in trusted and _audit.is_callable_by_name(loader, name)
        ):
            unknown.add((name, path))
    if unknown:
        listed = sorted({name for name, _ in unknown})
        places = ", ".join(sorted({path or "the model" for _, path in unknown})[:5])
        raise UntrustedModelFile(
            f"Expected types that are known to be harmless, got {', '.join(listed)} (in {places}). "
            f"If you trust them and who made the file, load it with trusted={listed!r}.",
            listed,
        )
    return names


@contextmanager
def _damage_told():
    try:
        yield
    except ModelFileError:
        raise
    except Exception as error:  # foreign bytes raise nearly anything
        raise DamagedModelFile(
            f"Expected steps that skops wrote, got something else ({type(error).__name__}: "
            f"{error!s:.300}). Get the file again from where it was made."
        ) from error


def _open(data):
    return open_stored(io.BytesIO(data), len(data), most_members=_MOST_ARRAYS)


def _check_array(name, data):
    """Refuse arrays that say they are larger than they are."""
    if name.endswith(".npz"):
        archive = open_stored(io.BytesIO(data), len(data), most_members=20)
        for member in archive.namelist():
            _check_array(member, read_member(archive, member))
    elif name.endswith(".npy"):
        file = io.BytesIO(data)
        version = np.lib.format.read_magic(file)
        read = {(1, 0): np.lib.format.read_array_header_1_0}.get(
            version, np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read(file)
        if (
            dtype.hasobject
            or int(np.prod(shape, dtype=object)) * dtype.itemsize != len(data) - file.tell()
        ):
            raise ValueError(f"its array {name!r} is not as long as it says")
    elif not name.endswith(".bin"):
        raise ValueError(f"it has a part {name!r} that steps do not have")


def _find_culprit(estimator, dumps, path=""):
    """Return the name and value of what cannot be written, as deep in as it is found."""
    if isinstance(estimator, dict):
        inside = estimator
    elif isinstance(estimator, list | tuple):
        inside = dict(enumerate(estimator))
    elif hasattr(estimator, "get_params"):
        inside = estimator.__getstate__()
    else:
        inside = {}
    for name, value in inside.items():
        place = f"{path}.{name}" if path else str(name)
        try:
            dumps(value)
        except Exception:  # as in dump_steps
            return _find_culprit(value, dumps, place)
    return path or "the model", estimator


def _advice(name):
    if name.startswith("optuna"):
        return "Save the best_estimator_ of the search."
    if name.startswith("pandas"):
        return "Use an array or a dict in its place."
    return "Leave it out before you save, for instance with set_params."
