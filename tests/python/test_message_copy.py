# SPDX-License-Identifier: Apache-2.0
"""Messages: copies and pickles lose nothing and share nothing."""

import copy
import io
import multiprocessing
import pickle
from collections.abc import Callable
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import decode

BASE = nmsg.msgtype.base

Duplicate = Callable[[nmsg.message], nmsg.message]


def pickled(protocol: int) -> Duplicate:
    return lambda message: pickle.loads(pickle.dumps(message, protocol))


WAYS = [
    pytest.param(lambda m: m.copy(), id="method"),
    pytest.param(copy.copy, id="copy"),
    pytest.param(copy.deepcopy, id="deepcopy"),
    *(pytest.param(pickled(n), id=f"pickle-{n}") for n in range(pickle.HIGHEST_PROTOCOL + 1)),
]

HEADER = {"source": 1, "operator": 2, "group": 3, "time_sec": -4, "time_nsec": 4294967295}


def everything(message: nmsg.message) -> tuple[Any, ...]:
    """All that can be seen of a message."""
    return (
        type(message),
        message.vid,
        message.msgtype,
        message.time_ns,
        [getattr(message, name) for name in HEADER],
        message.payload,
        dict(message),
        dict(message.fields),
        repr(message),
        [message.text(key) for key in sorted(message.field_names)],
    )


def changed() -> nmsg.message:
    """Of everything that may differ from the octets: assigned, deleted, appended, looked at."""
    fields = wire.octets(7, b"a") + wire.octets(9, b"u\0") + wire.octets(5, b"h") + wire.uint(99, 5)
    message = decode(fields, 2, **HEADER)
    message["rcpt"].append("b")
    _ = message["bodyurl"]
    message["type"] = 1
    message["helo"] = None
    message["from"] = "x"
    return message


def unknown() -> nmsg.message:
    payload = wire.Payload(vid=99, msgtype=98, data=b"\xff\0any", **HEADER)
    (message,) = nmsg.nullinput().read(wire.container(payload))
    return message


def large() -> nmsg.message:
    return BASE.pkt(payload=b"x" * 100_000, len_frame=5)


MESSAGES = [
    pytest.param(lambda: BASE.ipconn(), id="new"),
    pytest.param(lambda: BASE.http(srcip="2001:db8::1", request="a\0b"), id="assigned"),
    pytest.param(changed, id="changed"),
    pytest.param(unknown, id="unknown"),
    pytest.param(large, id="large"),
    pytest.param(lambda: decode(wire.octets(1, bytes(5000)), 8), id="own-block"),
    pytest.param(lambda: nmsg.message(1, 5, srcport=1), id="by-number"),
    pytest.param(lambda: decode(wire.octets(1, b"x\xff"), 6, strings="bytes"), id="bytes"),
    pytest.param(lambda: BASE.email(rcpt=[]), id="empty-list"),
    pytest.param(lambda: BASE.dnsqr(udp_checksum="CORRECT"), id="computed"),
    pytest.param(lambda: BASE.ncap(ltype="TCP"), id="hidden"),
]


@pytest.mark.parametrize("duplicate", WAYS)
@pytest.mark.parametrize("make", MESSAGES)
def test_a_copy_is_the_same(make: Callable[[], nmsg.message], duplicate: Duplicate) -> None:
    message = make()
    other = duplicate(message)
    assert other is not message
    assert other == message
    assert everything(other) == everything(message)


@pytest.mark.parametrize("duplicate", WAYS)
def test_a_copy_shares_nothing(duplicate: Duplicate) -> None:
    message = changed()
    before = everything(message)
    other = duplicate(message)
    other["rcpt"].append("c")
    other["bodyurl"].clear()
    other["helo"] = "new"
    other.source = 9
    other.time_ns = 0
    assert everything(message) == before
    assert other["rcpt"] == ["a", "b", "c"]
    message["rcpt"].append("d")
    assert other["rcpt"] == ["a", "b", "c"]


@pytest.mark.parametrize("duplicate", WAYS)
def test_octets_that_nobody_changed_stay(duplicate: Duplicate) -> None:
    """Also those that no value shows: a list that was looked at is not encoded anew."""
    message = decode(wire.octets(7, b"a\0") + wire.uint(99, 5), 2)
    assert message["rcpt"] == ["a"]
    assert (
        duplicate(message).payload == message.payload == wire.octets(7, b"a\0") + wire.uint(99, 5)
    )


@pytest.mark.parametrize("duplicate", WAYS)
def test_the_time_of_the_making_stays_one(duplicate: Duplicate) -> None:
    other = duplicate(BASE.ipconn())
    other.time_sec = 5
    assert other.time_nsec == 0


@pytest.mark.parametrize("duplicate", WAYS)
def test_strings_stay_bytes(duplicate: Duplicate) -> None:
    other = duplicate(decode(wire.octets(1, b"x\xff"), 6, strings="bytes"))
    assert other["category"] == b"x\xff"
    other["message"] = "text"
    assert other["message"] == b"text"


