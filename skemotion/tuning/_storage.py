"""Where studies are kept: memory, a SQLite file, a database, or a journal file."""

import os
import sqlite3
import time
import warnings
import weakref
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import optuna
from optuna.exceptions import ExperimentalWarning, StorageInternalError
from optuna.storages import BaseStorage, InMemoryStorage, JournalStorage, RDBStorage

from skemotion._optional import import_driver

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
    ImportError
        If the driver of the database is not installed.
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
    import_driver(storage.partition("://")[0])
    for patience in reversed(range(_N_TRIES)):
        try:
            return _open_database(storage)
        except Exception as error:
            if patience and type(error).__name__ in _RACES:
                time.sleep(_PAUSE)
                continue
            raise OSError(
                f"Cannot keep studies in {hide_password(storage)}: {_reason(error)}. "
                f"{_advice(storage)}."
            ) from error


def _open_database(url):
    if url.startswith("sqlite"):
        options = {"connect_args": {"timeout": _LOCK}}
    else:
        options = {"pool_pre_ping": True}  # a trial may take hours, and the server restart
    if url.startswith(_FILE):
        _log_ahead(url.removeprefix(_FILE))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)  # heartbeats
        return _Database(
            url, engine_kwargs=options, heartbeat_interval=_HEARTBEAT, grace_period=_GRACE
        )


class _Database(RDBStorage):
    """A database whose connections end with it, and whose heart may miss a beat."""

    def __init__(self, url, **options):
        try:
            super().__init__(url, **options)
        except BaseException:
            if hasattr(self, "engine"):
                self.engine.dispose()
            raise
        weakref.finalize(self, self.engine.dispose)

    def record_heartbeat(self, trial_id):
        # where the server cannot be reached, the thread goes on, and the next beat may reach it
        with suppress(StorageInternalError):
            super().record_heartbeat(trial_id)


def let_go(storage):
    """Close the idle connections of a storage, which makes new ones when it is asked again.

    Parameters
    ----------
    storage : BaseStorage
        What :func:`open_storage` returned.
    """
    if isinstance(storage, RDBStorage):
        storage.engine.dispose()


@contextmanager
def failures_told(storage):
    """Say what happened where a storage fails after it was opened.

    Parameters
    ----------
    storage : str, BaseStorage or None
        What :func:`check_storage` returned.

    Raises
    ------
    OSError
        If a trial could not be read or written.
    """
    try:
        yield
    except Exception as error:
        failure = error  # Optuna may fail once more while it handles the failure
        while failure is not None and not isinstance(failure, StorageInternalError):
            failure = failure.__context__
        if failure is None:
            raise
        raise OSError(
            f"Studies in {hide_password(storage)} could not be read or written: "
            f"{_reason(failure.__cause__ or failure)}. {_advice(storage)}, and run the same again: "
            "finished trials are kept."
        ) from error


def _reason(error):
    reason = " ".join(str(getattr(error, "orig", None) or error).split()).rstrip("?.")
    return reason or type(error).__name__


def _advice(storage):
    if isinstance(storage, str) and storage.startswith(_FILE):
        return "Name another file, or check that it may be written and that its disk has space"
    return (
        "Check the address, such as postgresql+psycopg://user@host/name, your rights there and the "
        "server"
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
