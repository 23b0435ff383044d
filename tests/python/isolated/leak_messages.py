# SPDX-License-Identifier: Apache-2.0
"""Messages made, changed, copied and refused leave nothing behind."""

import contextlib
import gc

import measure
import nmsg
import nmsg_wire as wire

BASE = nmsg.msgtype.base
LARGE = b"x" * 100_000
NULL = nmsg.nullinput()
CONTAINER = wire.container(wire.Payload(msgtype=8, data=wire.octets(1, LARGE)))


def make() -> None:
    BASE.http()
    nmsg.message(1, 5)
    BASE.ipconn(srcip="192.0.2.1", dstip="2001:db8::1", srcport=80)


def fields() -> None:
    message = BASE.email(rcpt=["a", "b"], srcip="192.0.2.1", type="spamtrap", headers="x")
    message["rcpt"].append("c")
    message["bodyurl"] = ("u", b"v")
    message["helo"] = "h\u00f6st"
    del message["srcip"]
    message["type"] = None
    message["srcip"] = "::1"
    message.keys(), message.values(), message.items(), len(message), repr(message), list(message)
    message.get("rcpt"), message.get("nothing"), "rcpt" in message, message.payload
    message.source, message.operator, message.group = 1, 2, 3
    message.has_source = False
    message.time_sec = 5


def large() -> None:
    message = BASE.pkt(payload=LARGE)
    (read,) = NULL.read(CONTAINER)
    read["len_frame"] = 5
    assert len(message.payload) < len(read.payload)


def refused() -> None:
    message = BASE.http()
    for key, value in (
        ("nothing", 1),
        ("srcport", 65536),
        ("srcport", "1"),
        ("srcip", "here"),
        ("type", "nothing"),
        ("request", 5),
        ("srchost", "\ud800"),
    ):
        with contextlib.suppress(KeyError, OverflowError, TypeError, ValueError):
            message[key] = value
    with contextlib.suppress(KeyError):
        message["srcport"]
    with contextlib.suppress(KeyError):
        del message["srcport"]
    with contextlib.suppress(OverflowError):
        BASE.http(srcport=1, dstport=-1)
    with contextlib.suppress(TypeError):
        BASE.email(rcpt=["a", 5])
    with contextlib.suppress(nmsg.Error):
        nmsg.message(1, 999)
    with contextlib.suppress(nmsg.Error):
        message.operator = "nobody"
    appended = BASE.email(rcpt=["a"])
    appended["rcpt"].append(5)
    with contextlib.suppress(TypeError):
        _ = appended.payload


def cycle() -> None:
    message = BASE.email(rcpt=["a"])
    message["rcpt"].append(message)
    if gc.get_count()[0] > 500:
        gc.collect(0)


class Own(BASE.ipconn):
    """A program's own class."""


def subclass() -> None:
    message = Own(srcport=1)
    message.note = "x"
    message.self = message


def main() -> None:
    measure.check(make, fields, refused, cycle, subclass)
    measure.check(large, runs=3000)


if __name__ == "__main__":
    main()
