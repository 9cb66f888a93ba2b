"""Read the body of a request into memory, never more than allowed, and take it apart."""

import asyncio
from dataclasses import dataclass
from email.message import Message

from skemotion.serving.problems import Refusal, overloaded

_MOST_PARAMETERS = 64  # of Content-Disposition; the standard library takes long for thousands
_MAX_PART_HEADERS = 8192  # bytes of the heads of all parts together, by number of parts


class Disconnected(Exception):
    """The client went away before its request was whole."""


@dataclass
class Upload:
    """One file of a request.

    Parameters
    ----------
    data : bytes
        Its content.
    name : str, default=None
        Its name, as the client tells it; used for nothing but the answer.
    """

    data: bytes
    name: str | None = None


class Budget:
    """Bytes of bodies that a process may hold at once.

    Parameters
    ----------
    most : int
        Bytes.
    """

    def __init__(self, most):
        self.left = most

    def take(self, size):
        """Count bytes as held; refuse them where too many are.

        Parameters
        ----------
        size : int

        Raises
        ------
        Refusal
            503.
        """
        if size > self.left:
            raise overloaded(1)
        self.left -= size

    def give_back(self, size):
        """Count bytes as no longer held.

        Parameters
        ----------
        size : int
        """
        self.left += size


async def read_body(receive, announced, settings, held):
    """Read the body of a request.

    Parameters
    ----------
    receive : callable
        Of ASGI.
    announced : bytes or None
        Value of Content-Length.
    settings : Settings
        Limits.
    held : list
        Holds a Budget; the sizes taken from it are appended, for the caller to give back.

    Returns
    -------
    bytes

    Raises
    ------
    Refusal
        413 where it is too long, 408 where it comes too slowly, 503 where memory is short.
    Disconnected
        If the client went away.
    """
    most, budget = settings.max_body, held[0]
    if announced is not None and int(announced) > most:
        raise _too_large(most)
    parts, size = [], 0
    try:
        async with asyncio.timeout(settings.body_deadline):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Disconnected
                part = message["body"]
                size += len(part)
                if size > most:
                    raise _too_large(most)
                budget.take(len(part))
                held.append(len(part))
                parts.append(part)
                if not message.get("more_body"):
                    break
    except TimeoutError:
        raise Refusal(
            408,
            "slow_body",
            f"Expected the whole request within {settings.body_deadline:g} s, got {size} bytes. "
            "Send it faster, or in smaller parts.",
        ) from None
    return parts[0] if len(parts) == 1 else b"".join(parts)


def split_uploads(body, content_type, max_items):
    """Return the files in a body.

    Parameters
    ----------
    body : bytes
        One file, or many as multipart/form-data.
    content_type : bytes
        Value of Content-Type; only whether it is multipart matters.
    max_items : int
        Most files.

    Returns
    -------
    list of Upload
        At least one.

    Raises
    ------
    Refusal
        If there is none, there are too many, or the body is not what Content-Type says.
    """
    if content_type[:10].lower() != b"multipart/":
        return [Upload(body)]
    uploads = _split_multipart(body, content_type, max_items)
    if not uploads:
        raise Refusal(
            422,
            "no_files",
            "Expected at least one file in the form, got none. Send one with "
            "curl -F file=@photo.jpg, or the bare content of a file.",
        )
    return uploads


def _split_multipart(body, content_type, max_items):
    from python_multipart.multipart import MultipartParser, parse_options_header

    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary or len(boundary) > 70:
        raise _bad_form(f"got Content-Type {content_type[:100]!r}")
    parts = _Parts(max_items)
    parser = MultipartParser(boundary, parts.callbacks())
    try:
        parser.write(body)
        parser.finalize()
    except Refusal:
        raise
    except Exception as error:
        raise _bad_form(f"got one that is no such form ({error!s:.200})") from error
    if not parts.whole:
        raise _bad_form("got one that is cut off")
    return parts.uploads


class _Parts:
    """What the parser found: files, and fields that are read over."""

    def __init__(self, max_items):
        self.uploads, self.whole = [], False
        self._max_items = max_items
        self._n_parts = self._n_header_bytes = 0

    def callbacks(self):
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_field,
            "on_header_value": self._on_value,
            "on_header_end": self._end_header,
            "on_part_data": self._on_data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self):
        self._n_parts += 1
        if self._n_parts > self._max_items:
            raise Refusal(
                413,
                "too_many_items",
                f"Expected at most {self._max_items} files in a request, got more. "
                "Send several requests.",
            )
        self._data, self._field, self._value, self._disposition = [], b"", b"", b""

    def _on_field(self, data, start, end):
        self._field += data[start:end]
        self._count(end - start)

    def _on_value(self, data, start, end):
        self._value += data[start:end]
        self._count(end - start)

    def _count(self, size):
        self._n_header_bytes += size
        if self._n_header_bytes > _MAX_PART_HEADERS * self._max_items:
            raise _bad_form("got one whose parts have very long heads")

    def _end_header(self):
        if self._field.lower() == b"content-disposition":
            self._disposition = self._value
        self._field = self._value = b""

    def _on_data(self, data, start, end):
        self._data.append(data[start:end])

    def _end(self):
        name = _file_name(self._disposition)
        if name is not None:
            self.uploads.append(Upload(b"".join(self._data), name))
        self._data = []

    def _finish(self):
        self.whole = True


def _file_name(disposition):
    """Return the file name of a part without its folders, None where the part is a plain field."""
    if disposition.count(b";") > _MOST_PARAMETERS:
        raise _bad_form("got a part with very many parameters")
    message = Message()
    message["content-disposition"] = disposition.decode("utf-8", "replace").replace("\n", " ")
    name = message.get_filename()
    if name is None:
        return None
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in name if letter.isprintable())[:200]


def _too_large(most):
    return Refusal(
        413,
        "too_large",
        f"Expected a request of at most {most} bytes, got more. Send fewer or smaller files.",
    )


def _bad_form(got):
    return Refusal(
        400,
        "bad_form",
        f"Expected a form of type multipart/form-data with a boundary, {got}. "
        "Let your HTTP library make it, or send the bare content of one file.",
    )
