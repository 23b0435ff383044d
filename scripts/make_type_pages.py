#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write a page about each message type, for `make docs`.

usage: make_type_pages.py FOLDER     FOLDER receives index.md and a page per type

Fields, kinds and symbols come from the tables of the module (nmsg.describe), what they mean from
the comments in docs/proto, so that both are written once. Only fields that are computed, which no
.proto file has, are explained here.
"""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import nmsg

PROTO = Path(__file__).resolve().parents[1] / "docs" / "proto"

# What a program gets for a plain type.
PYTHON = {
    "enum": "`str`",
    "bytes": "`bytes`",
    "string": "`str`",
    "mlstring": "`str`",
    "ip": "`str`",
    "double": "`float`",
    "bool": "`bool`",
}

UNIT_OF_KIND = {"epoch": "seconds since 1970, UTC"}
UNIT_OF_FIELD = {
    "time": "seconds since 1970, UTC",
    "time_sec": "seconds since 1970, UTC",
    "time_nsec": "nanoseconds",
    "delay": "seconds",
    "timeout": "seconds",
    "rrttl": "seconds",
    "len_frame": "octets",
    "count": "times",
    "p0f_dist": "hops",
    "p0f_uptime": "hours",
    "num_response": "answers",
    "more_available": "answers",
}

DNS_OBJECT = "The same as `{}`; in JSON an object."
# Computed fields: what they mean, and what they are computed from.
COMPUTED = {
    "base:ncap": {
        "srcport": ("Source port.", "`payload`, or `lint0` of a Legacy message"),
        "dstport": ("Destination port.", "`payload`, or `lint1` of a Legacy message"),
        "proto": ("Number of the IP protocol.", "`payload`, or `ltype` of a Legacy message"),
        "dns": ("The DNS message, if one of the ports is 53 or 5353.", "`payload`"),
    },
    "base:dnsqr": {
        "delay": (
            "How long the answer took; of several packets, the last one counts.",
            "`query_time_sec`, `response_time_sec` and their nanoseconds",
        ),
        "query": ("The question: a DNS message in wire form.", "`query_packet`"),
        "query_json": (DNS_OBJECT.format("query"), "`query_packet`"),
        "response": (
            "The answer: a DNS message in wire form, put together if it came in IP fragments.",
            "`response_packet`",
        ),
        "response_json": (DNS_OBJECT.format("response"), "`response_packet`"),
        "dns": ("The same as `response`, as plain octets.", "`response_packet`"),
    },
    "base:dnstap": {
        "query_json": (DNS_OBJECT.format("query_message"), "`query_message`"),
        "response_json": (DNS_OBJECT.format("response_message"), "`response_message`"),
        "id": ("Identifier in the header of the DNS message.", "the DNS message"),
        "qname": ("Name in the question, in wire form.", "the DNS message"),
        "qclass": ("Class in the question.", "the DNS message"),
        "qtype": ("Type in the question.", "the DNS message"),
        "rcode": ("Response code in the header of the DNS message.", "the DNS message"),
    },
    "base:dnsobs": {"response_json": (DNS_OBJECT.format("response"), "`response`")},
}
# Fields of base:dnstap that are those of the message inside it, which has other names for them.
INNER = {"message_type": "type"}


@dataclass
class Symbols:
    """An enum of a .proto file."""

    comment: str
    meanings: dict[str, str] = field(default_factory=dict)


@dataclass
class Entry:
    """A field of a .proto file."""

    comment: str
    number: int
    stored: str  # Such as "required bytes".
    type: str


@dataclass
class Message:
    """A message of a .proto file."""

    comment: str
    entries: dict[str, Entry] = field(default_factory=dict)


class ProtoFile:
    """What the comments of a .proto file say."""

    OPEN = re.compile(r"(message|enum) (\w+) \{")
    ENTRY = re.compile(r"(optional|required|repeated) (\w+) (\w+) = (\d+);")
    SYMBOL = re.compile(r"(\w+) = (\d+);")
    IMPORT = re.compile(r'import "([\w/.]+)";')

    def __init__(self, path: Path) -> None:
        self.messages: dict[str, Message] = {}
        self.enums: dict[str, Symbols] = {}  # By "Message.Enum", or "Enum" outside messages.
        comment: list[str] = []
        outer: list[str] = []  # What is open.
        for line in path.read_text(encoding="utf-8").splitlines():
            line = line.strip()
            if line.startswith("//"):
                comment.append(line[2:].strip())
                continue
            said, comment = " ".join(comment), []
            if imported := self.IMPORT.match(line):
                self.enums |= ProtoFile(PROTO / imported[1]).enums
            if begin := self.OPEN.match(line):
                outer.append(begin[2])
                if begin[1] == "enum":
                    self.enums[".".join(outer)] = Symbols(said)
                else:
                    self.messages[begin[2]] = Message(said)
            elif line == "}":
                outer.pop()
            elif entry := self.ENTRY.match(line):
                label, type_name, name, number = entry.groups()
                self.messages[outer[-1]].entries[name] = Entry(
                    said, int(number), f"{label} {type_name}", type_name
                )
            elif symbol := self.SYMBOL.match(line):
                self.enums[".".join(outer)].meanings[symbol[1]] = said

    def enum_of(self, message: str, type_name: str) -> Symbols:
        return self.enums.get(f"{message}.{type_name}") or self.enums[type_name]


def proto_files() -> dict[str, tuple[str, str]]:
    """File and message of each type, from the table in docs/proto/README.md."""
    row = re.compile(r"^\| \d+ \| (\w+) \| \d+ \| (\w+) \| `[\w.]*?(\w+)` \| \[([\w/.]+)\]", re.M)
    text = (PROTO / "README.md").read_text(encoding="utf-8")
    return {f"{v}:{name}": (file, message) for v, name, message, file in row.findall(text)}


def page_name(info: nmsg.type_info) -> str:
    return f"{info.vendor.lower()}-{info.name}.md"


def unit(info: nmsg.type_info, row: nmsg.field_info) -> str:
    if row.kind in UNIT_OF_KIND:
        return UNIT_OF_KIND[row.kind]
    name = re.sub(r"^(query|response)_(?=time_)", "", row.name)
    return UNIT_OF_FIELD.get(name, "-")


def python_value(row: nmsg.field_info) -> str:
    value = PYTHON.get(row.type_name, "`int`")
    return f"list of {value}" if row.repeated else value


def kind(row: nmsg.field_info) -> str:
    marks = [
        mark
        for mark in ("repeated", "required", "hidden", "computed")
        if getattr(row, mark) and not (mark == "computed" and row.number)
    ]
    return ", ".join([row.kind, *marks])


class TypePage:
    """One type, and where it is described."""

    def __init__(self, info: nmsg.type_info, file: str, message: str) -> None:
        self.info = info
        self.name = f"{info.vendor}:{info.name}"
        self.file = file
        self.message = message
        self.proto = ProtoFile(PROTO / file)

    @property
    def comment(self) -> str:
        return self.proto.messages[self.message].comment

    def entry(self, row: nmsg.field_info) -> tuple[str, Entry] | None:
        """The message and entry of the .proto file that describe a field."""
        entries = self.proto.messages[self.message].entries
        if row.name in entries and row.number:
            return self.message, entries[row.name]
        if self.name == "base:dnstap":
            inner = self.proto.messages["Message"].entries
            name = INNER.get(row.name, row.name)
            return ("Message", inner[name]) if name in inner else None
        return None

    def meaning_and_source(self, row: nmsg.field_info) -> tuple[str, str]:
        described = self.entry(row)
        if described is None:
            meaning, source = COMPUTED[self.name][row.name]
            return meaning, f"computed from {source}"
        owner, entry = described
        if owner != self.message:
            return entry.comment, f"computed: field {entry.number} of the event in field 14"
        return entry.comment, f"field {entry.number}, {entry.stored}"

    def fields(self) -> list[str]:
        lines = [
            "| field | kind | value in Python | unit | meaning | source |",
            "|---|---|---|---|---|---|",
        ]
        for row in self.info.fields:
            meaning, source = self.meaning_and_source(row)
            cells = [f"`{row.name}`", kind(row), python_value(row), unit(self.info, row)]
            lines.append("| " + " | ".join([*cells, meaning.replace("|", "\\|"), source]) + " |")
        return lines

    def symbols(self) -> list[str]:
        lines: list[str] = []
        for row in self.info.fields:
            described = self.entry(row)
            if not row.symbols or described is None:
                continue
            owner, entry = described
            meanings = self.proto.enum_of(owner, entry.type)
            lines += ["", f"## Symbols of {row.name}", "", meanings.comment, ""]
            lines += ["| symbol | number | meaning |", "|---|---|---|"]
            lines += [
                f"| `{symbol}` | {number} | {meanings.meanings.get(symbol, '')} |"
                for symbol, number in row.symbols.items()
            ]
        return lines

    def text(self) -> str:
        info = self.info
        lines = [
            f"# {self.name}",
            "",
            self.comment,
            "",
            f"Vendor {info.vid} ({info.vendor}), message type {info.msgtype}. In Python "
            f"`nmsg.msgtype.{info.vendor.lower()}.{info.name}`; for other languages "
            f"[{self.file}](../proto/{self.file}).",
            "",
            "## Fields",
            "",
            "In the order in which they are shown. [About these pages](index.md) tells what the",
            "columns mean.",
            "",
            *self.fields(),
            *self.symbols(),
        ]
        return "\n".join(lines) + "\n"


INDEX = """# Message types

