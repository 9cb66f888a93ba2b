"""Names by which the service may be asked: a page of somebody else's cannot make one its own."""

import ipaddress
import re

from skemotion.serving.problems import Refusal

_MOST_KNOWN = 1000  # headers that need not be taken apart again
_NAME = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")
_HEADER = re.compile(rb"([^\[\]:/@]+?|\[[^\[\]]+\])\.?(:[0-9]{0,5})?")


def parse_hosts(text):
    """Return the names in a setting.

    Parameters
    ----------
    text : str
        Names and addresses, separated by commas; ``*`` is any.

    Returns
    -------
    frozenset of str
        In lower case, IPv6 addresses in brackets; empty: any.

    Raises
    ------
    ValueError
        If one is none, or has a port.

    Examples
    --------
    >>> from skemotion.serving.hosts import parse_hosts
    >>> sorted(parse_hosts("localhost, ::1"))
    ['[::1]', 'localhost']
    """
    given = [one.strip().lower() for one in text.split(",") if one.strip()]
    names = [f"[{one}]" if _is_ipv6(one) else one for one in given]
    for name in names:
        if name != "*" and not _NAME.fullmatch(name):
            raise ValueError(
                f"Expected allowed_hosts to be names or addresses without ports, got {name!r}. "
                "Write for instance emotions.example.org,localhost."
            )
    return frozenset() if "*" in names else frozenset(names)


def default_hosts(host, address):
    """Return the setting for where the service listens: of loopback its names, else any.

    Parameters
    ----------
    host : str
        What it was told to listen at.
    address : str
        What that is.

    Returns
    -------
    str

    Examples
    --------
    >>> from skemotion.serving.hosts import default_hosts
    >>> default_hosts("localhost", "127.0.0.1")
    'localhost,127.0.0.1,::1'
    >>> default_hosts("0.0.0.0", "0.0.0.0")
    '*'
    """
    if not ipaddress.ip_address(address).is_loopback:
        return "*"
    return ",".join(dict.fromkeys(("localhost", "127.0.0.1", "::1", host)))


class Hosts:
    """The hosts that requests may be meant for.

    Without a check, any page can have a name of its own point to this machine (DNS rebinding):
    its browser then takes the service for a part of that page, which may read all answers.

    Parameters
    ----------
    names : frozenset of str
        What :func:`parse_hosts` returns.
    """

    def __init__(self, names):
        self._names = frozenset(name.encode() for name in names)
        self._known = set()  # headers as they came

    def allows(self, header):
        """Tell whether a request may be meant for this service.

        Parameters
        ----------
        header : bytes
            Its Host header; empty where there is none.

        Returns
        -------
        bool
        """
        if not self._names or header in self._known:
            return True
        found = _HEADER.fullmatch(header)
        if not found or found[1].lower() not in self._names:
            return False
        if len(self._known) < _MOST_KNOWN:
            self._known.add(header)
        return True

    def check(self, header):
        """Refuse a request that is meant for another host.

        Parameters
        ----------
        header : bytes
            Its Host header; empty where there is none.

        Raises
        ------
        Refusal
            421
        """
        if not self.allows(header):
            raise Refusal(
                421,
                "misdirected",
                "Expected a Host header with a name of this service, got "
                f"{header[:200].decode(errors='replace')!r}. Ask for it by one of its names, or "
                "add this one to allowed_hosts.",
            )


def _is_ipv6(text):
    try:
        return isinstance(ipaddress.ip_address(text), ipaddress.IPv6Address)
    except ValueError:
        return False
