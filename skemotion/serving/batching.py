"""Predict together what arrives together: a list and a thread, no timer."""

import asyncio
import logging
import queue
import threading
import time
from collections import deque
from weakref import WeakKeyDictionary

from skemotion.serving.problems import Refusal, internal_error, overloaded

_LOG = logging.getLogger("skemotion.serving")
_MOST_PREPARED = 64 * 2**20  # bytes of windows and faces that wait; from there on none are cut
_QUICK = 1e-3  # s; what takes less keeps the event loop waiting for it
_MOST_PREPARING = 3  # one more than there are threads, so that they wait for nothing


class Batcher:
    """Gathers what arrives while a thread predicts, and predicts it at once.

    An upload that arrives while nothing is predicted is predicted at once: it never waits for
    others to come. What takes long to prepare, such as finding faces, is done by other threads
    beside it. Small pictures that take a moment are prepared by the event loop: taking turns in
    Python with the thread costs more than the work. So does waking it for one prediction of less
    than a millisecond: where nothing else waits, the loop makes that, too.

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
        self._waiting = deque()  # filled by the event loop, emptied by the thread
        self._unprepared = deque()
        self._n_preparing = 0
        self._busy = self._scheduled = False
        self._seconds = 0.01  # what a recording took lately
        self._paces = WeakKeyDictionary()  # seconds in which predictors prepare a small picture
        self._signals = queue.SimpleQueue()
        self._loop = None
        self._thread = None

    def start(self):
        """Start the thread; in the event loop whose futures are answered."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="predict", daemon=True)
        self._thread.start()

    def stop(self):
        """Stop the thread after what it was given."""
        self._signals.put(None)
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
            self._place(job, future)
        self._schedule()
        return futures

    def _place(self, job, future):
        refusal = None
        if self._paces.get(job.predictor, _QUICK) < _QUICK:
            refusal = _make_ready(job, only_small=True)
        if refusal is None:
            self._waiting.append((job, future))
        else:
            _settle(future, refusal)

    def _schedule(self):
        if self._waiting and not self._busy and not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def _flush(self):
        """Wake the thread, where it sleeps and something waits."""
        self._scheduled = False
        if self._waiting and not self._busy:
            self._busy = True
            if self._is_quick():
                batch = self._take()
                self._finish(batch, *_predict(batch), idle=True)
            else:
                self._signals.put(True)
        self._prepare()

    def _is_quick(self):
        """Tell whether what waits is answered sooner than a thread is awake."""
        return (
            len(self._waiting) == 1
            and self._waiting[0][0].prepared is not None
            and self._seconds < _QUICK
        )

    def _take(self):
        """Return the next batch: jobs of one predictor, cancelled ones left out."""
        batch, size = [], 0
        while self._waiting:
            job, future = self._waiting[0]
            n_recordings = len(job.recordings) if job.recordings else 1
            if batch and (
                job.predictor is not batch[0][0].predictor or size + n_recordings > self._most
            ):
                break
            self._waiting.popleft()
            if not future.done():
                batch.append((job, future))
                size += n_recordings
        return batch

    def _run(self):
        while self._signals.get():
            batch = self._take()
            while True:
                outcomes, seconds = _predict(batch)
                # taken before the loop knows of this one: the thread waits for nothing
                following = self._take()
                try:
                    self._loop.call_soon_threadsafe(
                        self._finish, batch, outcomes, seconds, not following
                    )
                except RuntimeError:  # the loop is closed: nobody waits
                    return
                if not following:
                    break
                batch = following

    def _finish(self, batch, outcomes, seconds, idle):
        n_recordings = 0
        for (job, future), outcome in zip(batch, outcomes, strict=True):
            if outcome is None:
                self._unprepared.append((job, future))
            else:
                n_recordings += len(job.recordings or ())
                self._note_pace(job)
                _settle(future, outcome)
        if n_recordings:
            self._seconds += 0.1 * (seconds / n_recordings - self._seconds)
            self._observe(n_recordings, seconds)
        if idle:
            self._busy = False
        self._flush()

    def _note_pace(self, job):
        if job.seconds is not None and job.is_small():
            pace = self._paces.get(job.predictor, job.seconds)
            self._paces[job.predictor] = pace + 0.1 * (job.seconds - pace)

    def _prepare(self):
        """Have jobs prepared while little waits that is: a few bytes may become many windows."""
        size = sum(job.size for job, _ in tuple(self._waiting))
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


def _predict(batch):
    """Return the outcomes of a batch, and the seconds that it took."""
    start = time.perf_counter()
    try:
        outcomes = predict_jobs([job for job, _ in batch])
    except Exception as error:  # the thread must go on whatever a model does
        _LOG.exception("A batch failed")
        outcomes = [_internal(error)] * len(batch)
    return outcomes, time.perf_counter() - start


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
    outcomes = [_make_ready(job) for job in jobs]
    ready = [number for number, job in enumerate(jobs) if job.prepared is not None]
    while ready:
        prepared = [one for number in ready for one in jobs[number].prepared]
        try:
            labels, scores = jobs[0].predictor.answer_prepared(prepared)
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
            own = slice(done, done + len(job.recordings))
            try:
                outcomes[number] = job.answer(labels[own], scores[own])
            except Refusal as refusal:
                outcomes[number] = refusal
            done = own.stop
        break
    return outcomes


def _make_ready(job, only_small=False):
    """Bring a job as far as its network, where nothing has to be found or cut out before.

    Returns
    -------
    Refusal or None
        What was wrong.
    """
    try:
        if job.prepared is None and (job.is_small() if only_small else job.look()):
            job.get_ready()
    except Refusal as refusal:
        return refusal
    except Exception as error:  # whatever a decoder raises
        return _explain(error)
    return None


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
        return job.answer(*job.predictor.answer_prepared(job.prepared))
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
        job.get_ready()
    except Refusal as refusal:
        return refusal
    except Exception as error:  # whatever a decoder raises
        return _explain(error)
    return None


def _settle(future, outcome):
    if future.done():
        return
    if isinstance(outcome, Refusal):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
