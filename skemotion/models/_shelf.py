"""Where networks go while what holds them is written to a file without pickle."""

from contextlib import contextmanager
from contextvars import ContextVar

import pandas as pd

from skemotion.models import _backend

_SHELF = ContextVar("shelf", default=None)


class Shelf:
    """Networks beside the steps that hold them, by name.

    Parameters
    ----------
    networks : dict of str to (keras.Model or bytes), default=None
        The networks to take, those that were exported as bytes; None for an empty shelf to put
        networks on.
    """

    def __init__(self, networks=None):
        self.networks = {} if networks is None else networks
        self._names = {}

    def put(self, network, ending=".keras"):
        """Return the name that stands for `network`; one network has one name."""
        # the shelf holds the network, so that its id is not used again; bytes may be read twice
        key = network if isinstance(network, bytes) else id(network)
        name = self._names.setdefault(key, f"network-{len(self._names)}{ending}")
        self.networks[name] = network
        return name

    def take(self, name):
        """Return the network called `name`."""
        if not isinstance(name, str) or name not in self.networks:
            raise ValueError(
                f"Expected a network to be one of {sorted(self.networks)}, got {type(name)}"
                f"{f' {name!r}' if isinstance(name, str) else ''}."
            )
        return self.networks[name]


@contextmanager
def using_shelf(shelf):
    """Let the states of networks name what is on `shelf`, and hold no bytes.

    Parameters
    ----------
    shelf : Shelf
        Where the networks are.
    """
    token = _SHELF.set(shelf)
    try:
        yield shelf
    finally:
        _SHELF.reset(token)


def in_use():
    """Return the shelf in use, None without one.

    Returns
    -------
    Shelf or None
    """
    return _SHELF.get()


def pack_state(state):
    """Return the state of a classifier as plain data, its network as a file.

    Parameters
    ----------
    state : dict
        Attributes, fitted or not.

    Returns
    -------
    dict
        The network as bytes, or as its name where a shelf is used.
    """
    state = {name: value for name, value in state.items() if name != "_forward"}
    if "model_" in state:
        shelf, model = _SHELF.get(), state["model_"]
        state["model_"] = _backend.model_to_bytes(model) if shelf is None else shelf.put(model)
    if "history_" in state:
        state["history_"] = state["history_"].to_dict("list")
    return state


def unpack_state(state):
    """Return the state that :func:`pack_state` packed.

    Parameters
    ----------
    state : dict
        What it returned.

    Returns
    -------
    dict
    """
    state = dict(state)
    if "model_" in state:
        shelf, kept = _SHELF.get(), state["model_"]
        state["model_"] = _backend.model_from_bytes(kept) if shelf is None else shelf.take(kept)
    if "history_" in state:
        state["history_"] = pd.DataFrame(state["history_"])
    return state
