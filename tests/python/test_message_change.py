# SPDX-License-Identifier: Apache-2.0
"""Messages: many fields at once, taking fields away, and one answer in every view."""

from collections import OrderedDict, UserDict
from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import decode, rewritten

BASE = nmsg.msgtype.base
IP_PACKET = bytes.fromhex("4500001c00000000401100000a0000010a000002") + b"\0\x35\0\x36\0\x08\0\0"


# -- update() --


@pytest.mark.parametrize(
    "source",
    [
        {"proto": 6, "dstport": 80},
        UserDict({"proto": 6, "dstport": 80}),
        OrderedDict(proto=6, dstport=80),
        [("proto", 6), ["dstport", 80]],
        (pair for pair in [("proto", 6), ("dstport", 80)]),
        BASE.ipconn(proto=6, dstport=80),
        BASE.ipconn(proto=6, dstport=80).fields,
    ],
    ids=lambda source: type(source).__name__,
)
def test_update(source: Any) -> None:
    message = BASE.ipconn(proto=1, srcport=5)
    assert message.update(source) is None
    assert dict(message) == {"proto": 6, "srcport": 5, "dstport": 80}


def test_update_by_keyword_and_both() -> None:
    message = BASE.email()
    message.update({"helo": "a", "from": "b"}, helo="c", **{"from": "d"})
    assert dict(message) == {"helo": "c", "from": "d"}
    message.update()
    message.update(helo=None)
    assert dict(message) == {"from": "d"}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"srcport": 7, "dstport": 65536}, OverflowError),
        ({"srcport": 7, "nonsense": 1}, KeyError),
        ({"srcport": 7, "srcip": "here"}, nmsg.AddressError),
        ({"srcport": 7, "proto": "tcp"}, TypeError),
        ([("srcport", 7), ("dstport",)], TypeError),
        ([("srcport", 7), 5], TypeError),
        ([("srcport", 7), ("dstport", 1, 2)], TypeError),
        (5, TypeError),
        (BASE.http(srcport=7), KeyError),
    ],
)
def test_update_is_all_or_nothing(change: Any, error: type[Exception]) -> None:
    message = BASE.ipconn(srcport=1, srcip="192.0.2.1")
    before = message.copy()
    with pytest.raises(error):
        message.update(change)
    assert message == before
    assert dict(message) == {"srcip": "192.0.2.1", "srcport": 1}
    if isinstance(change, dict):
        with pytest.raises(error):
            message.update(**change)
        with pytest.raises(error):
            message.__init__(**change)  # type: ignore[misc]
        assert dict(message) == {"srcip": "192.0.2.1", "srcport": 1}


def test_update_says_what_it_takes() -> None:
    message = BASE.ipconn()
    with pytest.raises(TypeError, match=r"takes a mapping, a message or pairs .*, not int"):
        message.update(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"item 1 is no pair of field name and value: 'abc'"):
        message.update([("proto", 1), "abc"])  # type: ignore[list-item]
    with pytest.raises(TypeError, match=r"one mapping or none.*\(2 arguments given\)"):
        message.update({}, {})  # type: ignore[call-arg]


def test_errors_of_what_is_asked_come_through() -> None:
    class Broken(UserDict[str, int]):
        def __getitem__(self, key: str) -> int:
            raise ZeroDivisionError

    def broken() -> Any:
        yield "srcport", 1
        raise ZeroDivisionError

    message = BASE.ipconn(srcport=9)
    for source in (Broken({"srcport": 1}), broken()):
        with pytest.raises(ZeroDivisionError):
            message.update(source)
    assert dict(message) == {"srcport": 9}


def test_update_from_a_message_shares_no_lists() -> None:
    one = BASE.email(rcpt=["a"])
    two = BASE.email()
    two.update(one)
    two["rcpt"].append("b")
    assert (one["rcpt"], two["rcpt"]) == (["a"], ["a", "b"])


