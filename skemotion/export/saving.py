"""Write a fitted model to one file, and read it."""

import hashlib
import io
import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skemotion._files import refuse_folder, replaced
from skemotion.export import _manifest
from skemotion.export._manifest import MANIFEST
from skemotion.export._plan import write_plan
from skemotion.export._steps import check_steps, dump_steps, load_steps
from skemotion.export._stored import add_member, open_stored, read_member
from skemotion.export.errors import DamagedModelFile, ModelFileError, UntrustedModelFile
from skemotion.export.reading import PLAN, STEPS, opened, read_part, told

_MOST_CONFIG = 16 * 2**20
_AGAIN = "Get the file again from where it was made."


def save(estimator, path, *, data=None, metrics=None, card=None):
    """Write a fitted estimator to one file without pickle.

    The file is a zip of ``manifest.json``, ``steps.skops`` [1]_ for what scikit-learn knows, and
    one ``.keras`` file for each network, wherever in the estimator it is. It takes the place of
    an older one only once it is whole.

    Parameters
    ----------
    estimator : estimator
        Fitted: a pipeline, a search, a classifier around others, or any other.
    path : path-like
        The file; by custom it ends in ``.skemotion``.
    data : :class:`~sklearn.utils.Bunch`, tuple of (X, y) or dict, default=None
        What it was fitted on. The manifest gets its name, its numbers of recordings, of subjects
        and of each emotion, and a hash of its content, for which every file of it is read. A dict
        is what the manifest of another file says, such as that of the original of an export.
    metrics : dict, default=None
        What it reaches, such as ``{"uar": 0.71}``.
    card : str or dict, default=None
        What else a user should know: purpose, limits, licence.

    Returns
    -------
    dict
        The manifest, see :func:`~skemotion.export.read_manifest`.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    IsADirectoryError
        If the path is a folder.
    ModelFileError
        If it holds what is no data: a lambda, an open file, ... The message names the parameter.
    TypeError
        If `metrics` or `card` cannot be written as JSON, or `data` is something else.

    See Also
    --------
    load : Reads the file.

    References
    ----------
    .. [1] A. Jalali, B. Bossan et al., "skops: secure persistence of scikit-learn estimators",
       https://skops.readthedocs.io

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.svm import LinearSVC
    >>> from skemotion import load, save
    >>> fitted = LinearSVC().fit([[0.0], [1.0]], ["calm", "angry"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "voice.skemotion"
    ...     manifest = save(fitted, path, metrics={"uar": 1.0})
    ...     load(path).predict([[1.0]])
    array(['angry'], dtype='<U5')
    >>> manifest["classes"]
    ['angry', 'calm']
    """
    check_is_fitted(estimator)
    refuse_folder(path, "a file to write the model to")
    parts, needs_trust = make_parts(estimator)
    manifest = _manifest.make_manifest(
        estimator,
        {name: _describe_part(content) for name, content in parts.items()},
        data=None if data is None else describe_data(data),
        metrics=metrics,
        card=card,
        needs_trust=needs_trust,
    )
    parts = {MANIFEST: _manifest.encode(manifest), **parts}
    with replaced(Path(path)) as partial, open(partial, "wb") as file:
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in parts.items():
                add_member(archive, name, content)
        file.flush()
        os.fsync(file.fileno())
    return manifest


def load(path, *, trusted=(), max_size=2 * 2**30):
    """Read a fitted estimator from a file that anybody may have made.

    Nothing in the file is run: steps are made of types that are known to be harmless, networks of
    layers that are, and everything is looked at before any of it is made. See "Saving models" in
    the guide for what is known and what a forged file can still do: predict nonsense.

    Parameters
    ----------
    path : path-like
        What :func:`save` wrote.
    trusted : collection of str, default=()
        Further types to make, as ``module.Class``, and layers, as they are registered. Name what
        you know, if you trust who made the file.
    max_size : int, default=2 GiB
        Size in bytes above which a file is refused. What it holds is not compressed, so that no
        part is larger in memory.

    Returns
    -------
    estimator
        As it was: it predicts, and can be cloned and fitted again.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    IsADirectoryError
        If it is a folder.
    DamagedModelFile
        If it is something else, cut or changed.
    UntrustedModelFile
        If it names types that are neither known nor trusted.
    IncompatibleModelFile
        If it was written with versions that the installed ones cannot read.

    See Also
    --------
    save : Writes the file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.dummy import DummyClassifier
    >>> from skemotion import load, save
    >>> fitted = DummyClassifier().fit([[0]], ["calm"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "calm.skemotion"
    ...     _ = save(fitted, path)
    ...     load(path)
    DummyClassifier()
    """
    trusted = _check_trusted(trusted)
    with opened(path, max_size) as (archive, manifest):
        _manifest.check_versions(manifest["versions"])
        parts = {name: read_part(archive, name, facts) for name, facts in manifest["parts"].items()}
    with told(path):
        networks = {name: parts[name] for name in sorted(parts) if name not in (STEPS, PLAN)}
        if not networks:
            return load_steps(parts[STEPS], trusted)
        from skemotion.models._shelf import Shelf, using_shelf

        check_steps(parts[STEPS], trusted)  # before a network is made

        shelf = Shelf({name: _open_network(name, networks[name], trusted) for name in networks})
        with using_shelf(shelf):
            return load_steps(parts[STEPS], trusted)


