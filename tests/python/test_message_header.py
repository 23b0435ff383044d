# SPDX-License-Identifier: Apache-2.0
"""Messages: header, payload, what they cost, subclasses and the collector."""

import gc
import math
import os
import sys
import time
import weakref
from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import decode, rewritten, run_python, stored_payload

BASE = nmsg.msgtype.base


# -- header --


@pytest.mark.parametrize("name", ["source", "operator", "group"])
def test_numbers_of_the_header(name: str, path: Path) -> None:
    absent = 0 if name == "source" else None
    message = BASE.ipconn()
    assert getattr(message, name) == absent
    assert getattr(message, f"has_{name}") is False
    setattr(message, name, 0xDEADBEEF)
    assert getattr(message, name) == 0xDEADBEEF
    assert getattr(message, f"has_{name}") is True
    again = rewritten(message, path)
    assert getattr(again, name) == 0xDEADBEEF
    assert getattr(again, f"has_{name}") is True
    for nothing in (0, None):
        setattr(message, name, nothing)
        assert getattr(message, name) == absent
        assert getattr(message, f"has_{name}") is False
        assert getattr(rewritten(message, path), name) == absent
        setattr(message, name, 5)
    setattr(message, f"has_{name}", False)
    assert getattr(message, name) == absent
    number = {"source": 7, "operator": 8, "group": 9}[name]
    assert number not in dict(stored_payload(message, path))


@pytest.mark.parametrize("name", ["source", "operator", "group"])
def test_numbers_of_the_header_are_strict(name: str) -> None:
    message = BASE.ipconn()
    for value in (-1, 1 << 32):
        with pytest.raises(OverflowError, match=name):
            setattr(message, name, value)
    with pytest.raises(TypeError, match=name):
        setattr(message, name, 1.5)
    with pytest.raises(AttributeError, match=name):
        delattr(message, name)
    assert getattr(message, f"has_{name}") is False


def test_names_without_an_alias_are_told() -> None:
    message = BASE.ipconn()
    with pytest.raises(nmsg.Error, match="unknown operator name: nobody"):
        message.operator = "nobody"
    with pytest.raises(nmsg.Error, match="unknown group name"):
        message.group = b"nobody"


BYTES_NAMES = """
import sys, nmsg
m = nmsg.msgtype.base.ipconn(srcport=1)
m.operator, m.group = b"\\xffop", 4242
print([m.operator, m.group], m.copy().operator == m.operator)
nmsg.print_nmsg_header(m, sys.stdout)
with nmsg.output.open_file(sys.argv[1]) as writer:
    writer.write(m)
print([nmsg.input.open_file(sys.argv[1], strings=s).read().operator for s in ("str", "bytes")])
"""


@pytest.mark.parametrize(("strings", "shown"), [("bytes", b"\xffop"), ("str", "\udcffop")])
def test_names_are_what_text_is(strings: str, shown: Any, path: Path, tmp_path: Path) -> None:
    (tmp_path / "operators").write_bytes(b"7 \xffop\n")
    (tmp_path / "groups").write_bytes(b"")
    variables = {
        "NMSG_OPALIAS_FILE": str(tmp_path / "operators"),
        "NMSG_GRALIAS_FILE": str(tmp_path / "groups"),
        "NMSG_STRINGS": strings,
        "PYTHONIOENCODING": "utf-8:surrogateescape",
    }
    output = run_python(BYTES_NAMES, path, env={**os.environ, **variables}, errors="replace")
    first, header, last = output.splitlines()
    assert first == f"{[shown, 4242]} True"
    assert "op] [4242]" in header
    assert last == str(["\udcffop", b"\xffop"])


@pytest.mark.parametrize("name", ["source", "operator", "group"])
def test_an_explicit_zero_survives_rewriting(name: str, path: Path) -> None:
    number = {"source": 7, "operator": 8, "group": 9}[name]
    payload = wire.Payload(data=wire.ipconn(1), **{name: 0})
    (message,) = nmsg.nullinput().read(wire.container(payload))
    assert getattr(message, f"has_{name}") is False
    assert (number, 0) in stored_payload(message, path)
    message["srcport"] = 2
    assert (number, 0) in stored_payload(message, path)


def test_an_absent_payload_is_not_made_up(path: Path) -> None:
    (message,) = nmsg.nullinput().read(wire.container(wire.Payload(data=None)))
    assert message.payload == b""
    assert [number for number, _ in stored_payload(message, path)] == [1, 2, 3, 4]


def test_a_new_message_has_the_time_of_its_making(path: Path) -> None:
    before = time.time_ns()
    message = BASE.ipconn()
    after = time.time_ns()
    made = message.time_sec * 10**9 + message.time_nsec
    assert before <= made <= after
    again = rewritten(message, path)
    assert again.time_sec * 10**9 + again.time_nsec == made


def test_setting_the_seconds_sets_the_nanoseconds_to_zero_once() -> None:
    message = BASE.ipconn()
    message.time_sec = 5
    assert (message.time_sec, message.time_nsec) == (5, 0)
    message.time_nsec = 7
    message.time_sec = 6
    assert (message.time_sec, message.time_nsec) == (6, 7)
    message = BASE.ipconn()
    message.time_nsec = 9
    message.time_sec = 8
    assert (message.time_sec, message.time_nsec) == (8, 9)
    message = decode(b"", 5, time_sec=1, time_nsec=2)
    message.time_sec = 3
    assert (message.time_sec, message.time_nsec) == (3, 2)


