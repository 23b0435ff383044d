# SPDX-License-Identifier: Apache-2.0
"""Messages: what repr(), str() and notebooks show."""

import html
import re
from html.parser import HTMLParser
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import decode

BASE = nmsg.msgtype.base


# -- repr() and str() --


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (BASE.ipconn(), "nmsg.msgtype.base.ipconn()"),
        (
            BASE.http(type="sinkhole", srcip="192.0.2.1"),
            "nmsg.msgtype.base.http(type='sinkhole', srcip='192.0.2.1')",
        ),
        (
            BASE.email(rcpt=["a", "b"], **{"from": "c"}),
            "nmsg.msgtype.base.email(**{'from': 'c'}, rcpt=['a', 'b'])",
        ),
        (nmsg.message(1, 5, proto=6), "nmsg.message(1, 5, proto=6)"),
        (nmsg.msgtype.sie.delay(delay=0.5), None),
        (BASE.http(type=77, srchost="q'\"\n\u00f6\udcff"), None),
        (BASE.dnsqr(query_ip="::1", qname=b"\0"), None),
        (BASE.ncap(ltype="TCP"), None),
        (BASE.logline(category=b"x\xff", message=""), None),
    ],
)
def test_repr_makes_such_a_message(message: nmsg.message, shown: str | None) -> None:
    assert shown is None or repr(message) == shown
    again = eval(repr(message), {"nmsg": nmsg})
    again.time_ns = message.time_ns
    assert type(again) is type(message)
    assert repr(again) == repr(message)
    assert again == message


def test_repr_of_strings_that_are_bytes() -> None:
    message = decode(wire.octets(1, b"x\xff\0"), 6, strings="bytes")
    assert repr(message) == r"nmsg.msgtype.base.logline(category=b'x\xff')"
    assert eval(repr(message), {"nmsg": nmsg})["category"] == "x\udcff"


def test_repr_has_no_header_and_nothing_computed() -> None:
    packet = bytes.fromhex("4500001c00000000401100000a0000010a000002") + b"\0\x35\0\x36\0\x08\0\0"
    message = BASE.ncap(type="IPV4", payload=packet)
    message.source = 5
    assert re.findall(r"(\w+)=", repr(message)) == ["type", "srcip", "dstip", "payload"]
    assert eval(repr(message), {"nmsg": nmsg})["proto"] == 17


class Connection(BASE.ipconn):
    """A program's own class."""


class Any_(nmsg.message):
    """And one that may be of any type."""


def test_repr_of_classes_of_programs() -> None:
    message = Connection(srcport=1)
    assert repr(message) == "Connection(srcport=1)"
    assert dict(eval(repr(message))) == {"srcport": 1}
    assert repr(Any_(1, 5, srcport=1)) == "Any_(1, 5, srcport=1)"


def test_repr_of_lists_that_hold_the_message() -> None:
    message = BASE.email(rcpt=["a"])
    message["rcpt"].append(message)
    assert repr(message).count("[...]") == 1
    assert "[...]" in str(message)


def test_str_is_the_dict_of_the_fields() -> None:
    message = BASE.ipconn(srcport=1, srcip="192.0.2.1")
    assert str(message) == f"{message}" == "{'srcip': '192.0.2.1', 'srcport': 1}"
    assert str(BASE.ipconn()) == "{}"


# -- HTML --


class Reader(HTMLParser):
    """Cells of a table; fails on what is not well formed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        assert tag in {"table", "caption", "tr", "th", "td"}
        assert all(name == "style" for name, _ in attrs)
        self.open.append(tag)
        if tag in {"caption", "th", "td"}:
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"caption", "th", "td"}:
            self.cells[-1] += data
        else:
            assert data.isspace()


def cells(text: str) -> list[str]:
    text.encode()  # As a notebook does.
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader.cells


def rows(thing: Any) -> dict[str, str]:
    _, *rest = cells(thing._repr_html_())
    return dict(zip(rest[::2], rest[1::2], strict=True))


def test_html_of_a_message() -> None:
    message = BASE.http(type="sinkhole", srcip="192.0.2.1", srcport=80)
    message.time_ns, message.source = 1714979289123456789, 0xA1
    assert rows(message) == {"type": "sinkhole", "srcip": "192.0.2.1", "srcport": "80"}
    caption = cells(message._repr_html_())[0]
    assert "2024-05-06 07:08:09.123456789" in caption
    assert "base http" in caption
    assert "000000a1" in caption


@pytest.mark.parametrize("octet", range(256))
def test_nothing_breaks_out_of_html(octet: int) -> None:
    character = chr(octet)
    message = BASE.logline(category=f"<{character}script>", message="&amp;\"'")
    shown = rows(message)
    assert shown["message"] == "&amp;\"'"
    if octet not in (0, *range(9), *range(11, 32), 127):
        assert shown["category"] == f"<{character}script>"
    text = message._repr_html_()
    assert html.escape(shown["message"]).replace("&#x27;", "&#39;") in text


def test_html_of_octets_that_are_no_text() -> None:
    assert rows(BASE.logline(category=b"\xff\xed\xa0\x80x"))["category"].endswith("x")


def test_html_is_cut() -> None:
    message = BASE.email(rcpt=[f"r{n}" for n in range(1000)], body="x" * 100_000)
    shown = rows(message)
    assert shown["rcpt"].splitlines()[-1] == "(950 more)"
    assert shown["body"] == "x" * 2000 + "\u2026"
    assert len(message._repr_html_()) < 10_000


def test_html_of_all_types() -> None:
    for name in nmsg.types():
        vendor, mname = name.lower().split(":")
        message = getattr(getattr(nmsg.msgtype, vendor), mname)()
        # Also what text() calls invalid, such as addresses of no octets.
        assert [key for key in rows(message) if key in message] == message.keys()


def test_html_of_an_unknown_type() -> None:
    payload = wire.Payload(vid=99, msgtype=98, data=b"<b>")
    (message,) = nmsg.nullinput().read(wire.container(payload))
    assert rows(message) == {"payload": "3 octets of an unknown type"}


def test_html_with_a_wrong_value_in_a_list() -> None:
    message = BASE.email(rcpt=["a"])
    message["rcpt"].append(5)
    with pytest.raises(TypeError, match=r"email\.rcpt"):
        message._repr_html_()


def test_html_of_stats() -> None:
    reader = nmsg.input.open_file("/dev/null")
    shown = rows(reader.stats)
    assert shown["messages"] == "0"
    assert {"lost.kernel", "lost.sequence", "bad.payloads"} <= shown.keys()
    assert list(rows(reader.stats.lost)) == ["kernel", "sequence", "fragments"]
    writer = nmsg.output.open_file("/dev/null")
    writer.write(BASE.ipconn())
    assert rows(writer.stats)["messages"] == "1"
