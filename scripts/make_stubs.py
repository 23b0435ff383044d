#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the type stubs of the message classes from the tables of message types.

usage: make_stubs.py [--check] [FOLDER]    FOLDER is the top of the tree, by default this one's

Reads src/message/schema/ and rewrites what lies between the marks in python/nmsg/_nmsg.pyi. With
--check nothing is written; the exit status is 1 when the file is not what would be written.

The reader of tables knows the form in which they are written here and nothing else of C. Whatever
it does not know is an error that names file and line, so that no row is left out in silence.
"""

import argparse
import keyword
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from c_text import without_comments, without_preprocessor

TABLES = Path("src/message/schema")
VENDORS = TABLES / "tables.h"
STUB = Path("python/nmsg/_nmsg.pyi")
BEGIN = "# -- begin of what scripts/make_stubs.py writes --\n"
END = "# -- end of what scripts/make_stubs.py writes --\n"
LINE_MAX = 100

# Kind of a field -> the name of its Python type in the stub: values are _Text, what may be assigned
# is _TextArg, and _TextsArg for a repeated field.
KINDS = {
    "NM_KIND_ENUM": "Enum",
    "NM_KIND_BYTES": "Bytes",
    "NM_KIND_STRING": "Text",
    "NM_KIND_MLSTRING": "Text",
    "NM_KIND_IP": "IP",
    "NM_KIND_UINT16": "Int",
    "NM_KIND_UINT32": "Int",
    "NM_KIND_UINT64": "Int",
    "NM_KIND_INT16": "Int",
    "NM_KIND_INT32": "Int",
    "NM_KIND_INT64": "Int",
    "NM_KIND_DOUBLE": "Float",
    "NM_KIND_BOOL": "Bool",
    "NM_KIND_DNS_NAME": "Bytes",
    "NM_KIND_DNS_TYPE": "Int",
    "NM_KIND_DNS_CLASS": "Int",
    "NM_KIND_DNS_CLASS_SIE": "Int",
    "NM_KIND_DNS_RCODE": "Int",
    "NM_KIND_DNS_RDATA": "Bytes",
    "NM_KIND_DNS_MESSAGE": "Bytes",
    "NM_KIND_DNS_MESSAGE_OBJECT": "Bytes",
    "NM_KIND_DNS_MESSAGE_TEXT": "Bytes",
    "NM_KIND_IP_PROTOCOL": "Int",
    "NM_KIND_HEX32": "Int",
    "NM_KIND_EPOCH": "Int",
    "NM_KIND_SYMBOL": "Int",
    "NM_KIND_ENCODED": "Bytes",
    "NM_KIND_NCAP_PAYLOAD": "Bytes",
}
WITH_SYMBOLS = {"NM_KIND_ENUM", "NM_KIND_SYMBOL"}
FLAGS = {"NM_FIELD_REPEATED", "NM_FIELD_REQUIRED", "NM_FIELD_HIDDEN", "NM_FIELD_NOPRINT"}


@dataclass(frozen=True)
class Field:
    name: str
    kind: str
    is_repeated: bool
    is_computed: bool  # From other fields, so that it cannot be set.

    @property
    def value(self) -> str:
        """Type of m[name]."""
        value = f"_{KINDS[self.kind]}"
        return f"list[{value}]" if self.is_repeated else value

    @property
    def argument(self) -> str:
        """Type of what may be assigned."""
        return f"_{KINDS[self.kind]}{'s' if self.is_repeated else ''}Arg"


@dataclass(frozen=True)
class Schema:
    vendor: str  # As in the constant, e.g. BASE.
    number: int
    name: str
    fields: list[Field]


# -- reading tables --


def pattern(text: str) -> re.Pattern[str]:
    """A regular expression in which a blank stands for any white space, or none."""
    return re.compile(text.replace(" ", r"\s*"))


SPACE = pattern(" ")
COMMA = pattern(",")
CLOSE = pattern(r"\} ;")
ARRAY = pattern(r"static const (?P<type>nm_enum_value|nm_field) (?P<name>\w+) \[ \] = \{")
ENUM_VALUE = pattern(r'\{ "\w+" , -?\d+ \}')
FIELD = pattern(
    r'\{ (?P<number>\d+) , NM_NAME\( "(?P<name>\w+)" \) , NM_PB_\w+ , (?P<kind>NM_KIND_\w+) , '
    r"(?P<flags>[^,{}]+) , (?P<symbols>NULL|&\w+) (?P<compute>, nm_\w+)? \}"
)
ENUM_OBJECT = pattern(r"static const nm_enum \w+ = NM_ENUM\( \w+ \) ;")
SCHEMA = pattern(
    r"const nm_schema \w+ = \{ \.vendor = NM_VENDOR_(?P<vendor>\w+) , \.type = (?P<number>\d+) , "
    r'\.name = "(?P<name>\w+)" , NM_SCHEMA_FIELDS\( (?P<fields>\w+) \) , '
    r"(\.rrtype = \d+ , \.rrclass = \d+ ,)? (\.check = nm_\w+ ,)? \} ;"
)
VENDOR = pattern(r"NM_VENDOR_(\w+) = (\d+) ,")


class Table:
    """The text of one file and how far it was read."""

    def __init__(self, path: Path, name: Path) -> None:
        text = without_comments(path.read_text(encoding="utf-8"), keep_strings=True)
        self.text = without_preprocessor(text)
        self.name = name
        self.at = 0
        self.skip_space()

    def skip_space(self) -> None:
        match = SPACE.match(self.text, self.at)
        assert match is not None  # It matches nothing, too.
        self.at = match.end()

    def take(self, what: re.Pattern[str]) -> re.Match[str] | None:
        """What stands here, if it is that, and step behind it and the blanks that follow."""
        match = what.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
            self.skip_space()
        return match

    def fail(self, why: str) -> NoReturn:
        line = self.text.count("\n", 0, self.at) + 1
        sys.exit(f"{self.name}:{line}: {why}: {self.text[self.at :].partition(chr(10))[0]}")


def read_rows(table: Table, row: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """The rows of an array, of which the opening brace was taken."""
    while table.take(CLOSE) is None:
        match = table.take(row)
        if match is None:
            table.fail("row not understood")
        yield match
        if table.take(COMMA) is None and CLOSE.match(table.text, table.at) is None:
            table.fail("comma expected")


def read_field(table: Table, row: re.Match[str]) -> Field:
    flags = set(re.split(r"\s*\|\s*", row["flags"].strip())) - {"0"}
    if row["kind"] not in KINDS or not flags <= FLAGS:
        table.at = row.start()
        table.fail("unknown kind or flag")
    if (row["kind"] in WITH_SYMBOLS) != (row["symbols"] != "NULL"):
        table.at = row.start()
        table.fail("enums have symbols, other kinds have none")
    if row["number"] == "0" and row["compute"] is None:
        table.at = row.start()
        table.fail("neither a number nor a function that computes it")
    is_computed = row["number"] == "0"
    return Field(row["name"], row["kind"], "NM_FIELD_REPEATED" in flags, is_computed)


def read_table(path: Path, name: Path) -> Iterator[Schema]:
    """The message types in one file."""
    table = Table(path, name)
    fields: dict[str, list[Field]] = {}
    while table.at < len(table.text):
        if (array := table.take(ARRAY)) is not None:
            if array["type"] == "nm_field":
                rows = read_rows(table, FIELD)
                fields[array["name"]] = [read_field(table, row) for row in rows]
            else:
                list(read_rows(table, ENUM_VALUE))  # Only whether they are what they should be.
        elif (schema := table.take(SCHEMA)) is not None:
            if schema["fields"] not in fields:
                table.at = schema.start()
                table.fail(f"no rows {schema['fields']} in this file")
            number, rows_of = int(schema["number"]), fields[schema["fields"]]
            yield Schema(schema["vendor"], number, schema["name"], rows_of)
        elif table.take(ENUM_OBJECT) is None:
            table.fail("not understood")


def read_all(top: Path) -> tuple[dict[str, int], list[Schema]]:
    """Vendors with their numbers, and all message types in the order of their numbers."""
    vendors = {
        name: int(number)
        for name, number in VENDOR.findall((top / VENDORS).read_text(encoding="utf-8"))
    }
    schemas: list[Schema] = []
    for path in sorted((top / TABLES).glob("*.c")):
        found = list(read_table(path, path.relative_to(top)))
        if not found:
            sys.exit(f"{path.relative_to(top)}:1: no message type in this file")
        schemas += found
    if unknown := {schema.vendor for schema in schemas} - vendors.keys():
        sys.exit(f"{VENDORS}:1: no number for {', '.join(sorted(unknown))}")
    return vendors, sorted(schemas, key=lambda s: (vendors[s.vendor], s.number))


# -- writing stubs --


def filled(
    head: str, items: Iterable[str], tail: str, *, is_divided: bool = False
) -> Iterator[str]:
    """One line, or, where that is too long, the items on lines of their own, as many as fit."""
    items = list(items)
    line = head + ", ".join(items) + tail
    if len(line) <= LINE_MAX and not is_divided:
        yield line
        return
    yield head
    indent = " " * (len(head) - len(head.lstrip()))
    line = ""
    for item in items:
        if line and len(line) + len(item) + 2 > LINE_MAX:
            yield line
            line = ""
        line = f"{line} {item}," if line else f"{indent}    {item},"
    yield line
    yield indent + tail


def alias_of(schema: Schema, value: str) -> str:
    """Name in the stub for the names of those fields of a type that have values of this type."""
    words = re.findall(r"[^\W_]+", value)
    return f"_{schema.vendor.lower()}_{schema.name}_{'_'.join(words)}"


def names_by_value(schema: Schema) -> dict[str, list[str]]:
    """Type of a value -> the fields that have it, both in the order of the table."""
    names: dict[str, list[str]] = {}
    for field in schema.fields:
        names.setdefault(field.value, []).append(field.name)
    return names


def alias_lines(schema: Schema) -> Iterator[str]:
    for value, names in names_by_value(schema).items():
        quoted = [f'"{name}"' for name in names]
        yield from filled(f"{alias_of(schema, value)}: TypeAlias = Literal[", quoted, "]")


def settable(schema: Schema, indent: str) -> Iterator[tuple[str, str | None]]:
    """Arguments for the fields that can be set, or lines that say why there is none."""
    for field in schema.fields:
        if field.is_computed:
            continue
        if keyword.iskeyword(field.name):
            yield (
                f'{indent}# {field.name} is a word of Python: **{{"{field.name}": ...}} sets it.',
                None,
            )
        else:
            yield "", f"{field.name}: {field.argument} = ..."


def init_lines(schema: Schema, indent: str) -> Iterator[str]:
    yield from (line for line, _ in settable(schema, indent) if line)
    fields = [argument for _, argument in settable(schema, indent) if argument]
    yield from filled(f"{indent}def __init__(", ["self", "*", *fields], ") -> None: ...")
    # Fewer names than the method of all messages takes: that is what they are for.
    yield from filled(
        f"{indent}def update(  # type: ignore[override]",
        ["self", "other: _Update = ()", "/", "*", *fields],
        ") -> None: ...",
        is_divided=True,
    )


def overload_lines(
    indent: str, name: str, arguments: Iterable[str], returned: str
) -> Iterator[str]:
    yield f"{indent}@overload"
    arguments = ["self", *arguments, "/"]
    yield from filled(f"{indent}def {name}(", arguments, f") -> {returned}: ...")


def class_lines(vendor: int, schema: Schema) -> Iterator[str]:
    indent = " " * 12
    yield f"        class {schema.name}(message):"
    yield f"{indent}_vid: Final = {vendor}"
    yield f"{indent}_msgtype: Final = {schema.number}"
    yield from init_lines(schema, indent)
    keys = {value: f"key: {alias_of(schema, value)}" for value in names_by_value(schema)}
    for value, key in keys.items():
        yield from overload_lines(indent, "__getitem__", [key], value)
    yield from overload_lines(indent, "__getitem__", ["key: str"], "Any")
    for value, key in keys.items():
        yield from overload_lines(indent, "get", [key, "default: None = None"], f"{value} | None")
        yield from overload_lines(indent, "get", [key, "default: _T"], f"{value} | _T")
    yield from overload_lines(indent, "get", ["key: str", "default: Any = None"], "Any")
    for value, key in keys.items():
        yield from overload_lines(indent, "pop", [key], value)
        yield from overload_lines(indent, "pop", [key, "default: _T"], f"{value} | _T")
    yield from overload_lines(indent, "pop", ["key: str", "default: Any = ..."], "Any")
    arguments = {field.value: f"default: {field.argument}" for field in schema.fields}
    for value, key in keys.items():
        yield from overload_lines(indent, "setdefault", [key, arguments[value]], value)
    yield from overload_lines(indent, "setdefault", ["key: str", "default: Any = None"], "Any")


def stub_lines(vendors: dict[str, int], schemas: list[Schema]) -> Iterator[str]:
    for schema in schemas:
        yield from alias_lines(schema)
    yield ""
    yield "class msgtype:"
    for vendor, number in sorted(vendors.items(), key=lambda item: item[1]):
        own = [schema for schema in schemas if schema.vendor == vendor]
        if not own:
            continue
        yield f"    class {vendor.lower()}:"
        yield f"        _vid: Final = {number}"
        yield f'        _vname: Final = "{vendor.lower()}"'
        for schema in own:
            yield ""
            yield from class_lines(number, schema)
        yield ""
    yield "    isc: TypeAlias = base"
    yield ""


def rewritten(top: Path, stub: str) -> str:
    """The stub file as it should be."""
    before, begin, rest = stub.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"{STUB}:1: the two marks are missing")
    lines = stub_lines(*read_all(top))
    return before + begin + "".join(f"{line}\n" for line in lines) + end + after


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the stubs of the message classes.")
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    parser.add_argument("top", nargs="?", type=Path, metavar="FOLDER", help="top of the tree")
    options = parser.parse_args()
    top = options.top or Path(__file__).resolve().parent.parent
    path = top / STUB
    stub = path.read_text(encoding="utf-8")
    wanted = rewritten(top, stub)
    if options.check:
        if stub != wanted:
            print(f"{STUB}: not up to date, run scripts/make_stubs.py")
        return int(stub != wanted)
    path.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
