# SPDX-License-Identifier: Apache-2.0
"""Messages made, changed, copied and refused leave nothing behind."""

import contextlib
import copy
import datetime
import gc
import pickle

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


def many_at_once() -> None:
    message = BASE.email(helo="x")
    message.update({"helo": "a", "rcpt": ["b"]}, srcip="192.0.2.1")
    message.update(message.copy())
    message.update([("helo", "c")], body=None)
    message.pop("helo"), message.pop("helo", None), message.setdefault("bodyurl", []).append("u")
    for wrong in ({"helo": "x", "srcip": "here"}, {"rcpt": ["a", 5]}, [("helo",)], 5):
        with contextlib.suppress(nmsg.AddressError, TypeError):
            message.update(wrong)
    for key in ("nothing", "body"):
        with contextlib.suppress(KeyError):
            message.pop(key)
    with contextlib.suppress(KeyError):
        message.update(nothing=5)


def live_fields() -> None:
    message = BASE.email(rcpt=["a"], helo="x")
    fields = message.fields
    fields["body"] = "text"
    fields.update(helo="y")
    list(fields), list(fields.items()), list(fields.values()), list(fields.keys()), repr(fields)
    assert fields == message.fields
    assert fields == fields.copy()
    (
        fields.popitem(),
        fields.pop("rcpt"),
        fields.setdefault("rcpt", "z"),
        fields.get("x"),
        len(fields),
    )
    fields.clear()
    assert set(message.field_types) == message.field_names
    with contextlib.suppress(TypeError):
        message["rcpt"] = [fields]


def live_fields_in_a_cycle() -> None:
    message = BASE.email(rcpt=["a"])
    message["rcpt"].append(message.fields)


def copies() -> None:
    message = BASE.email(rcpt=["a"], helo="x", srcip=None)
    message["rcpt"].append("b")
    own = Own(srcport=1)
    own.note = []
    for one in (message, own, BASE.pkt(payload=LARGE[:5000])):
        assert one.copy() == copy.copy(one) == copy.deepcopy(one)
        assert pickle.loads(pickle.dumps(one)) == one
    restore, args = message.__reduce__()
    for wrong in ((int, *args[1:]), (*args[:2], b"\xff", ()), (*args[:3], (("x", 1, False),))):
        with contextlib.suppress(TypeError, KeyError, nmsg.FormatError):
            restore(*wrong)


def shown() -> None:
    message = BASE.http(srcip="192.0.2.1", request="<\0>", srchost=b"\xff")
    message._repr_html_(), str(message), repr(nmsg.message(1, 5, srcport=1))
    BASE.dnsqr(udp_checksum="CORRECT").text("udp_checksum")
    wrong = BASE.email(rcpt=["a"])
    wrong["rcpt"].append(5)
    with contextlib.suppress(TypeError):
        wrong._repr_html_()
    info = nmsg.describe("base:http")
    info._repr_html_(), repr(info), repr(info.fields), [field.symbols for field in info.fields]
    assert pickle.loads(pickle.dumps(info)) == nmsg.describe(message) == nmsg.describe(BASE.http)
    for what in ("base:nothing", "x", 5, int):
        with contextlib.suppress(nmsg.Error, TypeError):
            nmsg.describe(what)
    nmsg.types(), nmsg.input().stats._repr_html_()


def times() -> None:
    message = BASE.ipconn()
    message.time = message.time
    message.time_ns += 1
    for wrong in (datetime.datetime(2024, 5, 6), 5, None):
        with contextlib.suppress(TypeError, ValueError):
            message.time = wrong
    with contextlib.suppress(OverflowError):
        message.time_ns = 1 << 200
    message.time_sec = 1 << 60
    assert message.time_ns
    with contextlib.suppress(OverflowError):
        _ = message.time


class Own(BASE.ipconn):
    """A program's own class."""


def subclass() -> None:
    message = Own(srcport=1)
    message.note = "x"
    message.self = message


def main() -> None:
    measure.check(make, fields, refused, cycle, subclass)
    measure.check(
        many_at_once, live_fields, live_fields_in_a_cycle, copies, shown, times, runs=3000
    )
    measure.check(large, runs=3000)


if __name__ == "__main__":
    main()
