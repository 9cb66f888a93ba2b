"""Where studies are kept: memory, a SQLite file, a database, or a journal file."""

import os
import sqlite3
import time
import warnings
from contextlib import closing, contextmanager
from pathlib import Path

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.storages import BaseStorage, InMemoryStorage, JournalStorage, RDBStorage

DEFAULT_STORAGE = "skemotion-results/tuning.sqlite"
_HEARTBEAT, _GRACE = 15, 120  # s between signs of life, and without one until a trial fails
_LOCK = 60  # s that another process may hold the file
_N_TRIES, _PAUSE = 5, 0.5  # s
_RACES = ("IntegrityError", "OperationalError", "ProgrammingError")  # two make its tables at once
_IN_MEMORY = (":memory:", "sqlite://", "sqlite:///:memory:")
_FILE = "sqlite:///"
_JOURNALS = (".journal", ".log")


def check_storage(storage):
    """Return a storage as it is handed to workers: None, a file name, a URL or an object.

    Parameters
    ----------
    storage : str, path-like, BaseStorage or None
        A file name, a URL of SQLAlchemy, or a storage of Optuna. None means in memory.

    Returns
    -------
    str, BaseStorage or None
        A URL, or the absolute path of a journal.

    Raises
    ------
    TypeError
        If it is none of these.
    """
    if storage is None or isinstance(storage, BaseStorage):
        return storage
    if not isinstance(storage, str | os.PathLike):
        raise TypeError(
            f"Expected a storage to be a file name, a URL or a storage of Optuna, got {storage!r}. "
            f"For instance {DEFAULT_STORAGE!r}."
        )
    if str(storage) in _IN_MEMORY:
        return None
    if "://" in str(storage):
        return str(storage)
    path = Path(storage).expanduser().absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    return str(path) if path.suffix in _JOURNALS else f"{_FILE}{path}"


def open_storage(storage):
    """Return the storage of Optuna for what :func:`check_storage` returned.

    Parameters
    ----------
    storage : str, BaseStorage or None
        What to open.

    Returns
    -------
    BaseStorage

    Raises
    ------
    OSError
        If it cannot be opened, or belongs to another program or version of Optuna.
    """
    if storage is None:
        return InMemoryStorage()
    if isinstance(storage, BaseStorage):
        return storage
    if "://" not in storage:
        from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

        # links, which locks are made of otherwise, are not there on every file system
        backend = JournalFileBackend(storage, lock_obj=JournalFileOpenLock(storage))
        return JournalStorage(backend)
    for patience in reversed(range(_N_TRIES)):
        try:
            return _open_database(storage)
        except Exception as error:
            if patience and type(error).__name__ in _RACES:
                time.sleep(_PAUSE)
                continue
            reason = str(getattr(error, "orig", error)).strip() or type(error).__name__
            raise OSError(
                f"Cannot keep studies in {hide_password(storage)}: {reason}. Name another file, or "
                "install the driver that the URL names and check that it may be written."
            ) from error


def _open_database(url):
    options = {"connect_args": {"timeout": _LOCK}} if url.startswith("sqlite") else {}
    if url.startswith(_FILE):
        _log_ahead(url.removeprefix(_FILE))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)  # heartbeats
        return RDBStorage(
            url, engine_kwargs=options, heartbeat_interval=_HEARTBEAT, grace_period=_GRACE
        )


def _log_ahead(path):
    """Let SQLite write ahead: readers do not wait, and a commit syncs the disk less often."""
    with closing(sqlite3.connect(path, timeout=_LOCK)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def open_study(storage, name, sampler=None, pruner=None):
    """Return the study of this name, made if it is not there.

    Parameters
    ----------
    storage : str or BaseStorage
        Opened already, or what :func:`check_storage` returned.
    name : str
        Its name.
    sampler : BaseSampler, default=None
        What chooses parameters.
    pruner : BasePruner, default=None
        What stops trials.

    Returns
    -------
    optuna.Study
        It maximises.
    """
    with quiet_optuna():
        return optuna.create_study(
            storage=open_storage(storage),
            study_name=name,
            direction="maximize",
            sampler=sampler,
            pruner=pruner,
            load_if_exists=True,
        )


def check_key(study, key):
    """Note in a new study what it searches, and refuse one that searched something else.

    Parameters
    ----------
    study : optuna.Study
        The study.
    key : str
        A hash of what it depends on.

    Raises
    ------
    ValueError
        If the study has another key.
    """
    known = study.user_attrs.get("key")
    if known is None:
        study.set_user_attr("key", key)
    elif known != key:
        raise ValueError(
            f"Expected the study {study.study_name!r} to have searched the same, got one of "
            "another model, space, dataset, division, scoring, seed or version. Give another "
            "study_name, or delete it."
        )


@contextmanager
def quiet_optuna():
    """Keep Optuna from logging every trial; errors are kept in the study."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


def hide_password(storage):
    """Return a storage as it may be shown to people.

    Examples
    --------
    >>> from skemotion.tuning._storage import hide_password
    >>> hide_password("postgresql+psycopg://ann:secret@host/studies")
    'postgresql+psycopg://ann:***@host/studies'
    """
    if storage is None:
        return "memory"
    if not isinstance(storage, str):
        return type(storage).__name__
    scheme, separator, rest = storage.partition("://")
    who, at, where = rest.rpartition("@")
    user, colon, _ = who.partition(":")
    return f"{scheme}{separator}{user}:***@{where}" if at and colon else storage
