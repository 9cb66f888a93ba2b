"""Several processes that share a socket, and one above them that replaces those that die."""

import contextlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict

from skemotion.serving.server import READY

_LOG = logging.getLogger("skemotion.serving")
_SOON = 5.0  # s: a worker that dies within them is replaced with a delay
_MOST_DELAY = 10.0  # s
_MOST_STARTS = 3  # of a worker that never becomes ready
_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}


def supervise(models, settings, listener):
    """Serve from several processes until told to stop.

    Parameters
    ----------
    models : list of path-like
    settings : Settings
    listener : :class:`socket.socket`

    Raises
    ------
    OSError
        On systems without POSIX signals.
    RuntimeError
        If the workers cannot start.
    """
    if not hasattr(signal, "sigtimedwait"):
        raise OSError(
            f"Expected a POSIX system for {settings.workers} workers, got another one. "
            "Set workers to 1."
        )
    _Supervisor(models, settings, listener).run()


class _Worker:
    """A process that serves, and the pipe by which it says whether it is ready."""

    def __init__(self, options, listener, lifeline, environment):
        self._pipe, told = os.pipe()
        os.set_blocking(self._pipe, False)
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "skemotion.serving.worker"),
                json.dumps({**options, "listener": listener, "lifeline": lifeline, "report": told}),
            ],
            pass_fds=(listener, lifeline, told),
            env=environment,
            start_new_session=True,  # INT from a terminal comes from here, once
        )
        os.close(told)
        self.born = time.monotonic()
        self._said = b""

    def poll(self):
        """Return its exit status, None while it lives; hear what it said until then."""
        status, before = self.process.poll(), self.ready
        with contextlib.suppress(BlockingIOError):
            while part := os.read(self._pipe, 65536):
                self._said += part
        if self.ready and not before:
            _LOG.info("Worker %d is ready", self.process.pid)
        return status

    @property
    def ready(self):
        """Whether it was ready."""
        return self._said.startswith(READY)

    @property
    def reason(self):
        """Why it ended."""
        said = self._said.removeprefix(READY).decode(errors="replace")
        return said or f"Its exit status is {self.process.returncode}."

    def close(self):
        """Listen no more."""
        os.close(self._pipe)


class _Supervisor:
    def __init__(self, models, settings, listener):
        self._models, self._settings = [os.fspath(model) for model in models], settings
        self._listener = listener
        self._workers = {}  # place -> worker
        self._due = {}  # place -> when to start it again
        self._n_quick = 0  # deaths in a row soon after birth
        self._n_failed = Counter()  # place -> starts in a row that led to nothing
        self._metrics = tempfile.mkdtemp(prefix="skemotion-metrics-")
        self._lifeline = os.pipe()  # its end tells the workers that this process is gone

    def run(self):
        wanted = {*_SIGNALS, signal.SIGHUP}
        signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
        try:
            for place in range(self._settings.workers):
                self._start(place)
            while True:
                got = signal.sigtimedwait(wanted, 0.5)
                number = got.si_signo if got else None
                if number in (signal.SIGTERM, signal.SIGINT):
                    break
                if number == signal.SIGHUP:
                    self._tell(signal.SIGHUP)
                self._replace_dead()
        finally:
            self._stop()
            shutil.rmtree(self._metrics, ignore_errors=True)

    def _start(self, place):
        # libuv: accept one connection at a time, so that one process does not take all of them
        own = {"PROMETHEUS_MULTIPROC_DIR": self._metrics, "UV_TCP_SINGLE_ACCEPT": "1"}
        options = {"models": self._models, "settings": asdict(self._settings)}
        self._workers[place] = _Worker(
            options, self._listener.fileno(), self._lifeline[0], os.environ | own
        )

    def _replace_dead(self):
        now = time.monotonic()
        statuses = {place: worker.poll() for place, worker in self._workers.items()}
        for place, status in statuses.items():
            if self._workers[place].ready:
                self._n_failed[place] = 0
            if status is not None:
                worker = self._workers.pop(place)
                worker.close()
                self._forget_metrics(worker.process.pid)
                self._due[place] = now + (
                    self._mourn(worker) if worker.ready else self._doubt(place, worker)
                )
        for place, when in list(self._due.items()):
            if when <= now:
                del self._due[place]
                self._start(place)

    def _mourn(self, worker):
        """Return how long to wait for another one in place of one that served."""
        quick = time.monotonic() - worker.born < _SOON
        self._n_quick = self._n_quick + 1 if quick else 0
        _LOG.error("Worker %d ended; another starts. %s", worker.process.pid, worker.reason)
        return _delay(self._n_quick)

    def _doubt(self, place, worker):
        """Return how long to wait for another one in place of one that never served."""
        self._n_failed[place] += 1
        pid, n_failed = worker.process.pid, self._n_failed[place]
        if any(other.ready for other in self._workers.values()):  # they go on with what they have
            _LOG.error("Worker %d could not start; another is tried. %s", pid, worker.reason)
        elif n_failed < _MOST_STARTS:
            _LOG.error("Worker %d ended before it was ready; another starts", pid)
        else:
            raise RuntimeError(
                f"Expected each worker to become ready, but one ended {n_failed} times in a row "
                f"before it was. {worker.reason}"
            )
        return _delay(n_failed)

    def _forget_metrics(self, pid):
        """Drop the gauges of a dead worker; what it counted goes on counting."""
        for name in os.listdir(self._metrics):
            if name.startswith("gauge_live") and name.endswith(f"_{pid}.db"):
                with contextlib.suppress(OSError):
                    os.remove(os.path.join(self._metrics, name))

    def _tell(self, number):
        for worker in self._workers.values():
            with contextlib.suppress(ProcessLookupError):
                worker.process.send_signal(number)

    def _stop(self):
        self._listener.close()  # once the workers close theirs, too, connections are refused
        self._tell(signal.SIGTERM)
        end = time.monotonic() + self._settings.drain + 2
        processes = [worker.process for worker in self._workers.values()]
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(end - time.monotonic(), 0.1))
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.wait()


def _delay(n_times):
    """Return the seconds before another start, after so many in a row that were in vain."""
    return min(0.1 * 2 ** min(n_times, 10), _MOST_DELAY) if n_times else 0.0