{table}

## About these pages

These pages are made from the tables that the module itself works with, and from the comments of
the [`.proto` files](../proto/README.md). `nmsg.types()` and `nmsg.describe("base:dnsqr")` give the
same tables to programs.

The columns of a table of fields:

- **kind**: what the values mean ([Wire format](../format.md#112-kinds-of-values) explains each
  kind), and properties of the field. *required*: a message without it cannot be decoded, and a new
  message has it from the start. *repeated*: any number of values. *hidden*: not among `m.keys()`,
  but there for who names it. *computed*: follows from other fields, and cannot be set.
- **value in Python**: what `m[name]` gives. Where a symbol of an enum is not known it is the
  number, an `int`. Text is `bytes` if the program asked for that (`strings=`,
  `nmsg.set_default_strings()`). `m.text(name)` gives any field as text.
- **unit**: - where there is none.
- **meaning**: octets of addresses and names are what travels; a program gets addresses as text.
- **source**: number and type of the field in the protobuf message that travels, or what the value
  is computed from; [Wire format](../format.md#113-computed-fields) has the exact rules.
"""


def index(pages: list[TypePage]) -> str:
    lines = ["| type | numbers | what it is |", "|---|---|---|"]
    for page in pages:
        info = page.info
        lines.append(
            f"| [{page.name}]({page_name(info)}) | {info.vid}:{info.msgtype} "
            f"| {re.split(r'(?<=[.])(?: |$)', page.comment)[0]} |"
        )
    names = "\n".join(page_name(page.info).removesuffix(".md") for page in pages)
    contents = f"\n```{{toctree}}\n:hidden:\n\n{names}\n```\n"
    return INDEX.format(table="\n".join(lines)) + contents


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    files = proto_files()
    pages = [TypePage(nmsg.describe(name), *files[name]) for name in nmsg.types()]
    for page in pages:
        (folder / page_name(page.info)).write_text(page.text(), encoding="utf-8")
    (folder / "index.md").write_text(index(pages), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
