"""Write the state of a fit after each epoch, and go on from it after an interruption."""

import json
import os
import tempfile
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from sklearn.base import clone

from skemotion._describe import describe_parameters, digest_array, new_digest
from skemotion.models._backend import state_variables
from skemotion.models._callbacks import read_memory


class Checkpoint:
    """The file of one fit.

    Parameters
    ----------
    folder : path-like
        Where the files of all fits lie.
    classifier : NeuralClassifier
        Its parameters tell fits apart.
    arrays : sequence of ndarray or None
        What is trained on; they tell fits apart too.
    phase : int
        Number of the phase of the fit.
    """

    def __init__(self, folder, classifier, arrays, phase):
        parameters = describe_parameters(clone(classifier).set_params(callbacks=None))
        digest = new_digest(f"{parameters} {phase}".encode())
        for array in arrays:
            digest.update(b"" if array is None else digest_array(array))
        self._path = Path(folder) / f"{digest.hexdigest()}.npz"

    def restore(self, network):
        """Bring a compiled network to where the fit was interrupted.

        Parameters
        ----------
        network : keras.Model
            Compiled, as at the start of the fit.

        Returns
        -------
        history : dict of str to list of float
            Empty at the start of a fit.
        memory : list of dict
            What the callbacks remember.
        stopped : bool
            Whether early stopping had ended the fit.
        """
        if not self._path.is_file():
            return {}, [], False
        try:
            with open(self._path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
                state = json.loads(file["state"].item())
                values = [file[f"v{number}"] for number in range(state["n_variables"])]
                for memory in state["memory"]:
                    if memory.get("best_weights") is not None:
                        memory["best_weights"] = [file[name] for name in memory["best_weights"]]
            for variable, value in zip(_variables(network), values, strict=True):
                variable.assign(value)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise ValueError(
                f"Expected checkpoint {self._path} to be whole, it cannot be read: {error}. "
                "Remove the file to start anew."
            ) from error
        return state["history"], state["memory"], state["stopped"]

    def save(self, network, callbacks, history):
        """Write the state after an epoch; the file before stays until this one is whole.

        Parameters
        ----------
        network : keras.Model
            Compiled and trained so far.
        callbacks : list of keras.callbacks.Callback
            Those of the fit.
        history : dict of str to list of float
            One entry an epoch.
        """
        arrays = {f"v{n}": np.array(v) for n, v in enumerate(_variables(network))}
        state = {
            "n_variables": len(arrays),
            "history": history,
            "memory": read_memory(callbacks),
            "stopped": bool(network.stop_training),
        }
        for number, memory in enumerate(state["memory"]):
            if memory.get("best_weights") is not None:
                best = {f"c{number}_{n}": w for n, w in enumerate(memory["best_weights"])}
                memory["best_weights"] = list(best)
                arrays |= best
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._path.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez(file, state=json.dumps(state, default=float), **arrays)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, self._path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def remove(self):
        """Remove the file of a fit that has ended."""
        self._path.unlink(missing_ok=True)


def _variables(network):
    return [*state_variables(network), *network.optimizer.variables]
