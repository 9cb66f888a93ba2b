"""Processes that each hold a model and predict what they are sent."""

import os
import signal
from contextlib import suppress
from multiprocessing import connection, get_context

_ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)


class WorkerDied(RuntimeError):
    """A worker ended without an answer."""


class Worker:
    """A process that calls what `make` returns with what it is sent.

    It is a process of its own, so that files which crash a decoder or take all memory end it and
    not the run. It ends when the process that started it does, however that ends.

    Parameters
    ----------
    make : callable
        Function of a module; it returns the function to call, and facts about it, which are the
        first answer.
    arguments : tuple
        What `make` is called with.
    """

    def __init__(self, make, arguments):
        self._make, self._arguments = make, arguments
        self._start()

    def _start(self):
        context = get_context("spawn")  # a fork would copy threads and locks of libraries
        self.connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_work, args=(theirs, self._make, self._arguments), daemon=True
        )
        self._process.start()
        theirs.close()  # so that the end of the process ends the pipe

    def restart(self):
        """End its process and start another one, as far as to the facts."""
        self.stop()
        self._start()
        self.answer()

    def send(self, item):
        """Give it something to do.

        Parameters
        ----------
        item : object
            What its function is called with.
        """
        with suppress(OSError):  # it has died; `answer` tells
            self.connection.send(item)

    def answer(self):
        """Wait for the facts, and then for what its function returned.

        Returns
        -------
        object

        Raises
        ------
        Exception
            What it raised.
        WorkerDied
            If the process ended.
        """
        try:
            value, error = self.connection.recv()
        except (EOFError, OSError):
            self._process.join()
            raise WorkerDied(_how(self._process.exitcode)) from None
        if error is not None:
            raise error
        return value

    def stop(self):
        """End it, whatever it is doing."""
        self._process.kill()
        self._process.join()
        self.connection.close()


def first_answers(workers):
    """Wait until some workers have something to say.

    Parameters
    ----------
    workers : iterable of Worker
        Those that are at work.

    Returns
    -------
    list of Worker
    """
    ready = connection.wait([worker.connection for worker in workers])
    return [worker for worker in workers if worker.connection in ready]


def _how(code):
    if code is not None and code < 0:
        return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process ended with exit code {code}"


def _work(pipe, make, arguments):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started it decides
    for name in _ONE_THREAD:  # before NumPy and TensorFlow read them
        os.environ.setdefault(name, "1")
    try:
        function, facts = make(*arguments)
        pipe.send((facts, None))
        while True:
            pipe.send((function(pipe.recv()), None))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # nobody is waiting any more
    except Exception as error:
        pipe.send((None, error))
