"""API keys, limits of rate, and headers."""

import hashlib
import hmac
import os
import re
import secrets
import time
from collections import OrderedDict
from pathlib import Path

from skemotion.serving.problems import Refusal

_MOST_CLIENTS = 10_000
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LINE = re.compile(r"([A-Za-z0-9._-]{1,64}) sha256:([0-9a-f]{64})")

API_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
]
PAGE_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-cache"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(self), geolocation=()"),
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        b"media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; "
        b"form-action 'none'; frame-ancestors 'none'",
    ),
]


def make_key(name):
    """Make an API key.

    Parameters
    ----------
    name : str
        Whose it is: letters, digits, dots, dashes. It stands in logs.

    Returns
    -------
    key : str
        To be shown once.
    line : str
        For the file of keys: the name and the SHA-256 of the key. A key has 256 random bits, so
        that a fast hash is enough.

    Raises
    ------
    ValueError
        If the name is none.

    Examples
    --------
    >>> from skemotion.serving.security import make_key
    >>> key, line = make_key("anna")
    >>> len(key), line[:12]
    (43, 'anna sha256:')
    """
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"Expected a name of up to 64 letters, digits, dots and dashes, got {name!r}. "
            "Choose another one."
        )
    key = secrets.token_urlsafe(32)
    return key, f"{name} sha256:{_digest(key.encode())}"


def add_key(path, name):
    """Make an API key and add its hash to a file of keys.

    Parameters
    ----------
    path : path-like
        The file; it is made, for its owner only, where there is none.
    name : str
        Whose key it is.

    Returns
    -------
    str
        The key.
    """
    key, line = make_key(name)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with open(descriptor, "a", encoding="utf-8") as file:
        whole = not file.tell() or Path(path).read_bytes().endswith(b"\n")
        file.write(f"{line}\n" if whole else f"\n{line}\n")
    return key


class Keys:
    """The keys that open the service.

    Parameters
    ----------
    path : path-like
        A file with a name and a hash a line; lines that begin with # are left out.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it has no keys, or a line that is none.
    """

    def __init__(self, path):
        self._path = path
        self._entries = self._read()

    def reload(self):
        """Read the file again."""
        self._entries = self._read()

    def _read(self):
        if not os.path.exists(self._path):
            raise FileNotFoundError(
                f"Expected a file of keys at {self._path}, found none. "
                "Make one with skemotion serve --new-key NAME."
            )
        entries = []
        with open(self._path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                line = line.strip()
                if not line or line.startswith("#"):
                    continue
                found = _LINE.fullmatch(line)
                if not found:
                    raise ValueError(
                        f"Expected a name and sha256:... in line {number} of {self._path}, got "
                        "something else. Make keys with skemotion serve --new-key NAME."
                    )
                entries.append((found[1], found[2]))
        if not entries:
            raise ValueError(
                f"Expected at least one key in {self._path}, got none. "
                "Make one with skemotion serve --new-key NAME."
            )
        return entries

    def check(self, key):
        """Return whose key it is.

        Parameters
        ----------
        key : bytes or None

        Returns
        -------
        str

        Raises
        ------
        Refusal
            401 if it is nobody's.
        """
        owner = None
        if key:
            digest = _digest(key)
            for name, known in self._entries:  # all of them: the time tells nothing
                if hmac.compare_digest(digest, known):
                    owner = name
        if owner is None:
            raise Refusal(
                401,
                "unauthorized",
                f"Expected a key of this service, got {'another one' if key else 'none'}. "
                "Send one as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'.",
                {"www-authenticate": "Bearer"},
            )
        return owner


def key_in(headers):
    """Return the key that a request brings.

    Parameters
    ----------
    headers : dict of bytes to bytes

    Returns
    -------
    bytes or None
    """
    bearer = headers.get(b"authorization", b"")
    if bearer[:7].lower() == b"bearer ":
        return bearer[7:].strip()
    return headers.get(b"x-api-key")


class RateLimiter:
    """Allows each client some requests at once, and then so many a second.

    Parameters
    ----------
    rate : float
        Requests a second.
    burst : int
        Requests at once.
    """

    def __init__(self, rate, burst, clock=time.monotonic):
        self._rate, self._burst, self._clock = rate, burst, clock
        self._clients = OrderedDict()  # the one not seen for longest first

    def check(self, client):
        """Count a request.

        Parameters
        ----------
        client : str

        Raises
        ------
        Refusal
            429 if it is one too many.
        """
        now = self._clock()
        left, last = self._clients.pop(client, (self._burst, now))
        left = min(self._burst, left + (now - last) * self._rate)
        allowed = left >= 1
        self._clients[client] = left - allowed, now
        if len(self._clients) > _MOST_CLIENTS:
            self._clients.popitem(last=False)
        if not allowed:
            wait = max(1, round((1 - left) / self._rate))
            raise Refusal(
                429,
                "rate_limited",
                f"Expected at most {self._rate:g} requests a second, got more. "
                f"Try again in {wait} s.",
                {"retry-after": str(wait)},
            )


def _digest(key):
    return hashlib.sha256(key).hexdigest()
