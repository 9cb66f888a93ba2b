"""What a plan may say: functions out of a fixed table, and parameters within limits."""

import re
from numbers import Real

import numpy as np

_VERB = re.compile(r"[A-Za-z ]{1,40}")


def whole(low, high):
    """Return a check that lets whole numbers from `low` to `high` pass."""

    def check(value):
        if type(value) is not int or not low <= value <= high:
            raise ValueError(f"expected a whole number from {low} to {high}, got {value!r:.50}")
        return value

    return check


def number(low=-1e12, high=1e12):
    """Return a check that lets numbers from `low` to `high` pass."""

    def check(value):
        if not isinstance(value, Real) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"expected a number from {low:g} to {high:g}, got {value!r:.50}")
        return value

    return check


def one_of(*values):
    """Return a check that lets some texts and truth values pass."""

    def check(value):
        if not isinstance(value, str | bool) or value not in values:
            raise ValueError(f"got {value!r:.50}, expected one of {values}")
        return value

    return check


def none_or(check):
    """Return a check that lets None pass as well."""
    return lambda value: None if value is None else check(value)


def listing(check, least=0, most=10_000):
    """Return a check of lists, which become tuples."""

    def check_all(value):
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise ValueError(f"expected a list of {least} to {most} values, got {value!r:.50}")
        return tuple(map(check, value))

    return check_all


def array(dtype, least=1, most=100_000):
    """Return a check of lists of numbers, which become arrays."""
    check_all = listing(number(-1e30, 1e30), least, most)
    return lambda value: np.array(check_all(value), dtype)


def word(value):
    """Let a short text pass."""
    if not isinstance(value, str) or len(value) > 200:
        raise ValueError(f"expected a short text, got {value!r:.50}")
    return value


def verb(value):
    """Let what an error says that could not be done pass."""
    if not isinstance(value, str) or not _VERB.fullmatch(value):
        raise ValueError(f"expected some words, got {value!r:.50}")
    return value


def label(value):
    """Let a class pass: text or a number."""
    return word(value) if isinstance(value, str) else number()(value)


def keywords(given, checks):
    """Check parameters by name; all have to be there.

    Parameters
    ----------
    given : dict
        Anybody's.
    checks : dict of str to callable
        Name -> check, which returns the value.

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        With the reason.
    """
    if not isinstance(given, dict) or set(given) != set(checks):
        names = sorted(given) if isinstance(given, dict) else type(given).__name__
        raise ValueError(f"expected the parameters {sorted(checks)}, got {names!r:.200}")
    return {name: check(given[name]) for name, check in checks.items()}
