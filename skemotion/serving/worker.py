"""One of several processes of the service; `skemotion.serving.workers` starts it."""

import json
import logging
import signal
import socket
import sys

from skemotion.serving.logs import configure_logs
from skemotion.serving.server import run_worker
from skemotion.serving.settings import Settings


def main(arguments):
    """Serve until told to stop.

    Parameters
    ----------
    arguments : list of str
        One: JSON with models, settings, and what is inherited.
    """
    options = json.loads(arguments[0])
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())
    configure_logs()
    listener = socket.socket(fileno=options["listener"])
    settings = Settings(**options["settings"])
    try:
        run_worker(options["models"], settings, listener, options["lifeline"])
    except (ValueError, OSError, RuntimeError, ImportError) as error:
        logging.getLogger("skemotion.serving").error("Cannot serve: %s", error)
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
