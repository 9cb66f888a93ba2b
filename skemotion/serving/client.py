"""Ask a service for predictions."""

import os
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

_MOST_WAIT = 30.0  # s between two attempts, whatever the service asks for


class ServiceError(RuntimeError):
    """The service answered with an error.

    Attributes
    ----------
    status : int
        HTTP status.
    code : str
        A word for programs, such as "too_large".
    request_id : str or None
        What to tell whoever runs the service.
    """

    def __init__(self, message, status, code, request_id=None):
        super().__init__(message)
        self.status = status
        self.code = code
        self.request_id = request_id


@dataclass(frozen=True)
class FaceResult:
    """The emotion of one face in a picture.

    Parameters
    ----------
    label : str
    probabilities : dict of str to float
    box : dict of str to float or None
        x, y, width and height in pixels; None where the whole picture was taken as a face.
    score : float or None
        How sure the detector is.
    """

    label: str
    probabilities: dict[str, float]
    box: dict[str, float] | None = None
    score: float | None = None


@dataclass(frozen=True)
class SegmentResult:
    """The emotion of one window of a recording.

    Parameters
    ----------
    start, end : float
        In seconds.
    label : str
    probabilities : dict of str to float
    """

    start: float
    end: float
    label: str
    probabilities: dict[str, float]


@dataclass(frozen=True)
class Result:
    """The outcome of one recording.

    Parameters
    ----------
    name : str or None
        Name of the file.
    label : str or None
        The emotion; None where there is an error.
    probabilities : dict of str to float
        Of all emotions.
    model, version : str or None
        What predicted.
    faces : list of FaceResult
        Of a picture, the largest first.
    timeline : list of SegmentResult
        Of a long recording.
    warning : str or None
    error : ServiceError or None
        Why there is no prediction.
    """

    name: str | None
    label: str | None
    probabilities: dict[str, float] = field(default_factory=dict)
    model: str | None = None
    version: str | None = None
    faces: list[FaceResult] = field(default_factory=list)
    timeline: list[SegmentResult] = field(default_factory=list)
    warning: str | None = None
    error: ServiceError | None = None


