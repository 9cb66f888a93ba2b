"""Read the header of a WAV file, to compare what it promises with what is there."""

import os
import struct
from dataclasses import dataclass

_EXTENSIBLE = 0xFFFE


@dataclass(frozen=True)
class WavHeader:
    """What the header of a WAV file says.

    Parameters
    ----------
    encoding : int
        1 for PCM, 3 for floating point, others for compressed samples.
    n_channels : int
        Number of channels.
    sampling_rate : int
        Sampling rate, in Hz.
    byte_rate : int
        Bytes a second.
    n_bits : int
        Bits a sample.
    start : int
        Position of the first sample in the file, in bytes.
    promised, available : int
        Length of the samples by the header and by the end of the file, in bytes.
    """

    encoding: int
    n_channels: int
    sampling_rate: int
    byte_rate: int
    n_bits: int
    start: int
    promised: int
    available: int

    @property
    def is_pcm16(self):
        """Whether the samples are plain 16-bit integers."""
        return (
            self.encoding == 1
            and self.n_bits == 16
            and self.byte_rate == 2 * self.n_channels * self.sampling_rate > 0
        )


def read_wav_header(file):
    """Read the header of a WAV file.

    Parameters
    ----------
    file : binary file object
        At any position.

    Returns
    -------
    WavHeader or None
        None if there are no chunks ``fmt`` and ``data`` in this order.
    """
    end = file.seek(0, os.SEEK_END)
    position, fmt = 12, None
    while position + 8 <= end:
        file.seek(position)
        name, size = struct.unpack("<4sI", file.read(8))
        position += 8
        if name == b"fmt " and 16 <= size <= end - position:
            fmt = file.read(min(size, 26))
        elif name == b"data":
            return None if fmt is None else _header(fmt, position, size, end - position)
        position += size + size % 2
    return None


def _header(fmt, start, promised, available):
    encoding, n_channels, sampling_rate, byte_rate, _, n_bits = struct.unpack("<HHIIHH", fmt[:16])
    if encoding == _EXTENSIBLE and len(fmt) == 26:
        encoding = struct.unpack("<H", fmt[24:26])[0]
    return WavHeader(
        encoding, n_channels, sampling_rate, byte_rate, n_bits, start, promised, available
    )
