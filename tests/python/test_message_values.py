# SPDX-License-Identifier: Apache-2.0
"""Field values: enums, text, lists and addresses, as they come and as they are written."""

import os
from pathlib import Path

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import decode, rewritten, run_python, stored_payload

BASE = nmsg.msgtype.base


# -- enums --


@pytest.mark.parametrize(
    ("value", "read"), [(2, 2), (255, 255), (1 << 31, 1 << 31), (-1, 2**32 - 1)]
)
def test_enum_values_without_a_symbol(value: int, read: int, path: Path) -> None:
    message = BASE.http(type=value)
    again = rewritten(message, path)
    assert again["type"] == read
    again["srcport"] = 1
    assert rewritten(again, path)["type"] == read
    again["type"] = again["type"]
    assert rewritten(again, path)["type"] == read


def test_enum_by_number_is_read_by_symbol(path: Path) -> None:
    message = BASE.http(type=1)
    assert rewritten(message, path)["type"] == "sinkhole"


def test_enum_values_of_the_wire() -> None:
    assert decode(wire.uint(1, 77), 4)["type"] == 77
    assert decode(wire.uint(1, -3), 4)["type"] == 2**32 - 3


# -- numbers that do not fit their kind, but came --


def test_integers_come_as_they_are_on_the_wire(path: Path) -> None:
    fields = wire.uint(1, 0) + wire.uint(4, 70000) + wire.uint(67, -70000) + wire.uint(75, -1)
    message = decode(fields, 4)
    assert (message["srcport"], message["p0f_dist"], message["p0f_uptime"]) == (70000, -70000, -1)
    message["dstport"] = 1
    again = rewritten(message, path)
    assert (again["srcport"], again["p0f_dist"]) == (70000, -70000)


def test_last_of_a_singular_field_counts() -> None:
    assert decode(wire.uint(3, 1) + wire.uint(3, 2), 5)["srcport"] == 2


# -- strings --


def test_nuls_and_all_octets_are_kept(path: Path) -> None:
    everything = bytes(range(256))
    message = BASE.http(srchost=everything, request=b"a\0b\0c", p0f_genre=b"\0\0x")
    assert message["srchost"].encode("utf-8", "surrogateescape") == everything
    again = rewritten(message, path, strings="bytes")
    assert again["srchost"] == everything
    assert again["request"] == b"a\0b\0c"
    assert again["p0f_genre"] == b"\0\0x"


def test_no_terminator_is_written() -> None:
    message = BASE.logline(category="abc")
    assert message.payload == wire.octets(1, b"abc")


@pytest.mark.parametrize(
    ("stored", "read"),
    [(b"", ""), (b"\0", ""), (b"a\0", "a"), (b"a\0\0", "a\0"), (b"a\0b", "a\0b")],
)
def test_one_terminator_is_not_shown_and_stays(stored: bytes, read: str, path: Path) -> None:
    message = decode(wire.octets(1, stored), 6)
    assert message["category"] == read
    message["message"] = "changed"
    assert message.payload == wire.octets(1, stored) + wire.octets(2, b"changed")
    assert rewritten(message, path)["category"] == read


@pytest.mark.parametrize(
    "octets", [b"\xff", b"\xc3", b"ok \xed\xa0\x80 \xc3\xa9", bytes(range(128, 256))]
)
def test_octets_that_are_no_text_survive(octets: bytes, path: Path) -> None:
    text = octets.decode("utf-8", "surrogateescape")
    message = decode(wire.octets(1, octets), 6)
    assert message["category"] == text
    message["message"] = message["category"]
    assert message.payload == wire.octets(1, octets) + wire.octets(2, octets)
    assert rewritten(message, path, strings="bytes")["message"] == octets
    assert BASE.logline(category=octets)["category"] == text


def test_surrogates_that_stand_for_no_octet_are_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        BASE.logline(category="\ud800")


def test_strings_as_bytes(path: Path) -> None:
    again = rewritten(BASE.http(srchost="h\u00f6st", request=b"GET"), path, strings="bytes")
    assert (again["srchost"], again["request"]) == ("h\u00f6st".encode(), b"GET")
    assert again["type"] == "unknown"
    again["srchost"] = "text"
    assert again["srchost"] == b"text"
    again["srchost"] = b"octets"
    assert again["srchost"] == b"octets"
    repeated = rewritten(BASE.email(rcpt=["a", b"b"]), path, strings="bytes")
    assert repeated["rcpt"] == [b"a", b"b"]


