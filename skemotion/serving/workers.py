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
from dataclasses import asdict

_LOG = logging.getLogger("skemotion.serving")
_SOON = 5.0  # s: a worker that dies within them is replaced with a delay
_MOST_DELAY = 10.0  # s
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
    """
    if not hasattr(signal, "sigtimedwait"):
        raise OSError(
            f"Expected a POSIX system for {settings.workers} workers, got another one. "
            "Set workers to 1."
        )
    _Supervisor(models, settings, listener).run()


class _Supervisor:
    def __init__(self, models, settings, listener):
        self._models, self._settings = [os.fspath(model) for model in models], settings
        self._listener = listener
        self._workers = {}  # place -> process
        self._born = {}  # place -> when
        self._due = {}  # place -> when to start it again
        self._n_quick = 0  # deaths in a row soon after birth
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
            self._stop()
        finally:
            shutil.rmtree(self._metrics, ignore_errors=True)

    def _start(self, place):
        options = {
            "models": self._models,
            "settings": asdict(self._settings),
            "listener": self._listener.fileno(),
            "lifeline": self._lifeline[0],
        }
        self._workers[place] = subprocess.Popen(
            [sys.executable, "-m", "skemotion.serving.worker", json.dumps(options)],
            pass_fds=(self._listener.fileno(), self._lifeline[0]),
            # libuv: accept one connection at a time, so that one process does not take all of them
            env=os.environ
            | {"PROMETHEUS_MULTIPROC_DIR": self._metrics, "UV_TCP_SINGLE_ACCEPT": "1"},
            start_new_session=True,  # INT from a terminal comes from here, once
        )
        self._born[place] = time.monotonic()

    def _replace_dead(self):
        now = time.monotonic()
        for place, worker in list(self._workers.items()):
            status = worker.poll()
            if status is None:
                continue
            del self._workers[place]
            self._forget_metrics(worker.pid)
            quick = now - self._born[place] < _SOON
            self._n_quick = self._n_quick + 1 if quick else 0
            delay = min(0.1 * 2**self._n_quick, _MOST_DELAY) if quick else 0.0
            self._due[place] = now + delay
            _LOG.error("Worker %d ended with %d; another starts", worker.pid, status)
        for place, when in list(self._due.items()):
            if when <= now:
                del self._due[place]
                self._start(place)

    def _forget_metrics(self, pid):
        """Drop the gauges of a dead worker; what it counted goes on counting."""
        for name in os.listdir(self._metrics):
            if name.startswith("gauge_live") and name.endswith(f"_{pid}.db"):
                with contextlib.suppress(OSError):
                    os.remove(os.path.join(self._metrics, name))

    def _tell(self, number):
        for worker in self._workers.values():
            with contextlib.suppress(ProcessLookupError):
                worker.send_signal(number)

    def _stop(self):
        self._listener.close()  # once the workers close theirs, too, connections are refused
        self._tell(signal.SIGTERM)
        end = time.monotonic() + self._settings.drain + 2
        for worker in self._workers.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.wait(max(end - time.monotonic(), 0.1))
        for worker in self._workers.values():
            if worker.poll() is None:
                worker.kill()
                worker.wait()
