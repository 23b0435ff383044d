# SPDX-License-Identifier: Apache-2.0
"""One input and one output that go on for long leave nothing behind."""

import contextlib
import os

import measure
import nmsg
import nmsg_wire as wire

BASE = nmsg.msgtype.base
BODY = wire.body(wire.conns(1, 2, 3))
FRAMES = [
    wire.container(wire.conn(1), wire.Payload(msgtype=6, data=wire.logline(b"a" * 300))),
    wire.frame(wire.zblock(BODY), flags=wire.ZLIB),
    *wire.fragments(BODY, 20),
    wire.frame(b"\xff"),
    wire.frame(b"\0\0\0\5\xff\xff", flags=wire.ZLIB),
    wire.fragment(9, 2, 1, b"x"),
    wire.frame(wire.body(wire.conns(1), crcs=[0])),
    wire.container(wire.Payload(data=b"\xff")),
    b"",
]
null = nmsg.nullinput()
reading, writing = os.pipe()
writer = nmsg.output.open_file(writing, 1024)
reader = nmsg.input.open_file(reading)
listener = nmsg.input.open_sock("127.0.0.1", 0, ring="256K")  # Touched once it was used.
sender = nmsg.output.open_sock(*listener.address)
number = 0


def nullinput() -> None:
    for frame in FRAMES:
        with contextlib.suppress(nmsg.FormatError):
            for message in null.read(frame):
                message.items()
    for wrong in ("text", None):
        with contextlib.suppress(TypeError):
            null.read(wrong)
    with contextlib.suppress(ValueError):
        null.read(b"", "x")


def nullinput_new() -> None:
    nmsg.nullinput(strings="bytes").read(FRAMES[2])
    with contextlib.suppress(ValueError):
        nmsg.nullinput(strings="x")


def pieces_that_never_fit() -> None:
    """Incomplete sets are bounded by their number: make it full before it is measured."""
    global number
    for _ in range(10):
        number += 1
        null.read(wire.fragment(number, 0, 9, b"x" * 50))


def through_a_pipe() -> None:
    writer.write(BASE.ipconn(srcport=1))
    writer.write(BASE.email(rcpt=["a", "b"]))
    writer.write(BASE.pkt(payload=b"x" * 1500))
    writer.flush()
    for _ in range(3):
        reader.read().items()


def through_a_socket() -> None:
    sender.write(BASE.ipconn(srcport=1))
    sender.write(BASE.pkt(payload=b"x" * 3000))
    sender.flush()
    for _ in range(2):
        listener.read().items()
    _ = listener.stats, sender.stats, listener.address


def main() -> None:
    measure.check(nullinput, nullinput_new, pieces_that_never_fit, runs=3000)
    measure.check(through_a_pipe, through_a_socket)
    for thing in (writer, reader, listener, sender):
        thing.close()


if __name__ == "__main__":
    main()