def test_strings_argument() -> None:
    for value in ("text", b"str", 5, "", "STR"):
        with pytest.raises(ValueError, match="strings is 'str' or 'bytes'"):
            nmsg.input.open_file(os.devnull, strings=value)
    for value in ("text", None, 5):
        with pytest.raises(ValueError, match="strings is 'str' or 'bytes'"):
            nmsg.set_default_strings(value)


SHOW_STRINGS = """
import sys, nmsg
if len(sys.argv) > 2:
    nmsg.set_default_strings(sys.argv[2])
m = nmsg.msgtype.base.logline(category="abc", message=b"x")
o = nmsg.output.open_file(sys.argv[1])
o.write(m)
o.close()
read = nmsg.input.open_file(sys.argv[1]).read()
(from_null,) = nmsg.nullinput().read(open(sys.argv[1], "rb").read())
other = "str" if isinstance(read["category"], bytes) else "bytes"
chosen = nmsg.input.open_file(sys.argv[1], strings=other).read()
print([type(x["category"]).__name__ for x in (m, read, from_null, chosen)])
"""


@pytest.mark.parametrize(
    ("environment", "argument", "kinds"),
    [
        (None, None, ["str", "str", "str", "bytes"]),
        (None, "bytes", ["bytes", "bytes", "bytes", "str"]),
        ("bytes", None, ["bytes", "bytes", "bytes", "str"]),
        ("str", None, ["str", "str", "str", "bytes"]),
        ("bytes", "str", ["str", "str", "str", "bytes"]),
        ("", None, ["str", "str", "str", "bytes"]),
    ],
)
def test_default_of_strings(
    environment: str | None, argument: str | None, kinds: list[str], path: Path
) -> None:
    variables = {k: v for k, v in os.environ.items() if k != "NMSG_STRINGS"}
    if environment is not None:
        variables["NMSG_STRINGS"] = environment
    arguments = [path] if argument is None else [path, argument]
    assert run_python(SHOW_STRINGS, *arguments, env=variables).strip() == str(kinds)


def test_a_wrong_default_of_strings_is_told() -> None:
    with pytest.raises(AssertionError, match="strings is 'str' or 'bytes', not 'text'"):
        run_python("import nmsg", env={**os.environ, "NMSG_STRINGS": "text"})


# -- repeated fields --


def test_what_is_appended_is_written(path: Path) -> None:
    message = BASE.email(rcpt=["a"])
    message["rcpt"].append("b")
    assert message["rcpt"] == ["a", "b"]
    again = rewritten(message, path)
    again["rcpt"].append("c")
    again["rcpt"].remove("a")
    assert rewritten(again, path)["rcpt"] == ["b", "c"]


def test_a_list_belongs_to_the_message() -> None:
    message = decode(wire.octets(7, b"a"), 2)
    assert message["rcpt"] is message["rcpt"]
    assert message["rcpt"] is message.get("rcpt")
    assert message["rcpt"] is dict(message.items())["rcpt"]
    assert message["rcpt"] is message.values()[0]
    mine = ["x"]
    message["rcpt"] = mine
    mine.append("y")
    assert message.payload == wire.octets(7, b"x") + wire.octets(7, b"y")


def test_a_list_is_replaced(path: Path) -> None:
    message = decode(b"".join(wire.octets(7, x) for x in (b"a", b"b", b"c")), 2)
    message["rcpt"] = ["z"]
    assert rewritten(message, path)["rcpt"] == ["z"]


def test_an_emptied_list_is_gone(path: Path) -> None:
    for empty in (lambda m: m.__setitem__("rcpt", []), lambda m: m["rcpt"].clear()):
        message = decode(wire.octets(7, b"a"), 2)
        empty(message)
        assert "rcpt" not in message
        assert message.keys() == []
        assert "rcpt" not in rewritten(message, path)


def test_scalar_and_tuple_for_a_repeated_field(path: Path) -> None:
    message = BASE.email(rcpt="one", bodyurl=("a", "b"))
    assert (message["rcpt"], message["bodyurl"]) == (["one"], ["a", "b"])
    message["bodyurl"].append("c")
    again = rewritten(message, path)
    assert (again["rcpt"], again["bodyurl"]) == (["one"], ["a", "b", "c"])


