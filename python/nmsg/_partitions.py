# SPDX-License-Identifier: Apache-2.0
"""nmsg.partitions(): a large file in pieces, for whoever hands out work."""

import os
from typing import NamedTuple, SupportsIndex

from nmsg import _nmsg


class partition(NamedTuple):
    """A piece of a file, as partitions() gives it and nmsg.open() reads it.

    It holds the messages of the containers that begin in `length` octets from `offset` on. It can
    be pickled, compared and hashed, and sent to another process or machine that has the file at
    the same path.

    >>> import nmsg
    >>> nmsg.partition("/data/day.nmsg", 0, 67108864)
    partition(path='/data/day.nmsg', offset=0, length=67108864)
    """

    path: str
    offset: int
    length: int


partition.path.__doc__ = "Path of the file, absolute, a str."
partition.offset.__doc__ = "Octets in front of the piece."
partition.length.__doc__ = "Octets in which its containers begin."


def partitions(
    path: str | bytes | os.PathLike[str] | os.PathLike[bytes],
    target: SupportsIndex | str = "64M",
    *,
    max_container: SupportsIndex | str | None = None,
) -> list[partition]:
    """Divide a file of containers into pieces that are read by themselves, in any order, anywhere.

    nmsg.open(piece) reads one. All of them together give each message of the file once, and each
    complaint about damage; a piece has whole containers, and never a part of one that is in
    fragments. Only headers are read to find that out, so it takes little time.

    path: of a regular file, on which the paths of the pieces are based, made absolute.
    target: octets of a piece, at most, unless one container has more; "64M" or a number.
    max_container: as for nmsg.open().

    An empty file gives no pieces. A file that is being written is divided as far as it goes; what
    begins in a piece is read to its end, if that has been written by then. Raises OSError,
    ValueError for what is no regular file (pipes and sockets can be read once only), and
    nmsg.FormatError for files that do not begin with a container, such as JSON and what is
    compressed as a whole.

    >>> import nmsg
    >>> with nmsg.open("many.nmsg", "w", bufsz="1K") as writer:
    ...     for port in range(1000):
    ...         writer.write(nmsg.msgtype.base.ipconn(srcport=port))
    >>> pieces = nmsg.partitions("many.nmsg", target="8K")
    >>> [sum(1 for m in nmsg.open(piece)) for piece in pieces]
    [284, 280, 280, 156]
    """
    where = os.path.abspath(os.fsdecode(path))
    # Without waiting for whoever writes a pipe; of regular files it makes no difference.
    descriptor = os.open(where, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        found = _nmsg._partitions(descriptor, where, target, max_container)
    finally:
        os.close(descriptor)
    return [partition(where, offset, length) for offset, length in found]
