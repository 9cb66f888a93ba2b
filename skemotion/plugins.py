"""Find what installed packages declare: datasets and models, ours and others'."""

from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import entry_points


@dataclass(frozen=True)
class Plugin:
    """One declared dataset or model.

    Parameters
    ----------
    name : str
        Name it is used by.
    kind : str
        ``"dataset"`` or ``"model"``.
    value : str
        Where it is, as ``module:attribute``.
    package : str
        Package that declares it.
    version : str
        Version of that package.
    """

    name: str
    kind: str
    value: str
    package: str
    version: str


class Registry:
    """Read-only view of one entry-point group.

    Listing names imports nothing; only :meth:`load` imports the plugin.

    Parameters
    ----------
    group : str
        Entry-point group, such as ``"skemotion.datasets"``.
    kind : str
        What the group holds, in the words of an error message.

    Examples
    --------
    >>> from skemotion.plugins import DATASETS
    >>> "emodb" in DATASETS.names()
    True
    >>> DATASETS.load("emobd")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: Unknown dataset 'emobd'. Did you mean 'emodb'? Available: affectnet, ...
    """

    def __init__(self, group, kind):
        self.group = group
        self.kind = kind

    def names(self):
        """Return the sorted names of the declared plugins.

        Returns
        -------
        list of str
        """
        return sorted({point.name for point in self._points()})

    def plugins(self):
        """Return what is declared, without importing it.

        Returns
        -------
        list of Plugin
            Sorted by name; a name that two packages claim stands twice.
        """
        found = [
            Plugin(point.name, self.kind, point.value, point.dist.name, point.dist.version)
            for point in self._points()
        ]
        return sorted(found, key=lambda plugin: (plugin.name, plugin.package))

    def load(self, name):
        """Import and return the plugin called `name`.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        object
            What the entry point names.

        Raises
        ------
        ValueError
            If no package declares the name, or more than one does.
        ImportError
            If the plugin cannot be imported.
        """
        points = [point for point in self._points() if point.name == name]
        if not points:
            raise ValueError(self._unknown(name))
        if len(points) > 1:
            packages = ", ".join(sorted(point.dist.name for point in points))
            raise ValueError(
                f"The {self.kind} {name!r} is declared by several packages: {packages}. "
                "Uninstall all but one of them."
            )
        (point,) = points
        try:
            return point.load()
        except Exception as error:
            raise ImportError(
                f"The {self.kind} {name!r} could not be imported from {point.value!r} "
                f"(package {point.dist.name!r}): {type(error).__name__}: {error}. "
                f"Update or uninstall {point.dist.name!r}."
            ) from error

    def _points(self):
        # an editable install can be found twice on sys.path: the same point is one plugin
        unique = {(p.name, p.value, p.dist.name): p for p in entry_points(group=self.group)}
        return list(unique.values())

    def _unknown(self, name):
        names = self.names()
        close = get_close_matches(str(name), names, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        return f"Unknown {self.kind} {name!r}.{hint} Available: {', '.join(names)}."


DATASETS = Registry("skemotion.datasets", kind="dataset")
MODELS = Registry("skemotion.models", kind="model")


def list_datasets():
    """Return the names of the datasets that installed packages declare.

    Returns
    -------
    list of str

    Examples
    --------
    >>> from skemotion import list_datasets
    >>> "synthetic-voices" in list_datasets()
    True
    """
    return DATASETS.names()


def list_models():
    """Return the names of the models that installed packages declare.

    Returns
    -------
    list of str

    Examples
    --------
    >>> from skemotion import list_models
    >>> "voice-svm" in list_models()
    True
    """
    return MODELS.names()
