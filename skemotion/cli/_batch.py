"""Predict many files into one table, in processes, so that a kill loses little."""

import contextlib
from collections import Counter
from functools import partial
from pathlib import Path

from skemotion._files import replaced
from skemotion.cli._journal import CHUNK, Journal
from skemotion.cli._media_files import (
    find_files,
    listed_state,
    nothing_found,
    readable,
    state_of,
)
from skemotion.cli._prediction_tables import PREFIX, check_suffix, parts_of, read_table, write_table
from skemotion.cli._workers import Worker, WorkerDied, first_answers


def run_batch(model, paths, out, *, jobs=2, trusted=(), console=None):
    """Predict files and folders into one table; what is in it already is not done again.

    A row holds for a file as long as the file has the same size and time of change and the model
    file is the same; rows with an error are tried again. Rows of other files go.

    Parameters
    ----------
    model : path-like
        What :func:`~skemotion.save` wrote.
    paths : list of path-like
        Files and folders; a file that is not there is a row with its error.
    out : Path
        The table, .parquet or .csv. Beside it lies a journal until it is whole.
    jobs : int, default=2
        Number of processes, each with the model in its memory.
    trusted : collection of str, default=()
        Types in the model to trust.
    console : rich.console.Console, default=None
        Where progress goes if it is a terminal.

    Returns
    -------
    dict
        `n_files`, `n_done` (in this run), `n_errors`, `first_error` and `left_out`, a Counter of
        files of the folders by reason.

    Raises
    ------
    FileNotFoundError
        If the model is not there.
    ValueError
        If no file is found, the model takes no recordings, or `out` is another table.
    OSError
        If another process writes the same table, or it cannot be written.
    """
    check_suffix(out)
    modality, version = describe_model(model)
    out.parent.mkdir(parents=True, exist_ok=True)
    journal = Journal(out.with_name(f".{out.name}.journal"), version)
    with contextlib.closing(journal):
        if out.exists():
            _take_over(journal, out, version)
        left_out = Counter()
        n_files, n_todo = journal.set_files(find_files(paths, modality, left_out))
        if not n_files:
            raise nothing_found(paths, modality, left_out)
        if n_todo:
            with _workers(min(jobs, -(-n_todo // CHUNK)), model, trusted) as workers:
                _predict_all(journal, workers, n_todo, console)
        counts = _write(journal, out, readable(Path(model).stem), version)
        journal.remove()
    return {"n_files": n_files, "n_done": n_todo, "left_out": left_out, **counts}


def describe_model(model):
    """Return what a batch has to know of a model, without loading it.

    Parameters
    ----------
    model : path-like
        Its file.

    Returns
    -------
    modality : {"voice", "face", "video"} or None
        What its recordings are.
    version : str
        Version of the file, as tables name it.

    Raises
    ------
    ValueError
        If it takes arrays instead of recordings.
    """
    from skemotion.export import read_manifest
    from skemotion.runtime import file_version

    facts = read_manifest(model).get("input") or {}
    if facts.get("takes") == "arrays":
        raise ValueError(
            f"Expected {model} to take recordings, got one that takes arrays. Save the pipeline "
            "with the steps that read files."
        )
    return facts.get("modality"), file_version(model)


def _take_over(journal, out, version):
    """Put the rows of a table that still hold into the journal."""
    with read_table(out) as (classes, rows):
        columns = [PREFIX + name for name in classes]
        kept = (row for row in rows if row["version"] == version and not row["error"])
        for part in parts_of(kept):
            for row in part:
                row["scores"] = _pack([row[name] for name in columns])
            journal.put(part, replace=False)
    if journal.fact("classes") is None:
        journal.keep_fact("classes", classes)


@contextlib.contextmanager
def _workers(n_workers, model, trusted):
    workers = []
    try:
        for _ in range(n_workers):
            workers.append(Worker(_open_model, (str(model), tuple(trusted))))
        yield workers
    finally:
        for worker in workers:
            worker.stop()


def _predict_all(journal, workers, total, console):
    """Give the chunks to workers, and keep what comes back."""
    idle, busy = list(workers), {}
    for worker in workers:
        with _loading():
            journal.keep_fact("classes", worker.answer())
    chunks = journal.chunks()
    with _progress(console, total) as advance:
        while True:
            for worker, chunk in zip(list(idle), chunks, strict=False):
                idle.remove(worker)
                worker.send(chunk)
                busy[worker] = chunk
            if not busy:
                return
            for worker in first_answers(busy):
                rows = _answer(worker, busy.pop(worker))
                idle.append(worker)
                journal.put(rows)
                advance(len(rows), sum(bool(row["error"]) for row in rows))


@contextlib.contextmanager
def _loading():
    try:
        yield
    except WorkerDied as death:
        raise RuntimeError(
            f"Expected a process to load the model, but {death}. Lower --jobs, or free memory."
        ) from death


def _answer(worker, chunk):
    """Return the rows of a chunk; where it ends the process, its files go one by one."""
    try:
        return worker.answer()
    except WorkerDied as death:
        reason = f"Cannot process {chunk[0]}: {death}. Leave the file out if it lacks no memory."
    with _loading():
        worker.restart()
    if len(chunk) == 1:
        return [_row(chunk[0], *listed_state(chunk[0]), error=reason)]
    rows = []
    for path in chunk:
        worker.send([path])
        rows += _answer(worker, [path])
    return rows


def _open_model(model, trusted):
    from skemotion.runtime import open_predictor

    predictor = open_predictor(model, trusted=trusted)
    classes = predictor.classes if predictor.has_probabilities else []
    return partial(predict_chunk, predictor), classes


def predict_chunk(predictor, paths):
    """Return a row for each file, with the state the file had before it was read.

    Parameters
    ----------
    predictor : Predictor
        The model.
    paths : list of str
        Files.

    Returns
    -------
    list of dict
        As :meth:`Journal.put` takes them.
    """
    states = []
    for path in paths:
        try:
            states.append((*state_of(path), ""))
        except OSError as error:
            states.append((None, None, str(error)))
    good = [path for path, state in zip(paths, states, strict=True) if not state[2]]
    results = iter(predict_each(predictor, good, caught=Exception) if good else [])
    rows = []
    for path, (size, mtime_ns, error) in zip(paths, states, strict=True):
        label, scores, error = (None, None, error) if error else next(results)
        row = _row(path, size, mtime_ns, error=error)
        if label is not None:
            row["label"] = label
            row["scores"] = _pack(scores) if predictor.has_probabilities else None
        rows.append(row)
    return rows


def predict_each(predictor, files, *, caught):
    """Predict files together, and one by one where that fails.

    Parameters
    ----------
    predictor : Predictor
        The model.
    files : list of str
        Paths.
    caught : type or tuple of types
        Exceptions that are the error of a file. An ImportError is none.

    Returns
    -------
    list of tuple
        The class, scores of each class, and "" or the error of the file, for which the others are
        None.
    """
    from skemotion import RecordingError

    try:
        return [(*answer, "") for answer in zip(*predictor.answer(files), strict=True)]
    except ImportError:
        raise
    except caught as error:
        if len(files) == 1:
            if not isinstance(error, RecordingError):
                return [(None, None, f"{type(error).__name__}: {error}")]
            # its place in this call says nothing: the file was tried alone
            return [(None, None, str(error).replace(" (recording 0)", ""))]
    return [one for file in files for one in predict_each(predictor, [file], caught=caught)]


def _row(path, size, mtime_ns, *, error):
    state = {"path": path, "size": size, "mtime_ns": mtime_ns}
    return {**state, "label": None, "scores": None, "error": readable(error)}


def _pack(scores):
    import numpy as np

    return np.asarray(scores, dtype="<f4").tobytes() or None


def _write(journal, out, name, version):
    import numpy as np

    classes = journal.fact("classes")
    columns = [PREFIX + one for one in classes]
    counts = {"n_errors": 0, "first_error": None}

    def rows():
        for path, label, scores, error, size, mtime_ns in journal.rows():
            row = {"path": path, "label": label, "error": error, "model": name}
            row |= {"version": version, "size": size, "mtime_ns": mtime_ns}
            if scores is not None:
                row |= zip(columns, np.frombuffer(scores, "<f4"), strict=True)
            if error:
                counts["n_errors"] += 1
                counts["first_error"] = counts["first_error"] or error
            yield row

    with replaced(out) as partial_path:
        write_table(partial_path, rows(), classes)
    return counts


@contextlib.contextmanager
def _progress(console, total):
    """Give a function to call with numbers of files and of errors as they come."""
    if console is None or not console.is_terminal:
        yield lambda n_files, n_errors: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        task, failed = progress.add_task("files", total=total), 0

        def advance(n_files, n_errors):
            nonlocal failed
            failed += n_errors
            told = f"files ({failed} with errors)" if failed else "files"
            progress.update(task, advance=n_files, description=told)

        yield advance
