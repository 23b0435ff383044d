# SPDX-License-Identifier: Apache-2.0
"""Messages: the live mapping `fields`, and what there is to know of the fields of a type."""

import copy
import pickle
from collections.abc import ItemsView, KeysView, MutableMapping, ValuesView
from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import decode, rewritten

BASE = nmsg.msgtype.base


def test_what_is_set_through_fields_is_written(path: Path) -> None:
    message = BASE.email(rcpt=["a"])
    fields = message.fields
    fields["helo"] = "x"
    fields["rcpt"].append("b")
    fields["srcip"] = "192.0.2.1"
    del fields["srcip"]
    assert (message["helo"], "srcip" in message) == ("x", False)
    again = rewritten(message, path)
    assert again.fields == {"helo": "x", "rcpt": ["a", "b"]}
    again.fields["rcpt"].append("c")
    assert rewritten(again, path)["rcpt"] == ["a", "b", "c"]


def test_fields_are_live() -> None:
    message = BASE.ipconn(srcport=1)
    fields = message.fields
    keys, values, items = fields.keys(), fields.values(), fields.items()
    message["dstport"] = 2
    del message["srcport"]
    assert (fields, dict(fields), len(fields)) == ({"dstport": 2}, {"dstport": 2}, 1)
    assert (list(keys), list(values), list(items)) == (["dstport"], [2], [("dstport", 2)])
    assert keys & {"dstport", "x"} == {"dstport"}
    assert [type(view) for view in (keys, values, items)] == [KeysView, ValuesView, ItemsView]
    del message  # The view keeps it.
    assert fields["dstport"] == 2


def test_fields_are_a_mapping() -> None:
    fields = BASE.ipconn(srcport=1, srcip="192.0.2.1").fields
    assert isinstance(fields, MutableMapping)
    assert isinstance(fields, nmsg.message_fields)
    assert list(fields) == ["srcip", "srcport"]
    assert "srcip" in fields
    assert "dstip" not in fields
    assert 5 not in fields
    assert (fields.get("srcport"), fields.get("x"), fields.get("x", 5)) == (1, None, 5)
    assert repr(fields) == str(fields) == "{'srcip': '192.0.2.1', 'srcport': 1}"
    match fields:
        case {"srcport": port}:
            assert port == 1
        case _:
            pytest.fail("no mapping to match")
    assert not BASE.ipconn().fields


def test_changing_methods() -> None:
    message = BASE.ipconn(srcport=1)
    fields = message.fields
    fields.update({"proto": 6}, dstport=80)
    assert fields.pop("proto") == 6
    assert fields.pop("proto", None) is None
    assert fields.setdefault("proto", 17) == 17
    assert fields.popitem() == ("dstport", 80)
    assert dict(message) == {"proto": 17, "srcport": 1}
    fields.clear()
    assert dict(message) == {}
    for call in (fields.popitem, lambda: fields.pop("proto"), lambda: fields.__delitem__("proto")):
        with pytest.raises(KeyError):
            call()


def test_methods_of_the_abstract_class_are_all_there() -> None:
    ours = set(dir(nmsg.message_fields))
    assert {name for name in dir(MutableMapping) if not name.startswith("_")} <= ours
    assert {"__contains__", "__eq__", "__getitem__", "__iter__", "__len__", "__ne__"} <= ours
    assert {"__setitem__", "__delitem__"} <= ours


def test_computed_fields_stay() -> None:
    packet = bytes.fromhex("4500001c00000000401100000a0000010a000002") + b"\0\x35\0\x36\0\x08\0\0"
    message = BASE.ncap(type="IPV4", payload=packet)
    assert message.fields["proto"] == 17
    with pytest.raises(TypeError, match=r"ncap\.proto is computed"):
        message.fields["proto"] = 6
    message.fields.clear()
    assert message.fields == {}