def test_what_is_appended_wrong_is_told_when_written(path: Path) -> None:
    message = BASE.email(rcpt=["a"])
    message["rcpt"].append(5)
    with nmsg.output.open_file(path) as writer:
        with pytest.raises(TypeError, match=r"email.rcpt takes str or bytes, not int"):
            writer.write(message)
        message["rcpt"].pop()
        writer.write(message)
    assert [dict(m.items()) for m in nmsg.input.open_file(path)] == [{"rcpt": ["a"]}]


def test_reading_changes_nothing_of_what_is_written() -> None:
    fields = (
        wire.octets(7, b"terminated\0")
        + wire.octets(2, b"headers\0")
        + wire.octets(7, b"not")
        + wire.octets(3, b"\xc0\x00\x02\x01")
    )
    message = decode(fields, 2)
    assert dict(message.items()) == {
        "headers": "headers",
        "srcip": "192.0.2.1",
        "rcpt": ["terminated", "not"],
    }
    assert message.payload == fields


# -- addresses of the wire --


@pytest.mark.parametrize("octets", [b"", b"1", b"12345", b"1" * 15, b"1" * 17])
def test_addresses_of_a_wrong_length_are_absent_and_stay(octets: bytes) -> None:
    fields = wire.octets(2, octets) + wire.uint(3, 1)
    message = decode(fields, 5)
    assert dict(message.items()) == {"srcport": 1}
    assert "srcip" not in message
    with pytest.raises(KeyError):
        message["srcip"]
    message["srcport"] = 2
    assert message.payload == wire.octets(2, octets) + wire.uint(3, 2)


# -- what is not known is kept --


def test_unknown_fields_survive_a_change(path: Path) -> None:
    unknown = [
        wire.uint(100, 5),
        wire.octets(101, b"\0abc"),
        wire.fixed32(102, 1),
        wire.fixed64(103, 1),
    ]
    message = decode(unknown[0] + wire.uint(3, 1) + b"".join(unknown[1:]), 5)
    message["srcport"] = 2
    message["dstport"] = 3
    expected = wire.uint(3, 2) + wire.uint(5, 3) + b"".join(unknown)
    assert message.payload == expected
    assert rewritten(message, path).payload == expected


def test_unknown_types_pass_through_whole(path: Path) -> None:
    header = {"source": 1, "operator": 2, "group": 3, "time_sec": 4, "time_nsec": 5}
    data = b"\xff\xff no protobuf \0 at all"
    payload = wire.Payload(vid=4711, msgtype=4712, data=data, **header)
    (message,) = nmsg.nullinput().read(wire.container(payload))
    assert type(message) is nmsg.message
    assert (message.vid, message.msgtype) == (4711, 4712)
    assert (message.vname, message.mname) == ("(unknown)", "(unknown)")
    assert (message.keys(), len(message), str(message), bool(message)) == ([], 0, "{}", True)
    assert repr(message) == f"<nmsg.message of unknown type 4711:4712, {len(data)} octets>"
    assert message.payload == data
    with pytest.raises(KeyError):
        message["srcport"]
    with pytest.raises(KeyError):
        message["srcport"] = 1
    assert "srcport" not in message
    assert message.get("srcport") is None
    again = rewritten(message, path)
    assert again.payload == data
    assert {name: getattr(again, name) for name in header} == header
    assert wire.fields(payload.encode()) == stored_payload(message, path)


def test_a_known_vendor_with_an_unknown_type() -> None:
    payload = wire.Payload(vid=2, msgtype=999, data=b"x")
    (message,) = nmsg.nullinput().read(wire.container(payload))
    assert (message.vname, message.mname) == ("SIE", "(unknown)")


def test_the_loop_of_old_programs_reads_on(path: Path) -> None:
    path.write_bytes(
        wire.container(
            wire.conn(1),
            wire.Payload(data=b""),
            wire.Payload(vid=99, msgtype=99, data=b"?"),
            wire.Payload(data=None),
            wire.conn(2),
        )
    )
    reader = nmsg.input.open_file(path)
    seen = []
    while True:
        m = reader.read()
        if not m:
            break
        seen.append((m.vid, dict(m.items())))
    assert seen == [(1, {"srcport": 1}), (1, {}), (99, {}), (1, {}), (1, {"srcport": 2})]
