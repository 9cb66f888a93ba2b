"""What Prometheus may ask for."""

import os

from skemotion._optional import import_extra

_PATHS = {"/v1/predict", "/v1/model", "/v1/live", "/healthz", "/readyz", "/metrics", "/"}
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """Counts and times in a registry of their own.

    With several workers, each writes its own into a folder that the environment variable
    ``PROMETHEUS_MULTIPROC_DIR`` names, and whichever is asked adds them up.
    """

    def __init__(self):
        prometheus = import_extra("prometheus_client", extra="serve")
        self._shared = bool(os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
        self._registry = prometheus.CollectorRegistry()
        counter = self._make(prometheus.Counter)
        histogram = self._make(prometheus.Histogram)
        gauge = self._make(prometheus.Gauge, multiprocess_mode="livesum")
        self._requests = counter(
            "skemotion_requests_total", "Requests answered.", ["path", "status"]
        )
        self._request_seconds = histogram(
            "skemotion_request_seconds", "From head to answer.", ["path"], buckets=_SECONDS
        )
        self._items = counter("skemotion_items_total", "Uploads by outcome.", ["outcome"])
        self._batch_recordings = histogram(
            "skemotion_batch_recordings",
            "Recordings predicted together.",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
        )
        self._batch_seconds = histogram(
            "skemotion_batch_seconds", "Time of a batch.", buckets=_SECONDS
        )
        self._loads = counter(
            "skemotion_model_loads_total", "Models loaded, by outcome.", ["model", "outcome"]
        )
        self.live = gauge("skemotion_live_connections", "Open live connections.")
        self._known = {}

    def _make(self, kind, **options):
        def make(*arguments, **more):
            return kind(*arguments, registry=self._registry, **options, **more)

        return make

    def observe_request(self, path, status, seconds):
        """Count a request.

        Parameters
        ----------
        path : str
            Unknown ones are counted together.
        status : int
        seconds : float
        """
        path = path if path in _PATHS else "other"
        known = self._known.get((path, status))
        if known is None:
            known = self._requests.labels(path, status), self._request_seconds.labels(path)
            self._known[path, status] = known
        known[0].inc()
        known[1].observe(seconds)

    def count_items(self, outcome, number=1):
        """Count uploads.

        Parameters
        ----------
        outcome : str
            "ok", or the code of a problem.
        number : int, default=1
        """
        known = self._known.get(outcome)
        if known is None:
            known = self._known[outcome] = self._items.labels(outcome)
        known.inc(number)

    def observe_batch(self, n_recordings, seconds):
        """Count a batch.

        Parameters
        ----------
        n_recordings : int
        seconds : float
        """
        self._batch_recordings.observe(n_recordings)
        self._batch_seconds.observe(seconds)

    def count_load(self, predictor, outcome):
        """Count that a model was loaded.

        Parameters
        ----------
        predictor : Predictor
        outcome : {"ok", "failed"}
        """
        self._loads.labels(predictor.name, outcome).inc()

    def write(self):
        """Return all of it in the text format.

        Returns
        -------
        bytes
        """
        import prometheus_client
        from prometheus_client import multiprocess

        if not self._shared:
            return prometheus_client.generate_latest(self._registry)
        registry = prometheus_client.CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
        return prometheus_client.generate_latest(registry)
