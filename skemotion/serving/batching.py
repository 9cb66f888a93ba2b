"""Predict together what arrives together: a list and a thread, no timer."""

import asyncio
import logging
import queue
import threading
import time
from collections import deque

from skemotion.serving.problems import Refusal, internal_error, overloaded

_LOG = logging.getLogger("skemotion.serving")
_MOST_PREPARED = 64 * 2**20  # bytes of windows and faces that wait; from there on none are cut
_MOST_PREPARING = 3  # one more than there are threads, so that they wait for nothing


class Batcher:
    """Gathers what arrives while a thread predicts, and predicts it at once.

    An upload that arrives while nothing is predicted is predicted at once: it never waits for
    others to come. What takes long to prepare, such as finding faces, is done by other threads
    beside it.

    Parameters
    ----------
    settings : Settings
        `queue` and `batch` count.
    pool : :class:`concurrent.futures.Executor`
        For what takes long to prepare.
    observe : callable
        Called with the number of recordings and the seconds of each batch.
    """

    def __init__(self, settings, pool, observe):
        self._queue, self._most = settings.queue, settings.batch
        self._pool, self._observe = pool, observe
        self._waiting = []
        self._unprepared = deque()
        self._n_preparing = 0
        self._busy = self._scheduled = False
        self._seconds = 0.01  # what a recording took lately
        self._batches = queue.SimpleQueue()
        self._loop = None
        self._thread = None

    def start(self):
        """Start the thread; in the event loop whose futures are answered."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="predict", daemon=True)
        self._thread.start()

    def stop(self):
        """Stop the thread after what it was given."""
        self._batches.put(None)
        self._thread.join(timeout=5)

    @property
    def n_waiting(self):
        """Number of uploads that wait or are being prepared."""
        return len(self._waiting) + len(self._unprepared) + self._n_preparing

    def submit(self, jobs):
        """Take the jobs of one request, all or none.

        Parameters
        ----------
        jobs : list of Job

        Returns
        -------
        list of :class:`asyncio.Future`
            Each becomes an item of the answer, or a Refusal.

        Raises
        ------
        Refusal
            503 where too many wait.
        """
        if self.n_waiting + len(jobs) > self._queue:
            raise overloaded(self._seconds * self.n_waiting)
        futures = []
        for job in jobs:
            future = self._loop.create_future()
            futures.append(future)
            self._waiting.append((job, future))
        self._schedule()
        return futures

    def _schedule(self):
        if self._waiting and not self._busy and not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def _flush(self):
        """Hand the next batch to the thread: jobs of one predictor, cancelled ones left out."""
        self._scheduled = False
        if self._busy:
            return
        batch, rest, size = [], [], 0
        for pair in self._waiting:
            job, future = pair
            if future.done():
                continue
            n_recordings = len(job.recordings) if job.recordings else 1
            same = not batch or job.predictor is batch[0][0].predictor
            if same and (not batch or size + n_recordings <= self._most):
                batch.append(pair)
                size += n_recordings
            else:
                rest.append(pair)
        self._waiting = rest
        if batch:
            self._busy = True
            self._batches.put(batch)
        self._prepare()

    def _run(self):
        while (batch := self._batches.get()) is not None:
            start = time.perf_counter()
            try:
                outcomes = predict_jobs([job for job, _ in batch])
            except Exception as error:  # the thread must go on whatever a model does
                _LOG.exception("A batch failed")
                outcomes = [_internal(error)] * len(batch)
            seconds = time.perf_counter() - start
            try:
                self._loop.call_soon_threadsafe(self._finish, batch, outcomes, seconds)
            except RuntimeError:  # the loop is closed: nobody waits
                return

    def _finish(self, batch, outcomes, seconds):
        self._busy = False
        n_recordings = 0
        for (job, future), outcome in zip(batch, outcomes, strict=True):
            if outcome is None:
                self._unprepared.append((job, future))
            else:
                n_recordings += len(job.recordings or ())
                _settle(future, outcome)
        if n_recordings:
            self._seconds += 0.1 * (seconds / n_recordings - self._seconds)
            self._observe(n_recordings, seconds)
        self._flush()

    def _prepare(self):
        """Have jobs prepared while little waits that is: a few bytes may become many windows."""
        size = sum(job.size for job, _ in self._waiting)
        while self._unprepared and self._n_preparing < _MOST_PREPARING and size < _MOST_PREPARED:
            job, future = self._unprepared.popleft()
            if not future.done():
                self._prepare_one(job, future)

    def _prepare_one(self, job, future):
        self._n_preparing += 1
        task = self._loop.run_in_executor(self._pool, _prepared, job)

        def done(task):
            self._n_preparing -= 1
            outcome = task.result()
            if outcome is None:
                self._waiting.append((job, future))
                self._schedule()
            else:
                _settle(future, outcome)
            self._prepare()

        task.add_done_callback(done)


def predict_jobs(jobs):
    """Predict jobs together; one that fails does not take others along.

    Parameters
    ----------
    jobs : list of Job
        Of one predictor.

    Returns
    -------
    list of (dict, Refusal or None)
        Items, what was wrong, or None for jobs that have to be prepared first.
    """
    outcomes, ready = [None] * len(jobs), []
    for number, job in enumerate(jobs):
        try:
            if job.recordings is not None or job.look():
                ready.append(number)
        except Refusal as refusal:
            outcomes[number] = refusal
        except Exception as error:  # whatever a decoder raises
            outcomes[number] = _internal(error)
    while ready:
        recordings = [one for number in ready for one in jobs[number].recordings]
        try:
            scores = jobs[0].predictor.predict_proba(recordings)
        except Exception as error:
            culprit = _find_culprit(error, jobs, ready)
            if culprit is None:
                for number in ready:
                    outcomes[number] = _predict_alone(jobs[number])
                break
            outcomes[culprit] = _explain(error)
            ready.remove(culprit)
            continue
        done = 0
        for number in ready:
            job = jobs[number]
            try:
                outcomes[number] = job.answer(scores[done : done + len(job.recordings)])
            except Refusal as refusal:
                outcomes[number] = refusal
            done += len(job.recordings)
        break
    return outcomes


def _find_culprit(error, jobs, ready):
    """Return the number of the job whose recording an error names, None where it names none."""
    row = getattr(error, "row", None)
    if len(ready) == 1:
        return ready[0]
    if row is None:
        return None
    for number in ready:
        row -= len(jobs[number].recordings)
        if row < 0:
            return number
    return None


def _predict_alone(job):
    try:
        return job.answer(job.predictor.predict_proba(job.recordings))
    except Refusal as refusal:
        return refusal
    except Exception as error:
        return _explain(error)


def _explain(error):
    """Return what a predictor's error means to who sent the recording."""
    if not isinstance(error, ValueError):
        return _internal(error)
    # "Cannot decode 371 bytes (recording 3): ...": its place in the batch is nobody's business
    name = getattr(error, "recording", None)
    text = str(error)
    if name is not None:
        text = text.replace(f"{name} (recording {error.row})", "the upload")
    return Refusal(422, "undecodable", text)


def _internal(error):
    _LOG.error("A prediction failed", exc_info=error)
    return internal_error()


def _prepared(job):
    try:
        job.prepare()
    except Refusal as refusal:
        return refusal
    except Exception as error:  # whatever a decoder raises
        return _internal(error)
    return None


def _settle(future, outcome):
    if future.done():
        return
    if isinstance(outcome, Refusal):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