def test_update_from_a_message_leaves_out_what_is_computed() -> None:
    one = BASE.ncap(type="IPV4", payload=IP_PACKET, ltype="TCP")
    two = BASE.ncap()
    two.update(one)
    assert (two["proto"], two["srcip"], two["ltype"]) == (17, "10.0.0.1", "TCP")
    with pytest.raises(TypeError, match=r"ncap\.\w+ is computed from other fields"):
        two.update(dict(one))


def test_update_of_an_unknown_type() -> None:
    payload = wire.Payload(vid=99, msgtype=99, data=b"x")
    (message,) = nmsg.nullinput().read(wire.container(payload))
    message.update()
    message.update({})
    with pytest.raises(KeyError) as caught:
        message.update(srcport=1)
    assert caught.value.__notes__ == ["no fields are known of messages of type 99:99"]
    assert (message.payload, dict(message)) == (b"x", {})


def test_an_unknown_name_is_told_with_those_that_there_are() -> None:
    for assign in (lambda m: m.__setitem__("srcprot", 1), lambda m: m.update(srcprot=1)):
        with pytest.raises(KeyError) as caught:
            assign(BASE.ipconn())
        assert caught.value.args == ("srcprot",)
        assert caught.value.__notes__ == [
            "ipconn has no field 'srcprot'; those that can be set are "
            "proto, srcip, srcport, dstip, dstport"
        ]


# -- pop() and setdefault() --


def test_pop(path: Path) -> None:
    message = decode(wire.uint(3, 1) + wire.uint(5, 2), 5)
    assert message.pop("srcport") == 1
    assert message.pop("srcport", None) is None
    assert message.pop("nonsense", 7) == 7
    for key in ("srcport", "nonsense", 5):
        with pytest.raises(KeyError) as caught:
            message.pop(key)
        assert caught.value.args == (key,)
    assert dict(rewritten(message, path)) == {"dstport": 2}
    for args in ((), (1, 2, 3)):
        with pytest.raises(TypeError, match=r"pop\(\) takes 1 or 2 arguments"):
            message.pop(*args)


def test_pop_of_lists_and_of_computed_fields() -> None:
    message = BASE.email(rcpt=["a"])
    assert message.pop("rcpt") == ["a"]
    assert message.payload == b""
    message["rcpt"] = []
    with pytest.raises(KeyError):
        message.pop("rcpt")
    with pytest.raises(TypeError, match="computed"):
        BASE.ncap(type="IPV4", payload=IP_PACKET).pop("proto")


def test_setdefault() -> None:
    message = BASE.ipconn(srcport=1)
    assert message.setdefault("srcport", 5) == 1
    assert message.setdefault("dstport", 5) == 5
    assert message.setdefault("srcip") is None
    assert dict(message) == {"srcport": 1, "dstport": 5}
    mail = BASE.email()
    mail.setdefault("rcpt", []).append("a")
    mail.setdefault("rcpt", []).append("b")
    assert mail["rcpt"] == ["a", "b"]
    with pytest.raises(OverflowError):
        message.setdefault("proto", -1)
    with pytest.raises(KeyError):
        message.setdefault("nonsense", 1)
    with pytest.raises(TypeError):
        message.setdefault()


# -- constructor --


def test_message_takes_fields_too() -> None:
    message = nmsg.message(1, 5, srcport=1)
    assert dict(message) == {"srcport": 1}
    assert dict(nmsg.message(msgtype=5, vid=1, srcport=1)) == {"srcport": 1}
    with pytest.raises(TypeError, match=r"vid, msgtype, and fields as keyword arguments only"):
        nmsg.message(1, 5, 6)
    with pytest.raises(TypeError, match="vid is missing"):
        nmsg.message(msgtype=5)
    with pytest.raises(TypeError, match="msgtype is missing"):
        nmsg.message(1)
    with pytest.raises(TypeError, match="vid is given twice"):
        nmsg.message(1, 5, vid=1)
    with pytest.raises(TypeError, match="fields as keyword arguments only"):
        BASE.http(1)


