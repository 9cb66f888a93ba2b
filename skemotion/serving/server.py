"""Run the service: a socket, one process or several, a shutdown that loses nothing."""

import logging
import signal
import socket
import sys
import threading
from dataclasses import replace

from skemotion._optional import import_extra
from skemotion.serving.hosts import default_hosts
from skemotion.serving.settings import Settings

_LOG = logging.getLogger("skemotion.serving")
READY = b"+"  # what a worker writes to its pipe once it is ready; other things are why it is not
_BACKLOG = 2048  # connections that the system accepts before the service does
_KEEP_ALIVE = 30  # s
_TURN = (
    1e-4  # s after which the threads of the server and of the model take turns; 0.005 halves both
)


def serve(models, settings=None):
    """Serve models until the process is told to stop.

    TERM or INT: what was accepted is finished, within `drain` seconds. HUP: models and keys are
    read again, and used instead of those in use.

    Parameters
    ----------
    models : path-like or list of path-like
        Files of :func:`~skemotion.save`.
    settings : Settings, default=None
        None takes ``$SKEMOTION_SERVE_*`` and the defaults.

    Raises
    ------
    ImportError
        If the extra ``serve`` is not installed.
    OSError
        If the address is in use.
    """
    import_extra("uvicorn", extra="serve")
    from skemotion.serving.logs import configure_logs

    settings = settings or Settings.from_environment()
    models = [models] if not isinstance(models, list | tuple) else list(models)
    configure_logs()
    if hasattr(signal, "SIGHUP") and threading.current_thread() is threading.main_thread():
        # it would end the process: it waits until the server listens for it; workers inherit this
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    listener = listen(settings)
    address = "http://{}:{}".format(*listener.getsockname()[:2])
    _LOG.info("Listening at %s", address, extra={"fields": {"address": address}})
    if settings.workers == 1:
        run_worker(models, settings, listener)
    else:
        from skemotion.serving.workers import supervise

        supervise(models, settings, listener)


def listen(settings):
    """Return a socket that listens.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    :class:`socket.socket`

    Raises
    ------
    OSError
        If the address is in use, or none of this machine.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise OSError(
            f"Expected an address to listen at, got {settings.host}:{settings.port}, which is in "
            f"use or not of this machine ({error.strerror}). Choose another with --host or --port."
        ) from error
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    return listener


def run_worker(models, settings, listener, lifeline=None, report=None):
    """Serve from one process.

    Parameters
    ----------
    models : list of path-like
    settings : Settings
    listener : :class:`socket.socket`
    lifeline : int, default=None
        A pipe that ends when the process above this one does; this one then stops, too.
    report : int, default=None
        A pipe to tell the process above this one that this one is ready.
    """
    import uvicorn

    from skemotion.serving.app import create_app
    from skemotion.serving.draining import DrainingServer
    from skemotion.serving.protocol import make_protocol

    sys.setswitchinterval(_TURN)
    hosts = settings.allowed_hosts or default_hosts(settings.host, listener.getsockname()[0])
    app = create_app(models, replace(settings, allowed_hosts=hosts))
    config = uvicorn.Config(
        app,
        http=make_protocol(settings),
        ws="websockets-sansio",
        ws_max_size=settings.max_image_bytes,
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=settings.drain,
    )
    DrainingServer(config, app.service, lifeline, report).run(sockets=[listener])
    if app.service.failure is not None:
        raise RuntimeError(
            f"Expected the models to predict, but they cannot ({app.service.failure}). "
            "Try the files with skemotion predict."
        ) from app.service.failure
