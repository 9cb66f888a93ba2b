"""Fetch datasets, where their licence lets anyone download them."""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from skemotion.datasets.loading import get_dataset

_TIMEOUT = 30  # s without a byte
_BLOCK = 1 << 16
_TRIES = 5
_OPEN = ("CC", "Creative Commons", "ODbL")  # licences that let anyone pass copies on


class Download(NamedTuple):
    """A file that a dataset's licence allows to fetch without asking.

    Parameters
    ----------
    url : str
        Where it is published.
    checksum : str
        ``"sha256:..."`` or ``"md5:..."`` of the file, as published.
    file : str
        Its name in the folder of the dataset. Archives are read as they are, not unpacked.
    size : int
        Its size in bytes.
    """

    url: str
    checksum: str
    file: str
    size: int


class FetchError(OSError):
    """A file could not be fetched, or is not what was published."""


def fetch(name, root=None, *, progress=None, **options):
    """Fetch a dataset, where its licence allows that, and return its folder.

    A transfer that breaks off is taken up again where it ended, also by a later call. A file
    appears under its name only when it is complete and its checksum right; one that is there and
    right is not fetched again.

    Parameters
    ----------
    name : str
        A name of :func:`~skemotion.list_datasets`.
    root : path-like, default=None
        Folder for its files. None means ``$SKEMOTION_DATA/<name>``.
    progress : callable, default=None
        Called as ``progress(file, n_bytes, size)`` as a file grows.
    **options
        Further parameters of the dataset's class, such as `channel` of ``"ravdess"``.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ValueError
        If the dataset cannot be had without asking; the message says where to ask.
    FetchError
        If the server cannot be reached, or gives something else than what was published.

    Examples
    --------
    >>> from skemotion.datasets import fetch
    >>> fetch("banglaser")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: Dataset 'banglaser' is not fetched automatically: its licence (CC BY 4.0) would
    allow it, but no address and checksum of these files are known here. ...
    """
    dataset = get_dataset(name, root, **options)
    if not dataset.downloads:
        raise ValueError(
            f"Dataset {name!r} {_why_not(dataset)}. "
            f"{dataset.obtain or 'See ' + (dataset.homepage or 'its documentation') + '.'}"
        )
    for download in dataset.downloads:
        _fetch_file(download, dataset.root, progress)
    return dataset.root


def _why_not(dataset):
    if dataset.embedded:
        return "needs no files"
    if not dataset.licence.startswith(_OPEN):
        return f"is not fetched automatically (licence: {dataset.licence})"
    return (
        f"is not fetched automatically: its licence ({dataset.licence}) would allow it, but no "
        "address and checksum of these files are known here"
    )


def _fetch_file(download, folder, progress):
    import pooch

    target = folder / download.file
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        logger = pooch.get_logger()
        level = logger.level
        logger.setLevel("ERROR")  # progress is shown in our own way
        try:
            pooch.retrieve(
                download.url,
                download.checksum,
                fname=target.name,
                path=target.parent,
                downloader=_Resuming(download, target, progress),
            )
        finally:
            logger.setLevel(level)
    except ValueError as error:  # pooch's word for a wrong checksum
        _part(target).unlink(missing_ok=True)
        raise FetchError(
            f"Expected {download.url} to have the checksum {download.checksum}, got other content. "
            "Try again; if it stays so, the file was changed by its publisher or on the way."
        ) from error
    except FetchError:
        raise
    except OSError as error:
        raise FetchError(
            f"Cannot write {target}: {error.strerror or error}. "
            "Free space or choose another folder, and fetch again: what is there is kept."
        ) from error


def _part(target):
    return target.with_name(target.name + ".part")


class _Resuming:
    """A downloader for pooch that goes on where the last transfer ended."""

    def __init__(self, download, target, progress):
        self.download, self.part, self.progress = download, _part(Path(target)), progress

    def __call__(self, url, output_file, pooch, check_only=False):
        reason = ""
        for attempt in range(_TRIES):
            try:
                reason = self._transfer(url)
            except _network_errors() as error:
                reason = f"{type(error).__name__}: {error}"
            if not reason and self._have() == self.download.size:
                os.replace(self.part, output_file)
                return
            if reason.startswith("!"):
                break
            time.sleep(min(0.2 * 2**attempt, 5))
        have = self._have()
        raise FetchError(
            f"Cannot fetch {url}: {reason.lstrip('!') or 'the transfer broke off'}. {have} of "
            f"{self.download.size} bytes are here and kept; fetch again to go on."
        )

    def _have(self):
        with suppress(FileNotFoundError):
            return self.part.stat().st_size
        return 0

    def _transfer(self, url):
        """Go on with the transfer; return what went wrong, with ! where trying again is no use."""
        import requests

        have = self._have()
        if have > self.download.size:
            self.part.unlink()
            have = 0
        if have == self.download.size:
            return ""
        headers = {"Range": f"bytes={have}-", "Accept-Encoding": "identity"}
        with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as answer:
            if answer.status_code not in (200, 206):
                final = 400 <= answer.status_code < 500 and answer.status_code not in (
                    408,
                    416,
                    429,
                )
                return f"{'!' * final}the server answers {answer.status_code} {answer.reason}"
            if answer.status_code == 200:  # the server cannot go on in the middle
                have = 0
            elif not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
                self.part.unlink(missing_ok=True)
                return "the server sent another part than asked for"
            return self._write(answer, have)

    def _write(self, answer, have):
        with self.part.open("ab" if have else "wb") as file:
            for block in answer.iter_content(_BLOCK):
                have += len(block)
                if have > self.download.size:
                    file.truncate(0)
                    return "!the file is larger than published"
                file.write(block)
                if self.progress is not None:
                    self.progress(self.download.file, have, self.download.size)
        return "" if have == self.download.size else "the transfer broke off"


def _network_errors():
    import requests

    return (requests.RequestException, ConnectionError, TimeoutError)
