"""The server around the application: signals, and a shutdown that loses nothing."""

import asyncio
import contextlib
import logging
import os
import signal
import time

import uvicorn

from skemotion.serving.server import READY

_LOG = logging.getLogger("skemotion.serving")
_LEAVING = 0.3  # s in which connections are told to close before none are accepted any more


class DrainingServer(uvicorn.Server):
    """Tells clients to leave before it stops listening, so that no request falls between.

    Parameters
    ----------
    config : :class:`uvicorn.Config`
    service : Service
    lifeline : int or None
        A pipe whose end means that nobody looks after this process any more.
    report : int or None
        A pipe that gets a word once the service is ready.
    """

    def __init__(self, config, service, lifeline=None, report=None):
        super().__init__(config)
        self._service, self._lifeline, self._report = service, lifeline, report
        self._reloads = set()

    async def startup(self, sockets=None):
        """Start, and listen for HUP.

        Parameters
        ----------
        sockets : list of :class:`socket.socket`, default=None
        """
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        with contextlib.suppress(AttributeError, RuntimeError):  # no HUP; not the main thread
            loop.add_signal_handler(signal.SIGHUP, self._reload)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})  # one may have waited
        if self._lifeline is not None:
            loop.add_reader(self._lifeline, self._orphaned)

    def _reload(self):
        task = asyncio.ensure_future(self._service.reload())
        self._reloads.add(task)
        task.add_done_callback(self._reloaded)

    def _reloaded(self, task):
        self._reloads.discard(task)
        if not task.cancelled() and task.exception():
            _LOG.error("Kept what was in use: %s", task.exception())

    def _orphaned(self):
        asyncio.get_running_loop().remove_reader(self._lifeline)
        self.should_exit = True

    async def on_tick(self, counter):
        """Tell whether to stop, also because the service can never be ready; report that it is.

        Parameters
        ----------
        counter : int

        Returns
        -------
        bool
        """
        if self._report is not None and self._service.state == "ok":
            with contextlib.suppress(OSError):  # the other process is gone
                os.write(self._report, READY)
            self._report = None
        return await super().on_tick(counter) or self._service.failure is not None

    async def shutdown(self, sockets=None):
        """Finish what was accepted.

        Parameters
        ----------
        sockets : list of :class:`socket.socket`, default=None
        """
        start = time.monotonic()
        self._service.state = "draining"
        for live in list(self._service.live):
            await live.close()
        await asyncio.sleep(_LEAVING)
        await self._sweep(sockets or [])
        await super().shutdown(sockets)
        _LOG.info("Stopped after %.1f s", time.monotonic() - start)

    async def _sweep(self, sockets):
        """Stop listening; take the connections that the system accepted in the meantime."""
        copies = [sock.dup() for sock in sockets]
        for server in self.servers:
            server.close()
        loop = asyncio.get_running_loop()
        for copy in copies:
            copy.setblocking(False)
            with contextlib.suppress(BlockingIOError), copy:
                while True:
                    connection, _ = copy.accept()
                    await loop.connect_accepted_socket(self._make_protocol, connection)

    def _make_protocol(self):
        return self.config.http_protocol_class(
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
            _loop=asyncio.get_running_loop(),
        )

    def handle_exit(self, sig, frame):
        """Obey a signal; the process then ends with 0."""
        super().handle_exit(sig, frame)
        self._captured_signals.clear()