def make_parts(estimator):
    """Return what a file of a model holds beside its manifest.

    Parameters
    ----------
    estimator : estimator
        Fitted.

    Returns
    -------
    parts : dict of str to bytes
        The steps, the networks beside them, and the plan of what was exported.
    needs_trust : list of str
        Types that a reader has to trust.
    """
    from skemotion.models._backend import model_to_bytes
    from skemotion.models._network_files import unknown_layers
    from skemotion.models._shelf import Shelf, using_shelf

    with using_shelf(Shelf()) as shelf:
        steps, needs_trust = dump_steps(estimator)
    parts = {STEPS: steps}
    for name, model in shelf.networks.items():
        if isinstance(model, bytes):
            parts[name] = model
            continue
        parts[name] = model_to_bytes(model)
        with zipfile.ZipFile(io.BytesIO(parts[name])) as archive:
            needs_trust += unknown_layers(archive.read("config.json"))
    plan = write_plan(estimator)
    if plan is not None:
        parts[PLAN] = plan
    return parts, sorted(set(needs_trust))


def _describe_part(content):
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def describe_data(data):
    """Return what manifests say of the data of a training.

    Parameters
    ----------
    data : :class:`~sklearn.utils.Bunch`, tuple of (X, y) or dict
        As :func:`save` takes it.

    Returns
    -------
    dict
    """
    from skemotion.evaluation import dataset_fingerprint

    if type(data) is dict:
        return data
    is_pair = isinstance(data, tuple) and len(data) == 2
    if not is_pair and not all(hasattr(data, name) for name in ("X", "y", "groups")):
        raise TypeError(
            "Expected data to be what load_dataset returned, a tuple of (X, y) or a dict, got "
            f"{type(data).__name__}. Write for instance data=(X, y)."
        )
    name, modality, soft_labels = None, None, None
    if is_pair:
        X, y = data
        groups = [""] * len(y)
    else:
        X, y, groups = data.X, data.y, data.groups
        soft_labels, dataset = data.get("soft_labels"), data.get("dataset")
        name, modality = getattr(dataset, "name", None), getattr(dataset, "modality", None)
    classes, counts = np.unique(np.asarray(y).astype(str), return_counts=True)
    return {
        "name": name,
        "modality": modality,
        "digest": dataset_fingerprint(X, y, groups, soft_labels, modality),
        "n_recordings": len(y),
        "n_subjects": len(set(groups)) if any(groups) else None,
        "emotions": dict(zip(classes.tolist(), counts.tolist(), strict=True)),
    }


def _check_trusted(trusted):
    if isinstance(trusted, str | bool) or not all(isinstance(name, str) for name in trusted):
        raise TypeError(
            f"Expected trusted to be a list of names of types, got {trusted!r}. "
            "Write for instance ['mypackage.steps.MyStep']."
        )
    return frozenset(trusted)


def _open_network(name, data, trusted):
    # what was exported is opened on first use: by its runtime, which reads nothing else
    return _read_network(data, trusted) if name.endswith(".keras") else data


def _read_network(data, trusted):
    from skemotion.models import _network_files

    archive = open_stored(io.BytesIO(data), len(data), most_members=3)
    if set(archive.namelist()) != _network_files.network_parts():
        raise ValueError("a network in it is no .keras file without assets")
    if archive.getinfo("config.json").file_size > _MOST_CONFIG:
        raise ValueError("the description of a network in it is too long")
    try:
        unknown = _network_files.unknown_layers(read_member(archive, "config.json"), trusted)
        if unknown:
            raise UntrustedModelFile(
                f"Expected layers that are known to be harmless, got {', '.join(unknown)}. If you "
                f"trust them and who made the file, load it with trusted={unknown!r}.",
                unknown,
            )
        weights = read_member(archive, "model.weights.h5")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "network.keras")
            with open(path, "wb") as file:
                file.write(data)
            return _network_files.read_network(path, weights)
    except ModelFileError:
        raise
    except Exception as error:  # foreign bytes raise nearly anything
        raise DamagedModelFile(
            f"Expected a network of Keras, got something else ({type(error).__name__}: "
            f"{error!s:.300}). {_AGAIN}"
        ) from error
