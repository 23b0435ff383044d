# SPDX-License-Identifier: Apache-2.0
"""Messages: their types, the mapping of fields, values of every kind and what is refused."""

from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import decode, rewritten

BASE = nmsg.msgtype.base
TYPES = {
    "email": 2,
    "linkpair": 3,
    "http": 4,
    "ipconn": 5,
    "logline": 6,
    "pkt": 8,
    "xml": 10,
    "encode": 11,
    "packet": 12,
}
HTTP_KEYS = [
    "type",
    "srcip",
    "srchost",
    "srcport",
    "dstip",
    "dstport",
    "request",
    "p0f_genre",
    "p0f_detail",
    "p0f_dist",
    "p0f_link",
    "p0f_tos",
    "p0f_fw",
    "p0f_nat",
    "p0f_real",
    "p0f_score",
    "p0f_mflags",
    "p0f_uptime",
]


# -- types --


@pytest.mark.parametrize(("name", "number"), TYPES.items())
def test_every_type_has_a_class(name: str, number: int) -> None:
    cls = getattr(BASE, name)
    assert issubclass(cls, nmsg.message)
    assert (cls.__name__, cls._vid, cls._msgtype) == (f"base_{name}", 1, number)
    message = cls()
    assert (message.vid, message.msgtype) == (1, number)
    assert (message.vname, message.mname) == ("base", name)


def test_vendor_classes() -> None:
    assert (BASE._vid, BASE._vname) == (1, "base")
    assert nmsg.msgtype.isc is BASE


def test_message_by_numbers() -> None:
    message = nmsg.message(1, 4)
    assert (message.vid, message.msgtype, message.mname) == (1, 4, "http")
    message["srcport"] = 1
    assert message["srcport"] == 1
    assert nmsg.message(vid=1, msgtype=5).mname == "ipconn"


@pytest.mark.parametrize("numbers", [(1, 999), (9999, 1), (0, 0), (4294967295, 4294967295)])
def test_message_of_an_unknown_type(numbers: tuple[int, int]) -> None:
    with pytest.raises(nmsg.Error, match=r"nmsg_msgmod_lookup\(\) failed"):
        nmsg.message(*numbers)


@pytest.mark.parametrize("args", [(), (1,), (1, 4, 5), ("base", "http"), (1.0, 4), (None, None)])
def test_message_takes_two_integers(args: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError):
        nmsg.message(*args)


def test_message_numbers_out_of_range() -> None:
    with pytest.raises(OverflowError, match="vid"):
        nmsg.message(-1, 4)
    with pytest.raises(OverflowError, match="msgtype"):
        nmsg.message(1, 1 << 32)


# -- the mapping --


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("http", {"type": "unknown"}),
        ("pkt", {"payload": b""}),
        ("encode", {"type": "TEXT", "payload": b""}),
        ("linkpair", {"type": "anchor", "src": "", "dst": ""}),
        ("xml", {"xmltype": "", "xmlpayload": b""}),
        ("packet", {"payload_type": 0, "payload": b""}),
        ("ipconn", {}),
        ("logline", {}),
        ("email", {}),
    ],
)
def test_a_new_message_has_the_required_fields(name: str, fields: dict[str, Any]) -> None:
    message = getattr(BASE, name)()
    assert dict(message.items()) == fields
    assert str(message) == repr(fields)
    assert len(message) == len(fields)


def test_keys_are_in_table_order() -> None:
    message = BASE.http()
    texts = {"srchost", "request", "p0f_genre", "p0f_detail", "p0f_link", "p0f_tos"}
    for key in reversed(HTTP_KEYS):
        message[key] = "192.0.2.1" if key.endswith("ip") else key if key in texts else 1
    assert message.keys() == HTTP_KEYS
    assert list(message) == HTTP_KEYS
    assert [key for key, _ in message.items()] == HTTP_KEYS
    assert message.values() == [message[key] for key in HTTP_KEYS]
    assert len(message) == len(HTTP_KEYS)


