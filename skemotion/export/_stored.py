"""Zip files in which nothing is compressed: none is larger in memory than on disk."""

import re
import stat
import struct
import zipfile

_END = struct.Struct("<4s4H2LH")  # end of the central directory, without a comment
_ENTRY = 46 + 30 + 2  # bytes that a member takes beside its name and its content
_LONGEST_NAME = 200
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def open_stored(file, size, *, most_members):
    """Open a zip file once it is certain that it holds plain members and nothing else.

    Parameters
    ----------
    file : binary file object
        The zip file.
    size : int
        Its size in bytes.
    most_members : int
        Number of members it may have.

    Returns
    -------
    zipfile.ZipFile

    Raises
    ------
    ValueError
        With the reason, if it is no zip file, is cut, or has members that are compressed,
        encrypted, links, folders, twice there, over each other, or named like a path.
    """
    _check_end(file, size, most_members)
    try:
        archive = zipfile.ZipFile(file)
    except Exception as error:  # damaged directories raise nearly anything
        raise ValueError(f"it is no whole zip file ({error})") from error
    infos = archive.infolist()
    names = [info.filename for info in infos]
    if len(infos) > most_members:
        raise ValueError(f"it has {len(infos)} members, more than {most_members}")
    if len(set(names)) < len(names):
        raise ValueError("it has two members of one name")
    for info in infos:
        _check_member(info)
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise ValueError("its members lie over each other")
        end = info.header_offset + 30 + len(info.filename) + info.file_size
    if end > size:
        raise ValueError("its members are larger than the file")
    return archive


def read_member(archive, name):
    """Return the bytes of a member.

    Parameters
    ----------
    archive : zipfile.ZipFile
        What :func:`open_stored` returned.
    name : str
        Name of the member.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        With the reason, if there is none or it is not whole.
    """
    try:
        return archive.read(name)
    except KeyError:
        raise ValueError(f"its part {name!r} is missing") from None
    except Exception as error:  # damaged members raise nearly anything
        raise ValueError(f"its part {name!r} is damaged ({error})") from error


def add_member(archive, name, data):
    """Write a member that depends on nothing but its name and content.

    Parameters
    ----------
    archive : zipfile.ZipFile
        Open for writing.
    name : str
        Name of the member.
    data : bytes
        Its content.
    """
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o644 << 16
    archive.writestr(info, data)


def _check_end(file, size, most_members):
    if size < _END.size:
        raise ValueError("it is no whole zip file")
    file.seek(max(0, size - 20 - _END.size))
    tail = file.read()
    mark, *numbers = _END.unpack(tail[-_END.size :])
    _, _, here, count, length, offset, comment = numbers
    if mark != b"PK\x05\x06" or comment or tail[: -_END.size].startswith(b"PK\x06\x07"):
        raise ValueError("it is no whole zip file")
    if count > most_members or here != count or length > count * (_ENTRY + _LONGEST_NAME):
        raise ValueError(f"it has more than {most_members} members, or very long names")
    if offset + length + _END.size != size:
        raise ValueError("it is no whole zip file, or something was put before it")


def _check_member(info):
    name = info.filename
    if not _PLAIN_NAME.fullmatch(name) or ".." in name or len(name) > _LONGEST_NAME:
        raise ValueError(f"it has a member named {name[:_LONGEST_NAME]!r}, which is no plain name")
    if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
        raise ValueError(f"its part {name!r} is compressed")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.flag_bits & 0x1 or info.is_dir() or kind not in (0, stat.S_IFREG):
        raise ValueError(f"its part {name!r} is no plain file")
