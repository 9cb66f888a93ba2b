"""The parameters of a prediction, as the query of the request gives them."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from skemotion.serving.problems import Refusal


@dataclass(frozen=True)
class Options:
    """Parameters of a prediction.

    Parameters
    ----------
    model : str, default=None
        Name of the model; None takes the first for what was uploaded.
    faces : {"auto", "whole", "detect"}, default="auto"
        Whether faces are looked for. "auto" takes a picture of up to 128 pixels a side as one face,
        and one of up to 256 where none is found in it.
    min_face : float, default=0.1
        Side of the smallest face that is looked for, as a share of the picture's shorter side.
    window : float, default=None
        Seconds of sound in a prediction, 0 for all. None means 3 where the recording is longer
        than 6, else all.
    hop : float, default=None
        Seconds between two windows. None means half of `window`.
    """

    model: str | None = None
    faces: str = "auto"
    min_face: float = 0.1
    window: float | None = None
    hop: float | None = None


_DEFAULT = Options()
_KINDS = ("auto", "whole", "detect")
_RANGES = {"min_face": (0.02, 1.0), "window": (0.0, 60.0), "hop": (0.25, 60.0)}
_SHORTEST_WINDOW = 0.5


def parse_options(query):
    """Return the parameters in a query string.

    Parameters
    ----------
    query : bytes
        Without the question mark.

    Returns
    -------
    Options

    Raises
    ------
    Refusal
        If a parameter is unknown or out of range.

    Examples
    --------
    >>> from skemotion.serving.options import parse_options
    >>> parse_options(b"window=4&hop=1").hop
    1.0
    """
    if not query:
        return _DEFAULT
    try:
        pairs = parse_qsl(
            query.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict"
        )
    except ValueError as error:
        raise _bad("the query to be name=value pairs", query[:100]) from error
    values = {}
    for name, text in pairs:
        if name in values:
            raise _bad(f"{name} once", "it twice")
        values[name] = _parse(name, text)
    return Options(**values)


def _parse(name, text):
    if name == "model":
        return text[:200]
    if name == "faces":
        if text not in _KINDS:
            raise _bad(f"faces to be one of {', '.join(_KINDS)}", text[:100])
        return text
    if name not in _RANGES:
        raise _bad(f"one of model, faces, {', '.join(_RANGES)} as parameter", name[:100])
    least, most = _RANGES[name]
    try:
        value = float(text)
    except ValueError:
        raise _bad(f"{name} to be a number", text[:100]) from None
    if not least <= value <= most or (name == "window" and 0 < value < _SHORTEST_WINDOW):
        extra = f", or at least {_SHORTEST_WINDOW:g}" if name == "window" else ""
        raise _bad(f"{name} from {least:g} to {most:g}{extra}", text[:100])
    return value


def _bad(expected, got):
    return Refusal(
        422, "bad_parameter", f"Expected {expected}, got {got!r}. See /openapi.json for all."
    )
