"""One of several processes of the service; `skemotion.serving.workers` starts it."""

import contextlib
import json
import os
import signal
import socket
import sys

from skemotion.serving.logs import configure_logs
from skemotion.serving.server import run_worker
from skemotion.serving.settings import Settings

_LONGEST = 10_000  # characters of an error


def main(arguments):
    """Serve until told to stop.

    Parameters
    ----------
    arguments : list of str
        One: JSON with models, settings, and what is inherited.
    """
    options = json.loads(arguments[0])
    # HUP waits until the server listens for it
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals() - {signal.SIGHUP})
    configure_logs()
    listener = socket.socket(fileno=options["listener"])
    settings = Settings(**options["settings"])
    try:
        run_worker(options["models"], settings, listener, options["lifeline"], options["report"])
    except (ValueError, OSError, RuntimeError, ImportError) as error:
        with contextlib.suppress(OSError):  # nobody is there any more
            os.write(options["report"], str(error)[:_LONGEST].encode())
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