def test_equality() -> None:
    message = BASE.ipconn(srcport=1)
    fields: Any = message.fields
    assert fields == {"srcport": 1}
    assert {"srcport": 1} == fields  # noqa: SIM300
    assert fields == message.fields
    assert fields == BASE.http(srcport=1, type=None).fields
    assert fields != {"srcport": 2}
    assert not fields != {"srcport": 1}  # noqa: SIM202
    assert fields != [("srcport", 1)]
    assert fields != message
    with pytest.raises(TypeError):
        _ = fields < {}
    with pytest.raises(TypeError, match="unhashable"):
        hash(fields)


def test_rules_and_errors_are_those_of_the_message() -> None:
    fields: Any = BASE.ipconn().fields
    with pytest.raises(KeyError) as caught:
        fields["nonsense"] = 1
    assert caught.value.args == ("nonsense",)
    with pytest.raises(OverflowError, match=r"ipconn\.srcport"):
        fields["srcport"] = 65536
    with pytest.raises(KeyError):
        fields["srcport"]
    assert fields == {}


def test_fields_cannot_be_made_or_replaced() -> None:
    message: Any = BASE.ipconn()
    with pytest.raises(TypeError):
        nmsg.message_fields()  # type: ignore[misc]
    with pytest.raises(AttributeError):
        message.fields = {}
    with pytest.raises(TypeError):
        type(message.fields).get = None
    with pytest.raises(TypeError):

        class Own(nmsg.message_fields):  # type: ignore[misc]
            pass


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))]
)
def test_copies_are_dicts(duplicate: Any) -> None:
    fields = BASE.email(rcpt=["a"], helo="x").fields
    assert type(duplicate(fields)) is dict
    assert duplicate(fields) == fields == fields.copy() == {"helo": "x", "rcpt": ["a"]}


def test_fields_of_an_unknown_type() -> None:
    payload = wire.Payload(vid=99, msgtype=99, data=b"x")
    (message,) = nmsg.nullinput().read(wire.container(payload))
    assert (message.fields, message.field_types, message.field_names) == ({}, {}, set())
    assert (list(message.fields), len(message.fields)) == ([], 0)


# -- types and names --


def test_field_types() -> None:
    assert BASE.email().field_types == {
        "type": 0,
        "headers": 3,
        "srcip": 4,
        "srchost": 2,
        "helo": 2,
        "from": 2,
        "rcpt": 2,
        "bodyurl": 2,
        "body": 3,
    }
    types = nmsg.msgtype.sie.newdomain().field_types
    assert (types["domain"], types["rrtype"], types["new_domain"]) == (1, 5, 12)
    assert BASE.dnsqr().field_types["delay"] == 11
    assert set(decode(b"", 5).field_types.values()) == {4, 5}


@pytest.mark.parametrize("name", nmsg.types())
def test_names_and_types_of_all(name: str) -> None:
    vendor, mname = name.lower().split(":")
    message = getattr(getattr(nmsg.msgtype, vendor), mname)()
    assert isinstance(message.field_names, set)
    assert isinstance(message.field_types, dict)
    assert message.field_names == set(message.field_types)
    assert all(type(number) is int and 0 <= number <= 12 for number in message.field_types.values())
    assert set(message.keys()) <= message.field_names


def test_what_is_given_out_is_a_copy() -> None:
    message = BASE.ipconn()
    message.field_types.clear()
    message.field_names.clear()
    assert len(message.field_types) == len(message.field_names) == 5


def test_the_ways_of_old_programs() -> None:
    message = BASE.email(rcpt=["a", "b"], helo="h", type="spamtrap")
    lines: list[str] = []
    for key in message.fields:
        value = message.fields[key]
        if type(value) is list:
            lines += [f"{key}: {one!r}" for one in value]
        elif message.field_types[key] == 0:
            lines.append(f"{key}: {value}")
    assert sorted(lines) == ["rcpt: 'a'", "rcpt: 'b'", "type: spamtrap"]