def test_keys_of_a_message_that_was_read_are_in_table_order() -> None:
    fields = wire.uint(75, 9) + wire.octets(7, b"GET") + wire.uint(4, 80) + wire.uint(1, 1)
    assert decode(fields, 4).keys() == ["type", "srcport", "request", "p0f_uptime"]


def test_contains_and_get() -> None:
    message = BASE.ipconn(srcport=0)
    assert "srcport" in message
    assert "dstport" not in message
    assert "nonsense" not in message
    assert 5 not in message
    assert message.get("srcport") == 0
    assert message.get("dstport") is None
    assert message.get("dstport", 7) == 7
    assert message.get("nonsense", 7) == 7
    for args in ((), ("srcport", 1, 2)):
        with pytest.raises(TypeError):
            message.get(*args)


def test_keys_that_are_not_interned() -> None:
    message = BASE.ipconn()
    key = "".join(["src", "port"])
    message[key] = 5
    assert message["".join(["src", "port"])] == 5
    assert key in message


@pytest.mark.parametrize("key", ["dstport", "nonsense", "", "SRCPORT", 0, None, b"srcport", ()])
def test_reading_what_is_not_there(key: Any) -> None:
    with pytest.raises(KeyError) as caught:
        BASE.ipconn(srcport=1)[key]
    assert caught.value.args == (key,)


@pytest.mark.parametrize("key", ["nonsense", "", "SRCPORT", 0, None, b"srcport"])
def test_writing_what_is_no_field(key: Any) -> None:
    with pytest.raises(KeyError) as caught:
        BASE.ipconn()[key] = 1
    assert caught.value.args == (key,)


def test_unhashable_keys() -> None:
    with pytest.raises((KeyError, TypeError)):
        BASE.ipconn()[[]]
    with pytest.raises((KeyError, TypeError)):
        BASE.ipconn()[[]] = 1


def test_a_message_is_true_whatever_is_in_it() -> None:
    message = BASE.ipconn()
    assert len(message) == 0
    assert message


def test_messages_are_not_hashable() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(BASE.ipconn())


def test_messages_compare_by_header_and_payload() -> None:
    def make(port: int = 1, sec: int = 5, source: int = 0) -> nmsg.message:
        message = BASE.ipconn(srcport=port)
        message.time_sec = sec
        message.source = source
        return message

    assert make() == make()
    assert not make() != make()  # noqa: SIM202
    assert make() != make(port=2)
    assert make() != make(sec=6)
    assert make() != make(source=1)
    assert make() != {"srcport": 1}
    assert make() != None  # noqa: E711


# -- every kind --

KINDS = [
    pytest.param("http", "type", ["unknown", "sinkhole"], id="enum"),
    pytest.param("packet", "payload_type", ["IP"], id="enum-from-1"),
    pytest.param("pkt", "payload", [b"", b"\0", bytes(range(256)), b"a" * 5000], id="bytes"),
    pytest.param(
        "http", "srchost", ["", "www.example.net", "h\u00f6st", "\U0001f600"], id="string"
    ),
    pytest.param("http", "request", ["", "GET / HTTP/1.0\r\n\r\n"], id="mlstring"),
    pytest.param(
        "http",
        "srcip",
        ["192.0.2.1", "0.0.0.0", "255.255.255.255", "2001:db8::1", "::", "::ffff:192.0.2.1"],
        id="ip",
    ),
    pytest.param("http", "srcport", [0, 1, 80, 65535], id="uint16"),
    pytest.param("pkt", "len_frame", [0, 65536, 4294967295], id="uint32"),
    pytest.param("http", "p0f_dist", [0, -1, 32767, -32768], id="int16"),
    pytest.param("http", "p0f_uptime", [0, -1, 2147483647, -2147483648], id="int32"),
    pytest.param("email", "rcpt", [["a"], ["a", "b", "a"]], id="repeated"),
]


@pytest.mark.parametrize(("name", "key", "values"), KINDS)
def test_what_is_set_is_read(name: str, key: str, values: list[Any], path: Path) -> None:
    for value in values:
        message = getattr(BASE, name)()
        message[key] = value
        assert message[key] == value
        assert type(message[key]) is type(value)
        assert key in message
        again = rewritten(message, path)
        assert again[key] == value
        assert type(again[key]) is type(value)
        assert again.keys() == message.keys()
        assert repr(again) == repr(message)