# -- classes of programs --


class Connection(BASE.ipconn):
    """With attributes, and a constructor that wants something."""

    def __init__(self, port: int) -> None:
        super().__init__(srcport=port)
        self.notes = ["made"]


class Any_(nmsg.message):
    """Of whatever type."""


class Counted(BASE.ipconn):
    """Says itself what is to be kept."""

    count = 0

    def __getstate__(self) -> dict[str, int]:
        return {"count": self.count + 1}

    def __setstate__(self, state: dict[str, int]) -> None:
        self.count = state["count"]


@pytest.mark.parametrize("duplicate", WAYS)
def test_classes_of_programs(duplicate: Duplicate) -> None:
    message = Connection(5)
    other: Any = duplicate(message)
    assert type(other) is Connection
    assert (other["srcport"], other.notes, other) == (5, ["made"], message)
    other.mine = 1
    assert not hasattr(message, "mine")
    own = duplicate(Any_(1, 5, srcport=7))
    assert (type(own), own["srcport"], own.mname) == (Any_, 7, "ipconn")


def test_depth_of_copies() -> None:
    message = Connection(5)
    assert copy.copy(message).notes is message.notes
    assert message.copy().notes is message.notes
    assert copy.deepcopy(message).notes is not message.notes


def test_state_of_classes_of_programs() -> None:
    assert pickle.loads(pickle.dumps(Counted())).count == 1
    assert copy.deepcopy(Counted()).count == 1


def test_what_is_shared_stays_shared() -> None:
    one = BASE.ipconn(srcport=1)
    first, second, lists = pickle.loads(pickle.dumps([one, one, {"m": one}]))
    assert first is second is lists["m"]
    first, second = copy.deepcopy([one, one])
    assert first is second


def test_a_message_that_holds_itself() -> None:
    message: Any = Connection(5)
    message.me = message
    other = pickle.loads(pickle.dumps(message))
    assert other.me is other
    assert copy.deepcopy(message).me is not message


def test_classes_are_found_where_they_say() -> None:
    for name in nmsg.types():
        vendor, mname = name.lower().split(":")
        cls = getattr(getattr(nmsg.msgtype, vendor), mname)
        assert (cls.__module__, cls.__qualname__) == ("nmsg", f"msgtype.{vendor}.{mname}")
        assert repr(cls) == f"<class 'nmsg.msgtype.{vendor}.{mname}'>"
        assert pickle.loads(pickle.dumps(cls)) is cls
    assert pickle.loads(pickle.dumps(nmsg.msgtype.base)) is nmsg.msgtype.base


# -- pickles that somebody made up --


def restore(*args: Any) -> Any:
    function, good = BASE.email(rcpt=["a"]).__reduce__()[:2]
    return function(*[new if new is not ... else old for old, new in zip(good, args, strict=True)])


@pytest.mark.parametrize(
    "args",
    [
        (int, ..., ..., ...),
        (5, ..., ..., ...),
        (..., (), ..., ...),
        (..., ("x",) * 10, ..., ...),
        (..., ..., "text", ...),
        (..., ..., ..., []),
        (..., ..., ..., ([],)),
        (..., ..., ..., (("rcpt", []),)),
        (..., ..., ..., (("nothing", 5, False),)),
        (..., ..., ..., (("type", "nothing", False),)),
        (..., ..., ..., (([], "nothing", False),)),
        (..., ..., ..., (("rcpt", 5, True),)),
    ],
)
def test_wrong_pickles_are_refused(args: tuple[Any, ...]) -> None:
    with pytest.raises((TypeError, KeyError, ValueError)):
        restore(*args)


def test_octets_of_wrong_pickles_are_checked() -> None:
    assert restore(..., ..., ..., ...)["rcpt"] == ["a"]
    with pytest.raises(nmsg.FormatError, match="pickled message cannot be decoded"):
        restore(..., ..., b"\xff", ...)
    # What is in a list is checked when it is written.
    message = restore(..., ..., ..., (("rcpt", [5], False),))
    with pytest.raises(TypeError, match="email"):
        _ = message.payload


# -- other processes --


def ports(messages: list[nmsg.message]) -> list[nmsg.message]:
    for message in messages:
        message["dstport"] = message["srcport"] + 1
    return messages


def test_multiprocessing() -> None:
    messages = [BASE.ipconn(srcport=n) for n in range(100)]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        (answers,) = pool.map(ports, [messages])
    assert [m["dstport"] for m in answers] == [n + 1 for n in range(100)]
    assert [m.time_ns for m in answers] == [m.time_ns for m in messages]
    assert "dstport" not in messages[0]


def test_pickles_are_small() -> None:
    """The header is a few numbers, the class is named once."""
    stream = io.BytesIO()
    pickler = pickle.Pickler(stream)
    messages = [BASE.ipconn(srcport=n) for n in range(1000)]
    pickler.dump([decode(m.payload, 5) for m in messages])
    assert len(stream.getvalue()) < 1000 * 100
