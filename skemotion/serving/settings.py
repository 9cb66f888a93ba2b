"""What can be set about the service, with defaults that are safe to show to a network."""

import os
from dataclasses import dataclass, fields
from difflib import get_close_matches

from skemotion.serving.hosts import parse_hosts

_PREFIX = "SKEMOTION_SERVE_"
_MIB = 2**20


@dataclass(frozen=True)
class Settings:
    """Settings of the service.

    Parameters
    ----------
    host : str, default="127.0.0.1"
        Address to listen at; 0.0.0.0 for all of the machine.
    port : int, default=8000
        Port to listen at; 0 takes a free one.
    workers : int, default=1
        Processes that share the port.
    threads : int, default=1
        Threads of a network's prediction in each process.
    api_keys : str, default=""
        File with the hashes of API keys; empty: no key is needed.
    cors_origins : str, default=""
        Origins whose pages may call the service, separated by commas; empty: none but its own.
    allowed_hosts : str, default=""
        Names and addresses that the Host header of a request may hold, at any port, separated by
        commas, else 421; ``*``: any. Empty: those of loopback where the service listens there
        (and :func:`~skemotion.serving.serve` runs it), else any.
    page : bool, default=True
        Show the web page at ``/``.
    rate : float, default=0.0
        Requests a second of one key, or of one address where keys are not used; 0: no limit.
    burst : int, default=20
        Requests that may come at once before `rate` counts.
    max_body, max_image_bytes, max_audio_bytes, max_video_bytes : int
        Bytes of a request and of one upload: 20, 8, 10 and 20 MiB.
    max_items : int, default=32
        Uploads in a request.
    max_pixels, max_side : int
        Size of a picture: 25 megapixels, 16,384 pixels a side.
    max_faces : int, default=20
        Faces in a picture that get a result, the largest first.
    max_duration : float, default=60.0
        Longest recording, in seconds.
    max_channels : int, default=2
        Channels of a recording.
    min_sampling_rate, max_sampling_rate : int
        Of a recording: 8,000 to 192,000 Hz.
    request_deadline : float, default=30.0
        Seconds from the last byte of a request to its answer, else 504.
    body_deadline : float, default=15.0
        Seconds in which the body of a request must come, else 408.
    header_deadline : float, default=10.0
        Seconds in which the head of a request must come, else the connection is closed.
    max_connections : int, default=1000
        Connections of one process.
    queue : int, default=32
        Recordings that may wait while others are predicted, else 503.
    batch : int, default=8
        Most recordings predicted at once; more take memory and hardly save time.
    drain : float, default=20.0
        Seconds in which what was accepted is finished on shutdown.
    watch : float, default=2.0
        Seconds between two looks whether a model's file was replaced; 0: only on SIGHUP.
    live_connections : int, default=16
        Open live connections of one process.
    live_idle : float, default=60.0
        Seconds without a message after which a live connection is closed.
    log_requests : bool, default=True
        Write one line a request.

    Raises
    ------
    ValueError
        If a value is out of range.

    Examples
    --------
    >>> from skemotion.serving import Settings
    >>> Settings(port=8080).max_duration
    60.0
    """

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    threads: int = 1
    api_keys: str = ""
    cors_origins: str = ""
    allowed_hosts: str = ""
    page: bool = True
    rate: float = 0.0
    burst: int = 20
    max_body: int = 20 * _MIB
    max_image_bytes: int = 8 * _MIB
    max_audio_bytes: int = 10 * _MIB
    max_video_bytes: int = 20 * _MIB
    max_items: int = 32
    max_pixels: int = 25_000_000
    max_side: int = 16384
    max_faces: int = 20
    max_duration: float = 60.0
    max_channels: int = 2
    min_sampling_rate: int = 8000
    max_sampling_rate: int = 192000
    request_deadline: float = 30.0
    body_deadline: float = 15.0
    header_deadline: float = 10.0
    max_connections: int = 1000
    queue: int = 32
    batch: int = 8
    drain: float = 20.0
    watch: float = 2.0
    live_connections: int = 16
    live_idle: float = 60.0
    log_requests: bool = True

    def __post_init__(self):
        for field in fields(self):
            value = getattr(self, field.name)
            least = 0 if field.name in _FROM_ZERO else 1 if field.type is int else 1e-3
            if field.type in (int, float) and not value >= least:
                raise ValueError(
                    f"Expected {field.name} to be at least {least:g}, got {value!r}. Correct it."
                )
        if self.port > 65535:
            raise ValueError(
                f"Expected port to be at most 65535, got {self.port}. Choose another one."
            )
        if self.max_items > self.queue:
            raise ValueError(
                f"Expected max_items to be at most queue, {self.queue}, got {self.max_items}. "
                "Raise queue, or lower max_items."
            )
        parse_hosts(self.allowed_hosts)

    @classmethod
    def from_environment(cls, **given):
        """Return settings: what is given, else ``$SKEMOTION_SERVE_NAME``, else the default.

        Parameters
        ----------
        **given
            Settings by name, as values or as text; None counts as not given.

        Returns
        -------
        Settings

        Raises
        ------
        ValueError
            If a name or a value is none, also of a variable that begins in this way.

        Examples
        --------
        >>> Settings.from_environment(max_duration="5", page=None).max_duration
        5.0
        """
        known = {field.name: field.type for field in fields(cls)}
        _check_names(sorted(given), known)
        variables = {name: value for name, value in os.environ.items() if name.startswith(_PREFIX)}
        _check_names(sorted(variables), known, _PREFIX)
        values = {name[len(_PREFIX) :].lower(): value for name, value in variables.items()}
        values |= {name: value for name, value in given.items() if value is not None}
        return cls(**{name: _convert(name, value, known[name]) for name, value in values.items()})


_FROM_ZERO = {"port", "rate", "watch"}
_WORDS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def _check_names(names, known, prefix=""):
    """Refuse what is no setting: it would be left out in silence."""
    for name in names:
        word = name[len(prefix) :].lower() if prefix else name
        if word in known:
            continue
        close = get_close_matches(word, known, 1)
        meant = close and (prefix + close[0].upper() if prefix else close[0])
        hint = f" Did you mean {meant!r}?" if close else ""
        raise ValueError(
            f"Expected {prefix and prefix + ' and '}the name of a setting, got {name!r}.{hint} "
            f"Available: {', '.join(known)}."
        )


def _convert(name, value, kind):
    if not isinstance(value, str) or kind is str:
        return value
    try:
        return _WORDS[value.lower()] if kind is bool else kind(value)
    except (KeyError, ValueError) as error:
        wanted = {bool: "true or false", int: "a whole number", float: "a number"}[kind]
        raise ValueError(f"Expected {name} to be {wanted}, got {value!r}. Correct it.") from error