@pytest.mark.parametrize(("name", "key", "values"), KINDS)
def test_none_deletes(name: str, key: str, values: list[Any], path: Path) -> None:
    defaults = dict(getattr(BASE, name)().items())
    for delete in (lambda m: m.__setitem__(key, None), lambda m: m.__delitem__(key)):
        message = getattr(BASE, name)()
        message[key] = values[-1]
        delete(message)
        again = rewritten(message, path)
        # What a type requires is there with its zero value, or the message could not be read.
        assert dict(again.items()) == defaults
        assert key in again or key not in message


def test_deleting_from_a_message_that_was_read(path: Path) -> None:
    message = decode(wire.uint(3, 1) + wire.uint(5, 2), 5)
    del message["srcport"]
    assert dict(message.items()) == {"dstport": 2}
    assert dict(rewritten(message, path).items()) == {"dstport": 2}
    message["srcport"] = 3
    assert dict(rewritten(message, path).items()) == {"srcport": 3, "dstport": 2}


def test_deleting_what_is_not_there() -> None:
    message = BASE.ipconn()
    with pytest.raises(KeyError, match="srcport"):
        del message["srcport"]
    message["srcport"] = None
    assert "srcport" not in message
    with pytest.raises(KeyError, match="nonsense"):
        del message["nonsense"]
    with pytest.raises(KeyError, match="nonsense"):
        message["nonsense"] = None


# -- strictness --


@pytest.mark.parametrize(
    ("name", "key", "value", "error", "words"),
    [
        ("http", "srcport", 65536, OverflowError, "http.srcport|65536|uint16|65535"),
        ("http", "srcport", -1, OverflowError, "http.srcport|-1|uint16"),
        ("http", "srcport", 1 << 70, OverflowError, "http.srcport|uint16"),
        ("pkt", "len_frame", 1 << 32, OverflowError, "pkt.len_frame|uint32|4294967295"),
        ("http", "p0f_dist", 32768, OverflowError, "http.p0f_dist|int16|-32768|32767"),
        ("http", "p0f_dist", -32769, OverflowError, "http.p0f_dist|int16"),
        ("http", "p0f_uptime", 1 << 31, OverflowError, "http.p0f_uptime|int32"),
        ("http", "p0f_uptime", -(1 << 31) - 1, OverflowError, "http.p0f_uptime|int32"),
        ("http", "type", 1 << 32, OverflowError, "http.type|enum"),
        ("http", "type", -(1 << 31) - 1, OverflowError, "http.type|enum"),
        ("http", "srcport", "80", TypeError, "http.srcport|int|str"),
        ("http", "srcport", 80.0, TypeError, "http.srcport|int|float"),
        ("http", "srcport", b"80", TypeError, "http.srcport|bytes"),
        ("http", "srcport", [80], TypeError, "http.srcport|list"),
        ("http", "type", b"sinkhole", TypeError, "http.type|symbol|bytes"),
        ("http", "type", 1.0, TypeError, "http.type|float"),
        ("http", "srchost", 5, TypeError, "http.srchost|str or bytes|int"),
        ("http", "srchost", ["a"], TypeError, "http.srchost|list"),
        ("http", "srcip", 1, TypeError, "http.srcip|str|int"),
        ("http", "srcip", b"192.0.2.1", TypeError, "http.srcip|bytes"),
        ("http", "srcip", b"\xc0\x00\x02\x01", TypeError, "http.srcip|bytes"),
        ("pkt", "payload", "text", TypeError, "pkt.payload|bytes|str"),
        ("pkt", "payload", 5, TypeError, "pkt.payload|bytes|int"),
        ("pkt", "payload", [1, 2], TypeError, "pkt.payload|bytes|list"),
        ("email", "rcpt", 5, TypeError, "email.rcpt|int"),
        ("email", "rcpt", ["a", 5], TypeError, "email.rcpt|int"),
        ("email", "rcpt", {"a": 1}, TypeError, "email.rcpt|dict"),
        ("email", "rcpt", [None], TypeError, "email.rcpt|NoneType"),
        ("http", "type", "SINKHOLE", ValueError, "unknown enum value for field_name=type|SINKHOLE"),
        ("http", "type", "", ValueError, "field_name=type"),
        ("http", "type", "sinkhole\0", ValueError, "field_name=type"),
    ],
)
def test_wrong_values_are_refused_at_once(
    name: str, key: str, value: Any, error: type[Exception], words: str
) -> None:
    message = getattr(BASE, name)()
    before = dict(message.items())
    with pytest.raises(error) as caught:
        message[key] = value
    for word in words.split("|"):
        assert word in str(caught.value)
    assert dict(message.items()) == before


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "192.0.2",
        "192.0.2.1.1",
        "192.0.2.256",
        "192.0.2.01",
        " 192.0.2.1",
        "192.0.2.1 ",
        "192.0.2.1\0",
        "192.0.2.1/24",
        ":",
        ":::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1::2::3",
        "12345::",
        "fe80::1%lo",
        "[::1]",
        "\uff11.0.0.1",
        "1" * 1000,
    ],
)
def test_what_is_no_address(text: str) -> None:
    message = BASE.ipconn()
    for error in (nmsg.AddressError, OSError, ValueError, nmsg.Error):
        with pytest.raises(error, match="illegal IP address string") as caught:
            message["srcip"] = text
        assert "ipconn.srcip" in str(caught.value)
    assert "srcip" not in message


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("0:0:0:0:0:0:0:0", "::"),
        ("::192.0.2.1", "::192.0.2.1"),
        ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
        ("::FFFF:c000:0201", "::ffff:192.0.2.1"),
    ],
)
def test_addresses_are_shown_in_their_usual_form(text: str, shown: str, path: Path) -> None:
    message = BASE.ipconn(srcip=text)
    assert message["srcip"] == shown
    assert rewritten(message, path)["srcip"] == shown