class Client:
    """A client of ``skemotion serve``.

    Parameters
    ----------
    url : str
        Address of the service, such as ``"http://127.0.0.1:8000"``.
    api_key : str, default=None
        Key, where the service wants one. None takes ``$SKEMOTION_API_KEY``.
    timeout : float, default=60.0
        Seconds to wait for an answer.
    retries : int, default=5
        How often a request is sent again where the service is busy (503, 429) or cannot be reached;
        it waits as long as the service says.

    Raises
    ------
    ValueError
        If `url` begins with neither ``http://`` nor ``https://``.

    Examples
    --------
    >>> from skemotion.serving import Client
    >>> Client("http://127.0.0.1:8000", api_key="secret")
    Client('http://127.0.0.1:8000')
    """

    def __init__(self, url, api_key=None, *, timeout=60.0, retries=5):
        if not url.startswith(("http://", "https://")):
            raise ValueError(
                f"Expected an address such as http://127.0.0.1:8000, got {url!r}. "
                "Put http:// or https:// before it."
            )
        self._url = url.rstrip("/")
        self._timeout, self._retries = timeout, retries
        self._key = api_key or os.environ.get("SKEMOTION_API_KEY")
        self._session = None

    def __repr__(self):
        return f"Client({self._url!r})"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Close the connections."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def predict(self, recording, **options):
        """Predict the emotion of one recording.

        Parameters
        ----------
        recording : path-like, bytes or binary file object
            A picture, a recording or a video.
        **options
            `model`, `faces`, `min_face`, `window`, `hop`, as ``/openapi.json`` tells.

        Returns
        -------
        Result

        Raises
        ------
        ServiceError
            If there is no prediction; the message says why and what to do.
        ConnectionError
            If the service cannot be reached.
        TimeoutError
            If no answer comes within `timeout`.
        """
        content, _ = _content(recording)
        answer = self._post(options, data=content)
        result = _result(answer["items"][0])
        return result

    def predict_many(self, recordings, **options):
        """Predict the emotions of several recordings in one request.

        Parameters
        ----------
        recordings : list of (path-like, bytes or binary file object)
            As many as the service takes at once.
        **options
            As for :meth:`predict`.

        Returns
        -------
        list of Result
            One a recording, in their order; `error` is set where there is no prediction.

        Raises
        ------
        ServiceError
            If the request as a whole is refused.
        ConnectionError
            If the service cannot be reached.
        TimeoutError
            If no answer comes within `timeout`.
        """
        parts = [_content(recording) for recording in recordings]
        if not parts:
            return []
        files = [
            ("file", (name or f"{number}", content)) for number, (content, name) in enumerate(parts)
        ]
        try:
            answer = self._post(options, files=files)
        except ServiceError as error:
            if len(parts) > 1 or error.status not in (413, 415, 422):
                raise
            return [Result(name=parts[0][1], label=None, error=error)]
        return [_result(item) for item in answer["items"]]

    def model(self):
        """Return what is served.

        Returns
        -------
        dict
            `models` with their classes, and the `limits` of the service.
        """
        return self._ask("GET", "/v1/model").json()

    def is_ready(self):
        """Tell whether the service is ready.

        Returns
        -------
        bool
        """
        import requests

        try:
            return requests.get(f"{self._url}/readyz", timeout=self._timeout).status_code == 200
        except (requests.ConnectionError, requests.Timeout):
            return False

    def _post(self, options, **body):
        params = {name: value for name, value in options.items() if value is not None}
        return self._ask("POST", "/v1/predict", params=params, **body).json()

    def _authorize(self, request):
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request

    def _ask(self, method, path, **arguments):
        import requests

        if self._session is None:
            self._session = requests.Session()
            if self._key:
                self._session.auth = self._authorize  # a header would give way to ~/.netrc
        for attempt in range(self._retries + 1):
            last = attempt == self._retries
            try:
                answer = self._session.request(
                    method, self._url + path, timeout=self._timeout, **arguments
                )
            except requests.ConnectionError as error:
                if last:
                    raise ConnectionError(
                        f"Expected a service at {self._url}, cannot reach one. "
                        "Start it with skemotion serve, or correct the address."
                    ) from error
                answer = SimpleNamespace(status_code=503, headers={}, ok=False)
            except requests.Timeout as error:
                raise TimeoutError(
                    f"Expected {self._url} to answer within {self._timeout:g} s, got nothing. "
                    "Raise timeout, or send shorter recordings."
                ) from error
            if answer.ok:
                return answer
            if answer.status_code not in (429, 503) or last:
                raise _error(answer)
            time.sleep(_wait(answer.headers.get("retry-after"), attempt))
        raise AssertionError("unreachable")


def _content(recording):
    """Return the bytes of a recording, and its name where it has one."""
    if isinstance(recording, bytes | bytearray | memoryview):
        return bytes(recording), None
    if isinstance(recording, str | os.PathLike):
        path = Path(recording)
        if not path.is_file():
            raise FileNotFoundError(
                f"Expected a recording at {path}, found no file. Check the path."
            )
        return path.read_bytes(), path.name
    if hasattr(recording, "read"):
        name = getattr(recording, "name", None)
        return recording.read(), Path(name).name if isinstance(name, str) else None
    raise TypeError(
        f"Expected a path, bytes or a binary file object, got {recording!r:.80}. Encode it first."
    )


def _wait(retry_after, attempt):
    """Return the seconds to wait: what the service says, and more with each attempt."""
    least = float(retry_after) if (retry_after or "").isdigit() else 0.1
    chance = random.Random().uniform(1, 1.5)  # clients refused together should not return together
    return min(least * chance * (1 if retry_after else 2**attempt), _MOST_WAIT)


def _error(answer):
    try:
        problem = answer.json()
        return ServiceError(
            problem["detail"], problem["status"], problem["code"], problem.get("request_id")
        )
    except (ValueError, KeyError, TypeError):
        return ServiceError(
            f"Expected an answer of skemotion serve, got status {answer.status_code} of something "
            "else. Correct the address.",
            answer.status_code,
            "foreign",
        )


def _result(item):
    error, model = item["error"], item["model"] or {}
    return Result(
        name=item["name"],
        label=item["label"],
        probabilities=item["probabilities"] or {},
        model=model.get("name"),
        version=model.get("version"),
        faces=[FaceResult(**face) for face in item["faces"] or ()],
        timeline=[SegmentResult(**segment) for segment in item["timeline"] or ()],
        warning=item["warning"],
        error=error
        and ServiceError(error["detail"], error["status"], error["code"], error["request_id"]),
    )
