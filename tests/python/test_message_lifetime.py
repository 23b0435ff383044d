# SPDX-License-Identifier: Apache-2.0
"""Messages: how many objects a look at one makes, and what becomes of them at the end."""

import gc
import sys
import weakref
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import IS_SANITIZED, decode, run_python

BASE = nmsg.msgtype.base
HTTP = (
    wire.uint(1, 0)
    + wire.octets(2, b"\xc0\x00\x02\x01")
    + wire.octets(3, b"www.example.net")
    + wire.uint(4, 54321)
    + wire.octets(7, b"GET / HTTP/1.0")
)


def blocks_of(look: Any, messages: list[nmsg.message]) -> int:
    """Blocks of memory that are there after a look at each of the messages."""
    kept = [None] * len(messages)
    gc.collect()
    gc.disable()
    before = sys.getallocatedblocks()
    for i, message in enumerate(messages):
        kept[i] = look(message)
    after = sys.getallocatedblocks()
    gc.enable()
    return after - before


@pytest.mark.skipif(IS_SANITIZED, reason="all memory comes from malloc() then")
@pytest.mark.parametrize(
    ("look", "most"),
    [
        (lambda m: m["srcip"], 1),
        (lambda m: m["srcport"], 1),
        (lambda m: m.get("request"), 1),
        (lambda m: m["type"], 0),  # Symbols are there already.
        (lambda m: m.get("dstip"), 0),
        (lambda m: "request" in m, 0),
        (lambda m: len(m), 0),
        (lambda m: m.time_sec, 1),
    ],
)
def test_one_look_makes_one_value(look: Any, most: int) -> None:
    count = 1000
    messages = [decode(HTTP, 4) for _ in range(count)]
    blocks_of(look, messages)  # Caches.
    made = blocks_of(look, messages)
    assert most * count - 20 <= made <= most * count + 20


def test_reading_a_message_tracks_nothing() -> None:
    message = decode(HTTP, 4)
    message["srcip"], message.items(), message.text("srcip"), message.to_dict(), repr(message)
    assert not gc.is_tracked(message)


class Witness:
    """Tells when it is gone."""


def test_fields_keep_the_message_and_go_with_it() -> None:
    class Own(BASE.ipconn):
        pass

    message: Any = Own(srcport=1)
    message.witness = Witness()
    gone = weakref.ref(message.witness)
    message.view = message.fields  # A cycle.
    view = message.fields
    del message
    gc.collect()
    assert view["srcport"] == 1
    assert gone() is not None
    del view
    gc.collect()
    assert gone() is None


AT_THE_END = """
import atexit, gc, pickle, sys, weakref
import nmsg

BASE = nmsg.msgtype.base

class Own(BASE.email):
    def __init__(self, **fields):
        super().__init__(**fields)
        self.me = self
        self.view = self.fields

    def __del__(self):
        self["rcpt"].append("late")
        shown = [repr(self), str(self), self.payload, self == self, dict(self.view)]
        shown += [self.to_json(), self.text("rcpt"), self.time, self._repr_html_()]
        assert "late" in shown[0], shown

class Keeper:
    # The loop of references goes through the module and its types.
    def __init__(self):
        self.message = BASE.email(rcpt=["a"])
        self.message["rcpt"].append(self)
        self.module = nmsg
        self.types = [type(self.message), nmsg.message, nmsg.msgtype]
        self.view = self.message.fields

    def __del__(self):
        assert self.message["rcpt"][0] == "a"
        assert self.view["rcpt"][0] == "a"
        assert repr(self.message).startswith("nmsg.msgtype.base.email(")

read = nmsg.nullinput().read(bytes.fromhex(sys.argv[1]))
loop = [Own(rcpt=["a"]), Keeper(), read[0], read[0].fields, nmsg.describe("base:http")]
loop.append(loop)
sys.kept = loop
sys.kept_too = BASE.email(rcpt=[])["rcpt"]
changed = BASE.email(rcpt=["x"])
changed["rcpt"].append(changed)
weakref.finalize(loop[1], print, "finalized")
if sys.argv[2] == "drop":
    del loop, sys.kept, read, changed
    for name in [name for name in sys.modules if name.startswith("nmsg")]:
        del sys.modules[name]
    del nmsg, BASE, Own, Keeper
    gc.collect()
elif sys.argv[2] == "disable":
    gc.disable()
print("end")
"""


@pytest.mark.parametrize("how", ["leave", "drop", "disable"])
def test_messages_that_outlive_the_module(how: str) -> None:
    container = wire.container(wire.Payload(msgtype=4, data=HTTP))
    output = run_python(AT_THE_END, container.hex(), how)
    assert "end" in output


A_SECOND_MODULE = """
import sys, gc
import nmsg as first
message = first.msgtype.base.email(rcpt=["a"])
fields = message.fields
for name in [name for name in sys.modules if name.startswith("nmsg")]:
    del sys.modules[name]
import nmsg as second
assert first.message is not second.message
other = second.msgtype.base.email(rcpt=["a"])
other.time_ns = message.time_ns
assert message != other
other.update(helo="x")
del first
gc.collect()
message["rcpt"].append("b")
print(fields)
print(message.copy() == message, dict(other))
"""


def test_a_second_module_has_messages_of_its_own() -> None:
    """Deleted and imported again, it is another one; the messages of the first live on."""
    output = run_python(A_SECOND_MODULE)
    assert output.splitlines() == [
        "{'rcpt': ['a', 'b']}",
        "True {'helo': 'x', 'rcpt': ['a']}",
    ]