class Index:
    """An integer of another kind, as numpy has them."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


class Broken:
    def __index__(self) -> int:
        raise ZeroDivisionError


def test_integers_of_other_kinds(path: Path) -> None:
    message = BASE.http(srcport=Index(80), p0f_dist=Index(-5), type=Index(1))
    assert (message["srcport"], message["p0f_dist"]) == (80, -5)
    message["dstport"] = True
    assert message["dstport"] == 1
    with pytest.raises(OverflowError):
        message["srcport"] = Index(-1)
    with pytest.raises(ZeroDivisionError):
        message["srcport"] = Broken()
    again = rewritten(message, path)
    assert dict(again.items()) == {"type": "sinkhole", "srcport": 80, "dstport": 1, "p0f_dist": -5}


def test_octets_of_other_kinds(path: Path) -> None:
    for value in (bytearray(b"\0a"), memoryview(b"\0a"), memoryview(b"\0xa")[::2]):
        message = BASE.pkt(payload=value)
        assert message["payload"] == b"\0a"
        assert type(message["payload"]) is bytes
        assert rewritten(message, path)["payload"] == b"\0a"


def test_a_buffer_that_changes_later_is_not_written() -> None:
    octets = bytearray(b"abc")
    message = BASE.pkt(payload=octets)
    octets[:] = b"xyz"
    assert message["payload"] == b"abc"


# -- keyword constructor --


def test_keyword_constructor() -> None:
    message = BASE.ipconn(proto=6, srcip="192.0.2.1", dstport=80)
    assert dict(message.items()) == {"proto": 6, "srcip": "192.0.2.1", "dstport": 80}


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"srcport": 1, "nonsense": 1}, KeyError),
        ({"srcport": 65536}, OverflowError),
        ({"srcip": "here"}, nmsg.AddressError),
    ],
)
def test_keyword_constructor_is_strict(fields: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        BASE.ipconn(**fields)


def test_keyword_constructor_ignores_none() -> None:
    assert dict(BASE.ipconn(srcport=None, dstport=1).items()) == {"dstport": 1}
