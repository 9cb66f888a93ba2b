"""Docstrings of classes as text for the terminal."""

import re
from inspect import getdoc

_SECTION = re.compile(r"\n\n([A-Z]\w+)\n-{3,}\n")


def read_docstring(class_):
    """Return what the docstring of a class says, by section, each paragraph in one line.

    Parameters
    ----------
    class_ : type
        A class with a docstring in the numpydoc format.

    Returns
    -------
    dict of str to str
        Title -> text without markup; ``""`` is the first line, ``"Summary"`` what follows it.

    Examples
    --------
    >>> from skemotion.cli._docstrings import read_docstring
    >>> from skemotion.datasets.tess import TESS
    >>> read_docstring(TESS)["Notes"].splitlines()[0][:60]
    'A random split of two speakers tests on voices it has traine'
    """
    parts = _SECTION.split(getdoc(class_) or "")
    first, _, rest = parts[0].partition("\n\n")
    sections = {"": first, "Summary": rest, **dict(zip(parts[1::2], parts[2::2], strict=True))}
    return {title: _plain(text) for title, text in sections.items()}


def _plain(text):
    text = re.sub(r":[\w:]+:`~?([^`]*)`|`{1,2}([^`]*)`{1,2}", r"\1\2", text)
    text = re.sub(r"(?m)^\.\. \w+:: *| ?\[\d+\]_", "", text)
    return re.sub(r"(?<=\S)\n(?! *[-*] |\n)\s*(?=\S)", " ", text).strip()
