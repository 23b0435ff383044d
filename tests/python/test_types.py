# SPDX-License-Identifier: Apache-2.0
"""Message types: which there are, what is known of them, and whether the examples are true."""

import copy
import keyword
import pickle
from typing import Any

import nmsg
import pytest

TYPE_NAMES = [
    "enum",
    "bytes",
    "string",
    "mlstring",
    "ip",
    "uint16",
    "uint32",
    "uint64",
    "int16",
    "int32",
    "int64",
    "double",
    "bool",
]


def class_of(name: str) -> type[nmsg.message]:
    vendor, mname = name.lower().split(":")
    found: type[nmsg.message] = getattr(getattr(nmsg.msgtype, vendor), mname)
    return found


# -- types() --


def test_types() -> None:
    names = nmsg.types()
    assert names[0] == "base:ncap"
    assert {"base:dnsqr", "SIE:dnsdedupe"} < set(names)
    numbers = [(class_of(name)._vid, class_of(name)._msgtype) for name in names]  # type: ignore
    assert numbers == sorted(numbers)
    names.clear()
    assert nmsg.types()


def test_types_are_those_of_the_classes() -> None:
    in_module = {
        value
        for vendor in vars(nmsg.msgtype).values()
        if isinstance(vendor, type)
        for value in vars(vendor).values()
        if isinstance(value, type)
    }
    assert {class_of(name) for name in nmsg.types()} == in_module
    for name in nmsg.types():
        message = class_of(name)()  # type: ignore[call-arg]
        assert f"{message.vname}:{message.mname}" == name


# -- describe() --


@pytest.mark.parametrize("name", nmsg.types())
def test_describe(name: str) -> None:
    info = nmsg.describe(name)
    message = class_of(name)()  # type: ignore[call-arg]
    assert (info.vendor, info.name) == (message.vname, message.mname)
    assert (info.vid, info.msgtype) == (message.vid, message.msgtype)
    assert [field.name for field in info.fields] == list(message.field_types)
    assert [field.type for field in info.fields] == list(message.field_types.values())
    for field in info.fields:
        assert field.type_name == TYPE_NAMES[field.type]
        assert field.kind in TYPE_NAMES or field.symbols is None or field.kind == "symbol"
        assert (field.number == 0) == field.computed
        assert not (field.required and field.computed)
        assert (field.symbols is not None) == (field.kind in ("enum", "symbol"))
        assert not field.hidden or field.name not in message.keys()  # noqa: SIM118
        assert not field.required or field.repeated or message.payload


@pytest.mark.parametrize("name", nmsg.types())
def test_what_is_described_is_true(name: str) -> None:
    for field in nmsg.describe(name).fields:
        message = class_of(name)()  # type: ignore[call-arg]
        if field.computed:
            with pytest.raises(TypeError, match="computed"):
                message[field.name] = 1
            continue
        value: Any = {"ip": "192.0.2.1", "bytes": b"x", "string": "x", "mlstring": "x"}.get(
            field.type_name, 1
        )
        message[field.name] = [value, value] if field.repeated else value
        assert field.name in message
        assert (type(message[field.name]) is list) == field.repeated
        assert (field.name in message.keys()) != field.hidden  # noqa: SIM118
        if field.kind == "enum":
            for symbol in field.symbols or {}:
                message[field.name] = symbol


def test_a_field() -> None:
    fields = {field.name: field for field in nmsg.describe("base:http").fields}
    assert fields["type"].symbols == {"unknown": 0, "sinkhole": 1}
    assert fields["srcip"].symbols is None
    assert (fields["request"].kind, fields["request"].type) == ("mlstring", 3)
    assert repr(fields["type"]) == "<nmsg.field_info http.type: enum, required>"
    rdata = nmsg.describe("base:dns").fields[-1]
    assert (rdata.kind, rdata.type_name, rdata.repeated) == ("dns_rdata", "bytes", True)


