"""What all routes share, and how a request for predictions is answered."""

import asyncio
import gc
import json
from concurrent.futures import ThreadPoolExecutor

from skemotion.serving.bodies import Budget, read_body, split_uploads
from skemotion.serving.hosting import Models
from skemotion.serving.hosts import Hosts, parse_hosts
from skemotion.serving.jobs import Job
from skemotion.serving.logs import RequestLog
from skemotion.serving.media import check_length, sniff
from skemotion.serving.metrics import Metrics
from skemotion.serving.options import parse_options
from skemotion.serving.problems import Refusal
from skemotion.serving.security import Keys, RateLimiter, key_in

_HELD = 12  # requests of full length whose bodies a process may hold at once
_PREPARING = 2  # threads that look for faces and cut recordings


class Service:
    """Models, limits, keys and counts.

    Parameters
    ----------
    models : list of (Predictor or path-like)
    settings : Settings

    Attributes
    ----------
    state : {"starting", "ok", "draining"}
    failure : Exception or None
        Why it will never be ready.
    """

    def __init__(self, models, settings):
        self.settings = settings
        self.metrics = Metrics()
        self.log = RequestLog() if settings.log_requests else None
        self.state = "starting"
        self.failure = None
        self.keys = Keys(settings.api_keys) if settings.api_keys else None
        self.limiter = RateLimiter(settings.rate, settings.burst) if settings.rate else None
        self.pool = ThreadPoolExecutor(_PREPARING, "prepare")
        self.models = Models(models, settings, self.pool, self.metrics)
        self.hosts = Hosts(parse_hosts(settings.allowed_hosts))
        self.live = set()
        self._budget = Budget(_HELD * settings.max_body)
        self._tasks = []

    async def start(self):
        """Start the threads; warm the models up beside."""
        self.models.start()
        self._tasks.append(asyncio.create_task(self._warm_up()))
        if self.settings.watch:
            self._tasks.append(asyncio.create_task(self.models.watch(self.settings.watch)))

    async def stop(self):
        """Stop what :meth:`start` started."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.models.stop()
        if self.log is not None:
            self.log.flush()
        self.pool.shutdown(wait=False, cancel_futures=True)

    async def _warm_up(self):
        try:
            await asyncio.to_thread(self.models.warm_up)
        except Exception as error:  # whatever a model raises
            self.failure = error
            return
        gc.collect()
        gc.freeze()  # what is there now stays: no need to look through it again and again
        if self.state == "starting":
            self.state = "ok"

    async def reload(self):
        """Read the models and the keys again; what is no good leaves the old ones in use."""
        await self.models.reload_all()
        if self.keys is not None:
            self.keys.reload()

    def admit(self, headers, client):
        """Check the key and the rate of a request.

        Parameters
        ----------
        headers : dict of bytes to bytes
        client : str
            Its address.

        Returns
        -------
        str or None
            Whose key it brings.

        Raises
        ------
        Refusal
            401 or 429.
        """
        owner = self.keys.check(key_in(headers)) if self.keys is not None else None
        if self.limiter is not None:
            self.limiter.check(owner or client)
        return owner

    async def predict(self, scope, receive, headers, request_id):
        """Answer POST /v1/predict.

        Parameters
        ----------
        scope : dict
            Of ASGI.
        receive : callable
            Of ASGI.
        headers : dict of bytes to bytes
        request_id : str

        Returns
        -------
        body : bytes
            What :class:`~skemotion.serving.schema.PredictionResponse` describes.
        n_items : int

        Raises
        ------
        Refusal
            If there is no prediction for the only upload, or for the request as a whole.
        Disconnected
            If the client went away while it sent.
        """
        options = parse_options(scope["query_string"])
        held = [self._budget]
        try:
            body = await read_body(receive, headers.get(b"content-length"), self.settings, held)
            content_type = headers.get(b"content-type", b"")
            uploads = split_uploads(body, content_type, self.settings.max_items)
            del body
            items = await self._predict_all(uploads, options, request_id)
        finally:
            self._budget.give_back(sum(held[1:]))
        return json.dumps({"request_id": request_id, "items": items}).encode(), len(items)

    async def _predict_all(self, uploads, options, request_id):
        jobs, items = [], []
        for index, upload in enumerate(uploads):
            try:
                items.append(self._make_job(upload, options, index))
                jobs.append(items[-1])
            except Refusal as refusal:
                if len(uploads) == 1:
                    self.metrics.count_items(refusal.code)
                    raise
                job = Job(upload.data, None, None, options, self.settings, index, upload.name)
                items.append(self.note(job, refusal, request_id))
        outcomes = await self.run(jobs)
        if len(uploads) == 1 and isinstance(outcomes[0], Refusal):
            self.metrics.count_items(outcomes[0].code)
            raise outcomes[0]
        for job, outcome in zip(jobs, outcomes, strict=True):
            items[job.index] = self.note(job, outcome, request_id)
        return items

    def _make_job(self, upload, options, index):
        kind = sniff(upload.data)
        hosted = self.models.find(options.model, kind)
        check_length(upload.data, kind, self.settings)
        job = Job(upload.data, kind, hosted.predictor, options, self.settings, index, upload.name)
        job.batcher = hosted.batcher
        return job

    async def run(self, jobs):
        """Have jobs predicted within the deadline.

        Parameters
        ----------
        jobs : list of Job

        Returns
        -------
        list of (dict or Refusal)

        Raises
        ------
        Refusal
            503 or 504 for all of them.
        """
        futures = []
        try:
            async with asyncio.timeout(self.settings.request_deadline):
                for batcher in {job.batcher: None for job in jobs}:
                    own = [job for job in jobs if job.batcher is batcher]
                    futures += zip(own, batcher.submit(own), strict=True)
                outcomes = {}
                for job, future in futures:
                    try:
                        outcomes[job.index] = await future
                    except Refusal as refusal:
                        outcomes[job.index] = refusal
        except TimeoutError:
            raise Refusal(
                504,
                "deadline",
                f"Expected to answer within {self.settings.request_deadline:g} s, but could not. "
                "Send fewer or shorter recordings, or try again later.",
            ) from None
        finally:
            for _, future in futures:
                future.cancel()
        return [outcomes[job.index] for job in jobs]

    def note(self, job, outcome, request_id):
        """Count the outcome of a job and return it as an item.

        Parameters
        ----------
        job : Job
        outcome : dict or Refusal
        request_id : str

        Returns
        -------
        dict
        """
        if isinstance(outcome, Refusal):
            self.metrics.count_items(outcome.code)
            return job.refuse(outcome, request_id)
        self.metrics.count_items("ok")
        return outcome