@pytest.mark.parametrize("sec", [0, -1, -(1 << 63), (1 << 63) - 1, 253402300800])
def test_any_time_is_kept(sec: int, path: Path) -> None:
    message = BASE.ipconn()
    message.time_sec = sec
    message.time_nsec = 4294967295
    again = rewritten(message, path)
    assert (again.time_sec, again.time_nsec) == (sec, 4294967295)


def test_time_is_strict() -> None:
    message = BASE.ipconn()
    made = message.time_sec, message.time_nsec
    for value in (1 << 63, -(1 << 63) - 1):
        with pytest.raises(OverflowError):
            message.time_sec = value
    for value in (-1, 1 << 32):
        with pytest.raises(OverflowError):
            message.time_nsec = value
    for value in (1.5, "1", None):
        with pytest.raises(TypeError):
            message.time_sec = value
        with pytest.raises(TypeError):
            message.time_nsec = value
    assert (message.time_sec, message.time_nsec) == made
    with pytest.raises(AttributeError):
        del message.time_sec


@pytest.mark.parametrize("name", ["vid", "msgtype", "vname", "mname", "payload"])
def test_what_is_read_only(name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(BASE.ipconn(), name, 1)


def test_misspelled_attributes_are_told() -> None:
    message = BASE.ipconn()
    with pytest.raises(AttributeError):
        message.time_usec = 1
    with pytest.raises(AttributeError):
        message.srcport = 1


# -- payload --


def test_payload_is_the_serialized_message() -> None:
    message = BASE.ipconn(dstport=80, proto=6, srcip="192.0.2.1")
    assert message.payload == wire.uint(1, 6) + wire.octets(2, b"\xc0\x00\x02\x01") + wire.uint(
        5, 80
    )
    assert BASE.http().payload == wire.uint(1, 0)
    assert BASE.email(rcpt=["a", "b"], type="spamtrap").payload == (
        wire.octets(7, b"a") + wire.octets(7, b"b") + wire.uint(8, 1)
    )


def test_payload_of_an_unchanged_message_is_what_came() -> None:
    fields = wire.uint(5, 1) + b"\x18\x81\x80\x00" + wire.uint(1, 2)
    message = decode(fields, 5)
    assert (message["srcport"], message["dstport"], message["proto"]) == (1, 1, 2)
    assert message.payload == fields


@pytest.mark.parametrize("length", [0, 4090, 4096, 4097, 70000, 3_000_000])
def test_messages_of_all_sizes(length: int, path: Path) -> None:
    octets = os.urandom(length)
    message = BASE.pkt(payload=octets, len_frame=length)
    assert message["payload"] == octets
    again = rewritten(message, path)
    assert (again["payload"], again["len_frame"]) == (octets, length)
    again["len_frame"] = 1
    assert rewritten(again, path)["payload"] == octets


def test_a_message_may_be_written_again_and_again(path: Path) -> None:
    message = BASE.ipconn(srcport=1)
    with nmsg.output.open_file(path) as writer:
        for port in range(5):
            message["srcport"] = port
            writer.write(message)
            writer.write(message)
    assert [m["srcport"] for m in nmsg.input.open_file(path)] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


# -- cost --


@pytest.mark.parametrize("length", [0, 100, 4000, 5000, 100_000])
def test_sizeof_holds_the_payload(length: int) -> None:
    message = decode(wire.octets(1, bytes(length)), 8)
    size = sys.getsizeof(message)
    assert length <= size <= length + 400


def test_sizeof_grows_with_changes() -> None:
    message = BASE.http()
    before = sys.getsizeof(message)
    message["srcport"] = 1
    assert before < sys.getsizeof(message) <= before + 8 * 19 + 64


def test_nan_is_no_integer() -> None:
    with pytest.raises(TypeError):
        BASE.http(srcport=math.nan)


# -- subclasses and the collector --


class Connection(BASE.ipconn):
    """A program's own message, with more in it."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self.note = "new"

    @property
    def pair(self) -> tuple[int, int]:
        return self["srcport"], self["dstport"]


def test_subclasses(path: Path) -> None:
    message = Connection(srcport=1, dstport=2)
    message.note = "changed"
    assert (message.pair, message.note, message.mname) == ((1, 2), "changed", "ipconn")
    again = rewritten(message, path)
    assert type(again) is BASE.ipconn
    assert dict(again.items()) == {"srcport": 1, "dstport": 2}


def test_subclass_of_message() -> None:
    class Any_(nmsg.message):
        pass

    assert Any_(1, 5).mname == "ipconn"


class Witness:
    """Tells when it is gone."""


@pytest.mark.parametrize("was_read", [False, True])
def test_a_list_that_holds_its_message_is_collected(was_read: bool, path: Path) -> None:
    message = BASE.email(rcpt=["a"])
    if was_read:
        message = rewritten(message, path)
    witness = Witness()
    gone = weakref.ref(witness)
    message["rcpt"].extend([message, witness])
    del message, witness
    gc.collect()
    assert gone() is None


def test_a_subclass_that_holds_itself_is_collected() -> None:
    message = Connection()
    message.note, message.witness = message, Witness()
    gone = weakref.ref(message.witness)
    del message
    gc.collect()
    assert gone() is None


def test_an_unchanged_message_is_not_the_collectors_business() -> None:
    message = decode(wire.uint(3, 1), 5)
    assert message["srcport"] == 1
    assert not gc.is_tracked(message)