def test_a_class_may_take_what_it_wants() -> None:
    class Connection(BASE.ipconn):
        def __init__(self, port: int, note: str = "") -> None:
            super().__init__(srcport=port)
            self.note = note

    message = Connection(5, note="x")
    assert (message["srcport"], message.note) == (5, "x")


# -- values that are refused, in sentences --


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: BASE.http(type="x"), ValueError, "'x' (http.type takes one of unknown, sinkhole"),
        (lambda: BASE.http(srcip="x"), nmsg.AddressError, "IPv4 or IPv6 addresses, such as"),
        (lambda: BASE.ipconn(srcport=1 << 20000), OverflowError, "thousands of digits"),
        (lambda: nmsg.msgtype.sie.delay(delay=1 << 20000), OverflowError, "sie|delay.delay"),
        (lambda: nmsg.message(1, 999), nmsg.Error, "nmsg.types() lists them"),
    ],
)
def test_sentences(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        make()
    assert words.split("|")[-1] in str(caught.value)


# -- one answer in every view --


def views(message: nmsg.message, key: str) -> list[Any]:
    text = message.text(key)
    return [message.get(key), message.fields.get(key), key in message, text]


def test_what_was_assigned_is_shown_by_all_views(path: Path) -> None:
    """Also of a field that is computed where nobody set it."""
    message = BASE.ncap(type="IPV4", payload=IP_PACKET)
    assert views(message, "srcip") == ["10.0.0.1", "10.0.0.1", True, "10.0.0.1"]
    message["srcip"] = "192.0.2.9"
    assert views(message, "srcip") == ["192.0.2.9", "192.0.2.9", True, "192.0.2.9"]
    assert message.to_dict()["message"]["srcip"] == "192.0.2.9"
    assert views(message.copy(), "srcip") == views(message, "srcip")
    # Written and read again the octets have the word, and the packet says what it is.
    assert views(rewritten(message, path), "srcip") == ["10.0.0.1", "10.0.0.1", True, "10.0.0.1"]
    del message["srcip"]
    assert views(message, "srcip") == [None, None, False, None]

    message = BASE.dnsqr(udp_checksum="CORRECT")
    assert views(message, "udp_checksum") == ["CORRECT", "CORRECT", True, "CORRECT"]
    message["udp_checksum"] = 9
    assert views(message, "udp_checksum") == [9, 9, True, "<UNKNOWN ENUM VAL=9>"]
    # Written and read it is said of responses only, of which this message has none.
    assert views(rewritten(message, path), "udp_checksum") == [None, None, False, None]


def test_a_deleted_field_is_nowhere() -> None:
    message = decode(wire.uint(1, 1) + wire.uint(4, 5), 4)
    del message["type"]
    assert views(message, "type") == [None, None, False, None]
    assert views(message, "srcport") == [5, 5, True, "5"]


def test_hidden_fields_are_there_for_who_names_them(path: Path) -> None:
    made = BASE.ncap(type="Legacy", ltype="TCP", lint0=7, payload=b"x", srcip="192.0.2.1")
    for message in (made, rewritten(made, path), made.copy()):
        assert views(message, "ltype") == ["TCP", "TCP", True, "TCP"]
        assert message["lint0"] == 7
        with pytest.raises(KeyError):
            message["lint1"]
        assert not {"ltype", "lint0"} & set(message.keys())
        assert not {"ltype", "lint0"} & set(message.fields)
        assert len(message) == len(message.keys()) == len(message.items()) == len(message.fields)
        assert {"ltype", "lint0", "lint1"} < message.field_names
        assert message.to_dict()["message"]["ltype"] == "TCP"
        assert "ltype='TCP', " in repr(message)
        assert "ltype" not in str(message)
        assert "ltype" not in message._repr_html_()


def test_repeated_text_and_values_agree() -> None:
    message = decode(wire.octets(7, b"a"), 2)
    message["rcpt"].append("b")
    assert (message["rcpt"], message.text("rcpt")) == (["a", "b"], ["a", "b"])
    message["rcpt"].clear()
    assert (message["rcpt"], message.text("rcpt"), "rcpt" in message) == ([], None, False)
