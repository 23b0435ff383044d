# SPDX-License-Identifier: Apache-2.0
"""The tables of message types, the files in docs/proto and Google's protobuf say the same.

Values and octets of chance, always the same ones: what protobuf writes the module reads, what the
module writes protobuf reads, and both refuse the same octets but for the departures listed below.
"""

import functools
import ipaddress
import itertools
import math
import random
import re
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message
from grpc_tools import protoc
from nmsg_support import IS_SANITIZED

Values = dict[str, Any]  # Of the fields of a message, as protobuf has them.

PROTO = Path(__file__).resolve().parents[2] / "docs" / "proto"
README = (PROTO / "README.md").read_text(encoding="utf-8")

MESSAGES = 30 if IS_SANITIZED else 150  # Of each type in a test.
MUTANTS = 200 if IS_SANITIZED else 2000


@dataclass(frozen=True)
class Type:
    """A row of the table in docs/proto/README.md."""

    vid: int
    vendor: str
    msgtype: int
    name: str
    message: str
    file: str

    def __str__(self) -> str:
        return f"{self.vendor}:{self.name}"

    @property
    def numbers(self) -> tuple[int, int]:
        return self.vid, self.msgtype

    @property
    def shown(self) -> type[Any]:
        """The class of the module."""
        return REGISTERED[self.numbers]

    @property
    def generated(self) -> type[Any]:
        """The class of protobuf."""
        return generated(self.message)


def type_of(name: str) -> Type:
    return next(t for t in TYPES if str(t) == name)


ROW = re.compile(
    r"^\| (\d+) \| (\w+) \| (\d+) \| (\w+) \| `([\w.]+)` \| \[([\w/.]+)\]\(\6\) \|$", re.MULTILINE
)
TYPES = [
    Type(int(vid), vendor, int(msgtype), *names)
    for vid, vendor, msgtype, *names in ROW.findall(README)
]
REGISTERED = {
    (cls._vid, cls._msgtype): cls
    for vendor in vars(nmsg.msgtype).values()
    for cls in getattr(vendor, "__dict__", {}).values()
    if hasattr(cls, "_msgtype")
}
# A type of which one side knows nothing fails in test_both_know_the_same_types.
each_type = pytest.mark.parametrize("t", [t for t in TYPES if t.numbers in REGISTERED], ids=str)

# Fields of the wire whose values are computed from others if these are there, so what is read is
# not what was written: addresses in the captured packet, the checksum of the answer.
ALSO_COMPUTED = {"base:ncap": {"srcip", "dstip"}, "base:dnsqr": {"udp_checksum"}}
# Fields that are kept and not shown: what is left of the oldest captures, and the message inside a
# dnstap message, which is shown as the computed fields.
NOT_SHOWN = {"base:ncap": {"ltype", "lint0", "lint1"}, "base:dnstap": {"message"}}


# -- the files in docs/proto --


def files() -> list[str]:
    return sorted(path.relative_to(PROTO).as_posix() for path in PROTO.rglob("*.proto"))


def compile_files(*options: str) -> None:
    assert protoc.main(["protoc", f"-I{PROTO}", *options, *files()]) == 0


@functools.cache
def pool() -> descriptor_pool.DescriptorPool:
    with tempfile.NamedTemporaryFile() as out:
        compile_files(f"--descriptor_set_out={out.name}", "--include_imports")
        octets = Path(out.name).read_bytes()
    made = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(octets).file:
        made.Add(file)
    return made


@functools.cache
def generated(message: str) -> type[Any]:
    return message_factory.GetMessageClass(pool().FindMessageTypeByName(message))


def test_readme_lists_the_files() -> None:
    assert sorted(t.file for t in TYPES) == [name for name in files() if name != "nmsg.proto"]
    for t in TYPES:
        assert t.generated.DESCRIPTOR.file.name == t.file


def test_everything_has_a_comment() -> None:
    declaration = re.compile(r" *(message|enum|required|optional|repeated) ")
    for name in files():
        lines = (PROTO / name).read_text(encoding="utf-8").splitlines()
        for before, line in itertools.pairwise(lines):
            assert not declaration.match(line) or before.lstrip().startswith("//"), (name, line)