def test_ways_to_name_a_type() -> None:
    info = nmsg.describe("base:http")

    class Own(nmsg.msgtype.base.http):
        pass

    for what in ("BASE:HTTP", "isc:http", nmsg.msgtype.base.http, Own, Own(), nmsg.message(1, 4)):
        assert nmsg.describe(what) == info
        assert hash(nmsg.describe(what)) == hash(info)
    assert info != nmsg.describe("base:email")
    assert info != "base:http"
    assert info.fields == nmsg.describe("base:http").fields
    assert len(set(info.fields) | set(nmsg.describe(Own).fields)) == 18


@pytest.mark.parametrize(
    ("what", "there_are"),
    [
        ("base:nothing", "base:ncap, base:email, .*base:dnsobs$"),
        ("sie:", "SIE:dnsdedupe, .*SIE:dnsnx$"),
        ("nobody:http", "base:ncap, .*SIE:dnsnx$"),
        ("http", "base:ncap, .*SIE:dnsnx$"),
        ("", "base:ncap, .*SIE:dnsnx$"),
        (":", "base:ncap, .*SIE:dnsnx$"),
        ("gtisc:x", "base:ncap, .*SIE:dnsnx$"),
        (nmsg.message, "base:ncap, .*SIE:dnsnx$"),
        (int, "base:ncap, .*SIE:dnsnx$"),
    ],
)
def test_unknown_types_are_told_with_those_that_there_are(what: Any, there_are: str) -> None:
    with pytest.raises(nmsg.Error, match="no message type .*; there are " + there_are):
        nmsg.describe(what)


def test_describe_takes_nothing_else() -> None:
    for what in (None, 5, b"base:http", ("base", "http")):
        with pytest.raises(TypeError, match=r"describe\(\) takes 'vendor:type'"):
            nmsg.describe(what)  # type: ignore[arg-type]
    with pytest.raises(UnicodeEncodeError):
        nmsg.describe("\ud800")


def test_descriptions_are_constant() -> None:
    info: Any = nmsg.describe("base:http")
    for thing, name in ((info, "name"), (info.fields[0], "name"), (info, "new")):
        with pytest.raises(AttributeError):
            setattr(thing, name, "x")
    for cls in (nmsg.type_info, nmsg.field_info):
        with pytest.raises(TypeError):
            cls()
    info.fields[0].symbols.clear()
    assert info.fields[0].symbols
    assert pickle.loads(pickle.dumps(info)) == copy.deepcopy(info) == info


def test_text_and_html_of_a_type() -> None:
    info = nmsg.describe("base:email")
    lines = repr(info).splitlines()
    assert lines[0] == "base:email, message type 1:2"
    assert [line.split()[0] for line in lines[1:]] == [field.name for field in info.fields]
    assert "  rcpt     string, repeated" in lines
    assert all(line == line.rstrip() for line in lines)
    for name in nmsg.types():
        text = nmsg.describe(name)._repr_html_()
        assert text.count("<tr>") == text.count("</tr>") == len(nmsg.describe(name).fields) + 1


# -- what classes say --


@pytest.mark.parametrize("name", nmsg.types())
def test_classes_document_their_fields(name: str) -> None:
    doc = class_of(name).__doc__ or ""
    assert doc.startswith(f"Message of type {name} (")
    lines = doc.partition("Fields:\n")[2].splitlines()
    fields = nmsg.describe(name).fields
    assert [line.split(":")[0].strip() for line in lines] == [field.name for field in fields]
    for line, field in zip(lines, fields, strict=True):
        assert f": {field.type_name}" in line
        assert ("(computed)" in line) == field.computed


def test_field_names_are_no_words_that_repr_does_not_know() -> None:
    """Those that are words of Python are given another way; there is one."""
    words = {
        field.name
        for name in nmsg.types()
        for field in nmsg.describe(name).fields
        if keyword.iskeyword(field.name)
    }
    assert words == {"from"}
