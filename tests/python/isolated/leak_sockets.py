# SPDX-License-Identifier: Apache-2.0
"""Sockets opened, used and closed leave no memory, descriptors or threads behind."""

import contextlib
import socket

import measure
import nmsg
import nmsg_wire as wire

CONTAINER = wire.container(*wire.conns(1, 2))
plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def open_and_close() -> None:
    with nmsg.input.open_sock("127.0.0.1", 0) as reader:
        reader.fileno()


def open_and_drop() -> None:
    nmsg.input.open_sock("127.0.0.1", 0, ring="1M")
    nmsg.output.open_sock("127.0.0.1", 9)


def use() -> None:
    with (
        nmsg.input.open_sock("127.0.0.1", 0) as reader,
        nmsg.output.open_sock(*reader.address) as writer,
    ):
        writer.write(nmsg.msgtype.base.ipconn(srcport=1))
        writer.flush()
        assert reader.read()["srcport"] == 1
        writer.write(nmsg.msgtype.base.ipconn(srcport=2))


def close_with_messages_left() -> None:
    with nmsg.input.open_sock("127.0.0.1", 0) as reader:
        for _ in range(5):
            plain.sendto(CONTAINER, reader.address)
            plain.sendto(b"garbage", reader.address)
        assert reader.read()["srcport"] == 1


def refused() -> None:
    for function in (nmsg.input.open_sock, nmsg.output.open_sock):
        for args in (("no where", 1), ("127.0.0.1", 1 << 20), ("127.0.0.1", -1), ("127.0.0.1",)):
            with contextlib.suppress(ValueError, OverflowError, TypeError):
                function(*args)
    with contextlib.suppress(OSError):
        nmsg.input.open_sock("192.0.2.1", 0)
    with contextlib.suppress(OSError):
        nmsg.output.open_sock("127.255.255.255", 9)
    for options in ({"ring": "x"}, {"ring": 1 << 60}, {"errors": "x"}, {"strings": "x"}):
        with contextlib.suppress(ValueError, MemoryError):
            nmsg.input.open_sock("127.0.0.1", 0, **options)


def main() -> None:
    measure.check(open_and_close, open_and_drop, use, close_with_messages_left, refused, runs=1000)


if __name__ == "__main__":
    main()