def test_example_of_the_readme(tmp_path: Path) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    (output,) = re.findall(r"^```text\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    compile_files(f"--python_out={tmp_path}")
    with nmsg.output.open_file(tmp_path / "example.nmsg") as writer:
        for compress, address, port in ((False, "192.0.2.1", 25), (True, "2001:db8::1", 443)):
            writer.set_zlibout(compress)
            message = nmsg.msgtype.base.ipconn(srcip=address, dstport=port)
            message.time_sec = 1_000_000_000 + compress
            writer.write(message)
            writer.write(nmsg.msgtype.base.logline(category="another type"))
            writer.flush()
    code = code.replace("/tmp/generated", str(tmp_path))
    assert subprocess.check_output([sys.executable, "-c", code], cwd=tmp_path, text=True) == output


# -- what the module shows --


def shown_fields(t: Type) -> dict[str, str]:
    """Name -> what the module says of it: "", "(repeated)" or "(computed)"."""
    return {
        field.name: "(repeated)" * field.repeated + "(computed)" * field.computed
        for field in nmsg.describe(t.shown).fields
    }


def is_shown(t: Type, name: str) -> bool:
    return name not in NOT_SHOWN.get(str(t), ())


def computed(t: Type) -> set[str]:
    names = {name for name, note in shown_fields(t).items() if note == "(computed)"}
    return names | ALSO_COMPUTED.get(str(t), set())


@dataclass(frozen=True)
class Field:
    """What the file says of a field, and the module."""

    descriptor: FieldDescriptor
    is_shown: bool
    kind: str  # enum, int, double, bool; of octets: bytes, text, ip
    low: int  # Of an int, what may be assigned.
    high: int

    @property
    def name(self) -> str:
        return str(self.descriptor.name)


# The protobuf types that occur: kind, smallest and largest value.
U32, U64 = (1 << 32) - 1, (1 << 64) - 1
I32, I64 = (1 << 31) - 1, (1 << 63) - 1
SCALARS: dict[int, tuple[str, int, int]] = {
    FieldDescriptor.TYPE_UINT32: ("int", 0, U32),
    FieldDescriptor.TYPE_FIXED32: ("int", 0, U32),
    FieldDescriptor.TYPE_UINT64: ("int", 0, U64),
    FieldDescriptor.TYPE_INT32: ("int", -I32 - 1, I32),
    FieldDescriptor.TYPE_SFIXED32: ("int", -I32 - 1, I32),
    FieldDescriptor.TYPE_INT64: ("int", -I64 - 1, I64),
    FieldDescriptor.TYPE_ENUM: ("enum", -I32 - 1, U32),
    FieldDescriptor.TYPE_BOOL: ("bool", 0, 1),
    FieldDescriptor.TYPE_DOUBLE: ("double", 0, 0),
    FieldDescriptor.TYPE_BYTES: ("bytes", 0, 0),
    FieldDescriptor.TYPE_MESSAGE: ("message", 0, 0),
}
OTHER_WIRE_TYPES = {
    FieldDescriptor.TYPE_FIXED32: wire.FIXED32,
    FieldDescriptor.TYPE_SFIXED32: wire.FIXED32,
    FieldDescriptor.TYPE_DOUBLE: wire.FIXED64,
    FieldDescriptor.TYPE_BYTES: wire.BYTES,
    FieldDescriptor.TYPE_MESSAGE: wire.BYTES,
}


def wire_type_of(descriptor: FieldDescriptor) -> int:
    return OTHER_WIRE_TYPES.get(descriptor.type, wire.VARINT)


def is_accepted(t: Type, name: str, value: Any) -> bool:
    try:
        t.shown(**{name: value})
    except OverflowError:
        return False
    return True


def kind_of_octets(t: Type, descriptor: FieldDescriptor) -> str:
    """Octets are bytes, text or an address, which only the module knows."""
    name = descriptor.name
    if name in ALSO_COMPUTED.get(str(t), ()):
        return "ip"
    zeros = {FieldDescriptor.TYPE_BYTES: b"", FieldDescriptor.TYPE_DOUBLE: 0.0}
    values = {f.name: zeros.get(f.type, 0) for f in t.generated.DESCRIPTOR.fields if f.is_required}
    values[name] = [b"\x01\x02\x03\x04"] if descriptor.is_repeated else b"\x01\x02\x03\x04"
    (message,) = read(t, [serialize(t.generated, values)], strings="str")
    value = message[name][0] if descriptor.is_repeated else message[name]
    if isinstance(value, str):
        return "ip" if value == "1.2.3.4" else "text"
    return "bytes"


@functools.cache
def fields_of(t: Type) -> tuple[Field, ...]:
    """All fields of the file, in the order of their numbers."""
    out = []
    for descriptor in sorted(t.generated.DESCRIPTOR.fields, key=lambda f: f.number):
        kind, low, high = SCALARS[descriptor.type]
        if is_shown(t, descriptor.name):
            if kind == "bytes":
                kind = kind_of_octets(t, descriptor)
            elif kind == "int" and not is_accepted(t, descriptor.name, high):
                assert high in (U32, I32)
                low, high = (0, 0xFFFF) if low == 0 else (-0x8000, 0x7FFF)
        out.append(Field(descriptor, is_shown(t, descriptor.name), kind, low, high))
    return tuple(out)


def test_both_know_the_same_types() -> None:
    assert sorted(nmsg.types()) == sorted(map(str, TYPES))
    assert REGISTERED.keys() == {t.numbers for t in TYPES}
    for t in TYPES:
        assert getattr(getattr(nmsg.msgtype, t.vendor.lower()), t.name) is t.shown


@each_type
def test_both_know_the_same_fields(t: Type) -> None:
    fields = [f for f in t.generated.DESCRIPTOR.fields if is_shown(t, f.name)]
    in_file = {f.name: "(repeated)" if f.is_repeated else "" for f in fields}
    stored = {name: note for name, note in shown_fields(t).items() if note != "(computed)"}
    in_module = {name: note for name, note in stored.items() if is_shown(t, name)}
    assert in_module == in_file


@each_type
def test_ranges_symbols_and_required_fields(t: Type) -> None:
    for field in fields_of(t):
        number, name = field.descriptor.number, field.name
        if name in shown_fields(t) and field.kind in ("int", "enum"):
            tag = wire.tag(number, wire_type_of(field.descriptor))
            assert tag in t.shown(**{name: field.high}).payload
            assert is_accepted(t, name, field.low) and is_accepted(t, name, field.high)
            assert not is_accepted(t, name, field.low - 1)
            assert not is_accepted(t, name, field.high + 1)
        if name in shown_fields(t) and field.kind == "enum":
            for symbol, value in field.descriptor.enum_type.values_by_name.items():
                assert wire.uint(number, value.number) in t.shown(**{name: symbol}).payload
    required = [f.descriptor.number for f in fields_of(t) if f.descriptor.is_required]
    assert [number for number, _ in wire.fields(t.shown().payload)] == required


# -- values of chance --

DOUBLES = [0.0, -0.0, 1.5, -1e-300, 5e-324, sys.float_info.max, math.inf, -math.inf, math.nan]
OCTETS = [
    *(b"", b"\0", b"a\0", b"a\0\0", b"a\0b", b"text", b"\xff\xfe", "\u00e4\u20ac".encode()),
    *(b"\1a\2bc\0", b"\xc0\0\2\1", b"\0" * 16, b"\xff" * 16, b"x" * 127, b"y" * 128, b"z" * 20000),
]


def rng_for(t: Type, purpose: str) -> random.Random:
    return random.Random(f"4711 {t} {purpose}")


def any_integer(rng: random.Random, low: int, high: int) -> int:
    edges = [1 << bits for bits in (0, 7, 8, 14, 16, 21, 28, 31, 32, 35, 42, 49, 56, 63)]
    near = [sign * edge + off for edge in edges for sign in (1, -1) for off in (-1, 0, 1)]
    if rng.random() < 0.7:
        return rng.choice([low, high, *(value for value in near if low <= value <= high)])
    return rng.randint(low, high)


def any_octets(rng: random.Random, kind: str) -> bytes:
    if rng.random() < 0.4:
        return rng.choice(OCTETS)
    return rng.randbytes(rng.choice((4, 16)) if kind == "ip" else rng.randrange(40))


def inner_fields(record: Descriptor) -> list[Field]:
    """Of a record inside another, which the module shows like its own, but enums as numbers."""
    kinds = [(f, "ip" if f.name.endswith("_address") else "plain") for f in record.fields]
    return [Field(f, False, kind, 0, 0) for f, kind in kinds]


def any_value(rng: random.Random, field: Field, only_known: bool = False) -> Any:
    """What may be on the wire. only_known: no enums without symbol."""
    kind, low, high = SCALARS[field.descriptor.type]
    if kind == "message":
        return any_values(rng, inner_fields(field.descriptor.message_type), only_known=True)
    if kind == "enum":
        if only_known or rng.random() < 0.7:
            return rng.choice(list(field.descriptor.enum_type.values_by_number))
        return any_integer(rng, low, I32)
    if kind == "int":
        return any_integer(rng, low, high)
    if kind == "bool":
        return rng.random() < 0.5
    if kind == "double":
        return rng.choice([*DOUBLES, rng.uniform(-1e9, 1e9)])
    return any_octets(rng, field.kind)


def any_values(rng: random.Random, fields: Iterable[Field], only_known: bool = False) -> Values:
    out: Values = {}
    for field in fields:
        if field.descriptor.is_repeated:
            values = [any_value(rng, field, only_known) for _ in range(rng.choice((0, 1, 2, 5)))]
            out |= {field.name: values} if values else {}
        elif field.descriptor.is_required or rng.random() < 0.6:
            out[field.name] = any_value(rng, field, only_known)
    return out


def generate(cls: type[Any], values: Values) -> tuple[Message, bytes]:
    """The message that protobuf makes, and the fields that it has no place for: numbers of an enum
    that have no symbol."""
    message = cls()
    more = b""
    for name, value in values.items():
        descriptor = cls.DESCRIPTOR.fields_by_name[name]
        if descriptor.is_repeated:
            getattr(message, name).extend(value)
        elif descriptor.type == FieldDescriptor.TYPE_MESSAGE:
            inner, _ = generate(generated(descriptor.message_type.full_name), value)
            getattr(message, name).CopyFrom(inner)
        elif descriptor.enum_type and value not in descriptor.enum_type.values_by_number:
            more += wire.uint(descriptor.number, value)
        else:
            setattr(message, name, value)
    return message, more


def octets_of(message: Message) -> bytes:
    """Required fields may be missing."""
    return bytes(message.SerializePartialToString(deterministic=True))


def serialize(cls: type[Any], values: Values) -> bytes:
    message, more = generate(cls, values)
    return octets_of(message) + more


def in_order(cls: type[Any], values: Values) -> bytes:
    """As serialize(), with all fields in the order of their numbers."""
    numbers = {name: cls.DESCRIPTOR.fields_by_name[name].number for name in values}
    names = sorted(values, key=lambda name: numbers[name])
    return b"".join(serialize(cls, {name: values[name]}) for name in names)


# -- containers --


def container(t: Type, payloads: Iterable[bytes]) -> bytes:
    """Made by protobuf. Every message has its index in time_nsec."""
    body = generated("nmsg.Nmsg")()
    for i, payload in enumerate(payloads):
        body.payloads.add(vid=t.vid, msgtype=t.msgtype, time_sec=1, time_nsec=i, payload=payload)
    return wire.frame(body.SerializeToString())


def read(t: Type, payloads: Iterable[bytes], strings: str = "bytes") -> list[Any]:
    return nmsg.nullinput(strings=strings).read(container(t, payloads))


def accepted(t: Type, payloads: Sequence[bytes]) -> list[bool]:
    """Which of the messages the module delivers."""
    good = {message.time_nsec for message in read(t, payloads)}
    return [index in good for index in range(len(payloads))]


def accepted_by_protobuf(cls: type[Any], payload: bytes) -> bool:
    try:
        return bool(cls.FromString(payload).IsInitialized())
    except DecodeError:
        return False


def payload_records(path: Path) -> Iterator[Any]:
    """The payloads of a file, as protobuf reads them; their CRCs are checked."""
    containers, rest = wire.split(path.read_bytes())
    assert rest == b""
    for one in containers:
        assert one.flags == 0
        body = generated("nmsg.Nmsg").FromString(one.content)
        assert list(body.payload_crcs) == [wire.stored_crc(p.payload) for p in body.payloads]
        assert body.SerializeToString() == one.content
        yield from body.payloads


# -- what protobuf writes, the module reads --


def as_shown(field: Field, value: Any, strings: str) -> Any:
    """What the module should make of a value of the wire; None: nothing."""
    if isinstance(value, list):
        return [as_shown(field, one, strings) for one in value]
    if field.kind == "enum":
        symbol = field.descriptor.enum_type.values_by_number.get(value)
        return symbol.name if symbol else value & U32
    if field.kind == "text":
        text = value.removesuffix(b"\0")
        return text if strings == "bytes" else text.decode("utf-8", "surrogateescape")
    if field.kind == "ip":
        return ipaddress.ip_address(value) if value and len(value) in (4, 16) else None
    return exact(field, value)


def exact(field: Field, value: Any) -> Any:
    """For comparisons: NaN is like NaN, and there are several texts of an IPv6 address."""
    if isinstance(value, list):
        return [exact(field, one) for one in value]
    if field.kind == "double":
        return struct.pack("<d", value)
    if field.kind == "bool":
        assert type(value) is bool
    return ipaddress.ip_address(value) if value and field.kind == "ip" else value


def check_shown(t: Type, message: Any, values: Values, strings: str) -> None:
    fields = {f.name: f for f in fields_of(t) if f.is_shown and f.name not in computed(t)}
    wanted = {n: as_shown(fields[n], value, strings) for n, value in values.items() if n in fields}
    found = {n: exact(fields[n], value) for n, value in message.items() if n in fields}
    assert found == {name: value for name, value in wanted.items() if value is not None}
    assert set(message.keys()) <= set(fields) | computed(t)


@each_type
@pytest.mark.parametrize("strings", ["bytes", "str"])
def test_what_protobuf_writes_is_read(t: Type, strings: str, path: Path) -> None:
    rng = rng_for(t, "read")
    values = [any_values(rng, fields_of(t)) for _ in range(MESSAGES)]
    payloads = [serialize(t.generated, one) for one in values]
    path.write_bytes(container(t, payloads))
    with nmsg.input.open_file(path, strings=strings, errors="raise") as reader:
        messages = list(reader)
    assert len(messages) == len(values)
    for message, one, payload in zip(messages, values, payloads, strict=True):
        assert type(message) is t.shown
        check_shown(t, message, one, strings)
        assert message.payload == payload


@each_type
def test_order_of_fields_and_packing_do_not_matter(t: Type) -> None:
    rng = rng_for(t, "order")
    values = [any_values(rng, fields_of(t)) for _ in range(MESSAGES)]
    payloads = [shuffled(rng, t, serialize(t.generated, one)) for one in values]
    for message, one, payload in zip(read(t, payloads), values, payloads, strict=True):
        check_shown(t, message, one, "bytes")
        assert message.payload == payload
        again, _ = generate(t.generated, one)
        parsed = t.generated.FromString(payload)
        parsed.DiscardUnknownFields()
        assert octets_of(parsed) == octets_of(again)


def test_message_inside_a_dnstap_message() -> None:
    t, inner = type_of("base:dnstap"), generated("dnstap.Message")
    rng = rng_for(t, "inner")
    fields = inner_fields(inner.DESCRIPTOR)
    for absent in fields * (MESSAGES // 10):
        values = any_values(rng, fields, only_known=True)
        values.pop(absent.name, None)
        octets = serialize(inner, values) + wire.uint(rng.choice((8, 12)), any_integer(rng, 0, U64))
        messages = read(t, [wire.uint(15, 1) + wire.octets(14, octets)])
        assert bool(messages) is not absent.descriptor.is_required
        stored = inner.FromString(octets)
        for field, message in itertools.product(fields, messages):
            # INET and UDP are there even if they are not.
            is_there = stored.HasField(field.name) or field.descriptor.enum_type
            wanted = getattr(stored, field.name) if is_there else None
            found = message.get("message_type" if field.name == "type" else field.name)
            assert exact(field, found) == as_shown(field, wanted, "bytes")


def shuffled(rng: random.Random, t: Type, payload: bytes) -> bytes:
    """The same fields in another order, those that can be packed packed now and then."""
    pieces: dict[int, bytes] = {}
    for number, wire_type, _, start, end in walk(payload, set()):
        field = t.generated.DESCRIPTOR.fields_by_number[number]
        piece = payload[start:end]
        if field.is_repeated and wire_type != wire.BYTES and rng.random() < 0.7:
            tag_len = len(wire.tag(number, wire_type))
            piece = wire.octets(number, piece[tag_len:])
        pieces[number] = pieces.get(number, b"") + piece
    return b"".join(rng.sample(list(pieces.values()), len(pieces)))


# -- what the module writes, protobuf reads --


def any_assigned(rng: random.Random, field: Field) -> tuple[Any, Any]:
    """What may be assigned, and what should be on the wire then."""
    if field.kind == "int":
        value = any_integer(rng, field.low, field.high)
        return value, value
    if field.kind == "ip":
        octets = rng.choice([rng.randbytes(4), rng.randbytes(16), b"\0" * 16, b"\0" * 4])
        return str(ipaddress.ip_address(octets)), octets
    value = any_value(rng, field)
    if field.kind == "enum":
        symbol = field.descriptor.enum_type.values_by_number.get(value)
        if symbol and rng.random() < 0.8:
            return symbol.name, value
        return rng.choice((value, value & U32)), value
    if field.kind == "text" and rng.random() < 0.5:
        return value.decode("utf-8", "surrogateescape"), value
    return value, value


@each_type
def test_what_is_written_protobuf_reads(t: Type, path: Path) -> None:
    rng = rng_for(t, "write")
    stored: list[Values] = []
    with nmsg.output.open_file(path) as writer:
        for index in range(MESSAGES):
            assigned: dict[str, Any] = {}
            values: Values = {}
            for name, field in ((f.name, f) for f in fields_of(t) if f.is_shown):
                if field.descriptor.is_repeated:
                    pairs = [any_assigned(rng, field) for _ in range(rng.randrange(1, 5))]
                    assigned[name], values[name] = map(list, zip(*pairs, strict=True))
                elif field.descriptor.is_required or rng.random() < 0.6:
                    assigned[name], values[name] = any_assigned(rng, field)
            message = t.shown(**{n: one for n, one in assigned.items() if rng.random() < 0.5})
            for name in rng.sample(list(assigned), len(assigned)):
                message[name] = assigned[name]
            message.time_sec, message.time_nsec = 1, index
            assert message.payload == in_order(t.generated, values)
            writer.write(message)
            stored.append(values)
    records = list(payload_records(path))
    assert len(records) == len(stored)
    for index, (record, values) in enumerate(zip(records, stored, strict=True)):
        assert (record.vid, record.msgtype, record.time_nsec) == (*t.numbers, index)
        wanted, unknown = generate(t.generated, values)
        if not unknown:
            assert record.payload == octets_of(wanted)
        parsed = t.generated.FromString(record.payload)
        parsed.DiscardUnknownFields()
        assert octets_of(parsed) == octets_of(wanted)


def any_unknown(rng: random.Random, t: Type) -> bytes:
    """Fields that the type does not have."""
    known = t.generated.DESCRIPTOR.fields_by_number
    out = b""
    for _ in range(rng.randrange(1, 5)):
        number = rng.choice([n for n in (16, 77, 200, 5000, 2**29 - 1) if n not in known])
        integer, octets = any_integer(rng, 0, U64), any_octets(rng, "bytes")
        fixed = wire.fixed32(number, integer & U32), wire.fixed64(number, integer)
        out += rng.choice([wire.uint(number, integer), wire.octets(number, octets), *fixed])
    return out


@each_type
def test_unknown_fields_survive_a_change(t: Type) -> None:
    rng = rng_for(t, "unknown")
    changeable = [f for f in fields_of(t) if f.is_shown and not f.descriptor.is_repeated]
    for _ in range(MESSAGES):
        values = any_values(rng, fields_of(t), only_known=True)
        unknown = any_unknown(rng, t)
        payload = unknown + serialize(t.generated, values)
        (message,) = read(t, [payload])
        assert message.payload == payload
        field = rng.choice(changeable)
        assigned, value = any_assigned(rng, field)
        if field.kind == "enum" and value not in field.descriptor.enum_type.values_by_number:
            continue
        message[field.name] = assigned
        wanted = t.generated.FromString(payload)
        setattr(wanted, field.name, value)
        # Fields that are not shown may count as unknown ones, and then follow the others.
        assert octets_of(t.generated.FromString(message.payload)) == octets_of(wanted)
        if str(t) not in NOT_SHOWN:
            assert message.payload == octets_of(wanted)
        assert unknown in message.payload


# -- both refuse the same --


class MalformedError(Exception):
    """The octets are no record."""


def walk(octets: bytes, departures: set[str]) -> Iterator[tuple[int, int, bytes, int, int]]:
    """Number, wire type, octets of the value, start and end of each field: section 2.4 of
    docs/format.md. Adds to `departures` why protobuf sees it otherwise."""

    def varint(offset: int, what: str) -> tuple[int, int]:
        for end in range(offset + 1, min(offset + 10, len(octets)) + 1):
            if octets[end - 1] < 0x80:
                if what and end - offset > 5:
                    departures.add(what)
                return wire.read_varint(octets, offset)[0] & U64, end
        raise MalformedError

    offset = 0
    while offset < len(octets):
        start = offset
        tag, offset = varint(start, "tag of more than five octets")
        number, wire_type = tag >> 3, tag & 7
        if tag > U32 or number == 0:
            raise MalformedError
        first = offset
        if wire_type == wire.VARINT:
            _, offset = varint(offset, "")
        elif wire_type == wire.BYTES:
            length, first = varint(offset, "length of more than five octets")
            offset = first + length
        elif wire_type in (wire.FIXED32, wire.FIXED64):
            offset += 4 if wire_type == wire.FIXED32 else 8
        else:
            departures |= {"group"} if wire_type in (3, 4) else set()
            raise MalformedError
        if offset > len(octets):
            raise MalformedError
        yield number, wire_type, octets[first:offset], start, offset


def check_packed(descriptor: FieldDescriptor, packed: bytes) -> None:
    size = {wire.FIXED32: 4, wire.FIXED64: 8}.get(wire_type_of(descriptor))
    long_or_open = re.search(rb"[\x80-\xff]{10}|[\x80-\xff]\Z", packed)
    if (len(packed) % size) if size else long_or_open:
        raise MalformedError


def look(record: Descriptor, octets: bytes) -> tuple[bool, set[str]]:
    """Whether docs/format.md takes the octets for a message, and why protobuf may not agree."""
    departures: set[str] = set()
    last: dict[int, bytes] = {}
    try:
        for number, wire_type, value, _, _ in walk(octets, departures):
            field = record.fields_by_number.get(number)
            if field is None:
                continue
            if wire_type != wire_type_of(field):
                if not (field.is_repeated and wire_type == wire.BYTES):
                    departures.add("wire type of a known field")
                    raise MalformedError
                check_packed(field, value)
            elif field.is_required and field.enum_type:
                symbols = {n & U32 for n in field.enum_type.values_by_number}
                if wire.read_varint(value, 0)[0] & U32 not in symbols:
                    departures.add("required enum without symbol")
            elif field.message_type and number in last:
                departures.add("several inner messages")
            last[number] = value
    except MalformedError:
        return False, departures
    is_good = all(f.number in last for f in record.fields if f.is_required)
    for field in record.fields:
        if field.message_type and field.number in last:
            inner_is_good, why = look(field.message_type, last[field.number])
            is_good &= inner_is_good
            departures |= why
    return is_good, departures


@each_type
def test_required_fields(t: Type) -> None:
    rng = rng_for(t, "required")
    for field in fields_of(t):
        values = any_values(rng, fields_of(t), only_known=True)
        values.pop(field.name, None)
        payload = serialize(t.generated, values)
        wanted = not field.descriptor.is_required
        assert accepted_by_protobuf(t.generated, payload) is wanted
        assert accepted(t, [payload]) == [wanted]


# What the module and protobuf do not agree on, and why.
#
# - Groups are deprecated since long before NMSG, no message has one, and the other implementation
#   of NMSG refuses them too.
# - A known field with another wire type is damage in all likelihood. The other implementation
#   refuses it; protobuf takes it for an unknown field.
# - Tags and lengths are varints, and varints may be ten octets long; protobuf stops after five.
# - Enums are closed in proto2, so protobuf takes a number without symbol for an unknown field, and
#   then a required one is missing. Senders may be newer than readers: the number is shown.
# - Of several messages inside a dnstap message the last one counts; protobuf joins them.
GROUP, WRONG, ENUM = "group", "wire type of a known field", "required enum without symbol"
TAG, LENGTH = "tag of more than five octets", "length of more than five octets"
# What it is, whether it is a departure, the octets of a base:http, and whether they are a message.
SAMPLES = [
    (GROUP, True, wire.uint(1, 1) + wire.tag(77, 3) + wire.tag(77, 4), False),
    (GROUP, True, wire.uint(1, 1) + wire.tag(2, 3) + wire.uint(1, 1) + wire.tag(2, 4), False),
    (WRONG, True, wire.uint(1, 1) + wire.fixed32(4, 1), False),
    (WRONG, True, wire.uint(1, 1) + wire.octets(4, b"\1"), False),
    (TAG, True, wire.uint(1, 1) + b"\xa0" + b"\x80" * 8 + b"\x00\x05", True),
    (LENGTH, True, wire.uint(1, 1) + b"\x12\x84" + b"\x80" * 8 + b"\x00abcd", True),
    (ENUM, True, wire.uint(1, 99), True),
    ("nothing", False, b"", False),
    ("varint of ten octets", False, b"\x08" + b"\x80" * 9 + b"\1", True),
    ("bits above the 64th", False, wire.uint(1, 1) + b"\x20" + b"\xff" * 9 + b"\x7f", True),
    ("varint of eleven octets", False, wire.uint(1, 1) + b"\x20" + b"\x80" * 10 + b"\1", False),
    ("tag of five octets", False, wire.uint(1, 1) + b"\xa0\x80\x80\x80\x00\x05", True),
    ("tag of 33 bits", False, wire.uint(1, 1) + b"\xa0\x80\x80\x80\x10\x05", False),
    ("field number 0", False, wire.uint(1, 1) + b"\x00\x05", False),
    ("largest field number", False, wire.uint(1, 1) + wire.uint(2**29 - 1, 5), True),
    ("wire type 6", False, wire.uint(1, 1) + wire.tag(77, 6), False),
    ("length beyond the end", False, wire.uint(1, 1) + b"\x12\x05abcd", False),
    ("half a tag", False, wire.uint(1, 1) + b"\xa0", False),
    ("no value", False, wire.uint(1, 1) + b"\x20", False),
    ("half a fixed32", False, wire.uint(1, 1) + wire.tag(77, 5) + b"abc", False),
]


@pytest.mark.parametrize(("what", "departs", "octets", "is_good"), SAMPLES)
def test_octets_that_matter(what: str, departs: bool, octets: bytes, is_good: bool) -> None:
    http = type_of("base:http")
    assert look(http.generated.DESCRIPTOR, octets) == (is_good, {what} if departs else set())
    assert accepted(http, [octets]) == [is_good]
    assert accepted_by_protobuf(http.generated, octets) is (is_good != departs)


def test_several_inner_messages() -> None:
    dnstap = type_of("base:dnstap")
    octets = wire.uint(15, 1) + wire.octets(14, b"") + wire.octets(14, wire.uint(1, 1))
    bad_last = wire.uint(15, 1) + wire.octets(14, wire.uint(1, 1)) + wire.octets(14, b"")
    damaged_first = wire.uint(15, 1) + wire.octets(14, b"\0") + wire.octets(14, wire.uint(1, 1))
    samples = [octets, bad_last, damaged_first]
    assert accepted(dnstap, samples) == [True, False, True]
    assert [accepted_by_protobuf(dnstap.generated, one) for one in samples] == [True, True, False]


# Octets that mean something at the wrong place: tags, long varints, wrong lengths.
SPLICES = [
    *(bytes([n << 3 | w]) for n in (0, 1, 2, 13, 14, 15) for w in range(8)),
    *(b"\x80" * 5 + b"\0", b"\x80" * 9 + b"\1", b"\xff" * 9 + b"\x7f", b"\x80" * 10 + b"\0"),
    *(b"\xff" * 5, b"\x7f", b"\0\0\0\0", b"\xff\xff\xff\xff\x0f"),
]


def mutated(rng: random.Random, payload: bytes, other: bytes) -> bytes:
    octets = bytearray(payload)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at = rng.randrange(len(octets) + 1)
        upto = at + rng.choice((0, 1, 1, 1, 2, 8, len(octets)))
        flipped = bytes([octet ^ 1 << rng.randrange(8) for octet in octets[at : at + 1]])
        octets[at:upto] = rng.choice([b"", flipped, rng.randbytes(1), rng.choice(SPLICES), other])
    return bytes(octets)


@each_type
def test_damaged_messages(t: Type) -> None:
    rng = rng_for(t, "damage")
    fields = fields_of(t)
    sound = [serialize(t.generated, any_values(rng, fields)) for _ in range(50)]
    short = [payload for payload in sound if len(payload) < 500]
    damaged = [mutated(rng, rng.choice(short), rng.choice(short)) for _ in range(MUTANTS)]
    agreed = {True: 0, False: 0}
    for payload, found in zip(damaged, accepted(t, damaged), strict=True):
        wanted, departures = look(t.generated.DESCRIPTOR, payload)
        assert found is wanted, payload.hex()
        if not departures:
            assert found is accepted_by_protobuf(t.generated, payload), payload.hex()
            agreed[found] += 1
    # Enough of both kinds was seen for this to mean something.
    assert min(agreed.values()) > MUTANTS // 20
