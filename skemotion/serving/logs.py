"""Logs as lines of JSON. They hold what happened to a request, never what it sent."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime


class JsonFormatter(logging.Formatter):
    """One line of JSON a record; a dict given as `extra={"fields": ...}` goes into it."""

    def format(self, record):
        """Return a record as a line.

        Parameters
        ----------
        record : :class:`logging.LogRecord`

        Returns
        -------
        str
        """
        moment = datetime.fromtimestamp(record.created, UTC)
        line = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            # the frames, not the message: an exception may quote what was sent
            frames = traceback.extract_tb(record.exc_info[2])
            line["error"] = record.exc_info[0].__name__
            line["traceback"] = [f"{f.filename}:{f.lineno} {f.name}" for f in frames]
        return json.dumps(line)


def configure_logs(stream=None):
    """Send what the service and its server say to a stream, as lines of JSON.

    Parameters
    ----------
    stream : file object, default=None
        None means the standard error stream.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    for name in ("skemotion.serving", "skemotion.requests", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logging.INFO)
        logger.propagate = False
    # a client that speaks no HTTP is no event of the server
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
