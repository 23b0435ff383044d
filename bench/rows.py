# SPDX-License-Identifier: Apache-2.0
"""What is measured, as data: the loops of work.py and the commands of nmsgtool, and their goals."""

from dataclasses import dataclass, field
from typing import Any

# Messages at full scale.
MESSAGES = {"dnsdedupe": 1_000_000, "dnsqr": 200_000, "ipconn": 2_000_000, "http": 300_000}
# Rates do not depend on it: rows that have no goal take a part of a dataset where the peer is slow.
PYTHON_SHARE = {"ipconn": 0.25, "http": 0.5}
JSON_SHARE = {"ipconn": 0.25, "dnsqr": 0.1}  # Read by the tool.
NO_GOAL_SHARE = 0.25
# The field that loops look at: every message of the kind has it.
FIELDS = {"dnsdedupe": "rrname", "dnsqr": "type", "ipconn": "srcip", "http": "srcip"}
SIZE_GOAL = 1.02  # Compressed files, as a share of the peer's.
SCALING_GOAL = 1.7  # Text rows with two cores, as a multiple of one.
ONE_CORE, TWO_CORES = ", one core", ", two cores"


@dataclass(frozen=True)
class Row:
    """One line of the tables, what the peer does beside it, and how much faster ours shall be."""

    label: str
    dataset: str
    work: str  # A loop of work.py.
    peer: str | None  # The peer's; rows beside each other with the same share its runs.
    goal: float | None = None
    options: dict[str, str] = field(default_factory=dict)
    share: float = 1.0  # Of the messages of the dataset.
    form: str = ""  # In which the dataset is read: a key of datasets.FORMS, or as it is.

    @property
    def together(self) -> tuple[Any, ...]:
        return (self.dataset, self.share, self.peer, self.form, *self.options.values())


@dataclass(frozen=True)
class Command(Row):
    """A command of nmsgtool: `{source}` is the dataset, `{target}` a file that is made."""

    cores: int = 0  # All.

    @property
    def arguments(self) -> list[str]:
        return self.work.split()

    @property
    def writes_file(self) -> bool:
        return "{target}" in self.work

    @property
    def counts_packets(self) -> bool:
        return self.form == "captures"

    @property
    def compresses(self) -> bool:
        return self.writes_file and "-z" in self.arguments


def loop(name: str, what: str, work: str, peer: str | None, goal: float | None = None) -> Row:
    options = {"field": FIELDS[name]} if work.startswith("one_field") else {}
    form = "json" if work in ("from_json", "read_json") else ""
    share = PYTHON_SHARE.get(name, 1.0)
    if name == "dnsdedupe" and (form or work == "write_json"):
        share = NO_GOAL_SHARE
    return Row(f"{name}: {what}", name, work, peer, goal, options, share, form)


def reading_rows(name: str, goals: dict[str, float]) -> list[Row]:
    """All for the dataset that has goals; of the others what differs with the kind of message."""
    key = FIELDS[name]
    rows = [
        ("read()", "read_only", "read_only"),
        (f"read(), m['{key}']", "one_field", "one_field"),
        (f"for m in input, m['{key}']", "one_field_iterating", "one_field"),
        (f"batches(), m['{key}']", "one_field_in_batches", "one_field"),
        ("for k in m.keys(): m[k]", "all_fields", "all_fields"),
        ("m.items()", "items", "all_fields"),
        ("m.to_dict()", "to_dict", "all_fields"),
        ("the same loop over dicts", "python_alone", None),
        ("io, a callback counts", "io_callback", "io_callback"),
        ("io, a callback counts, batches", "io_batch_callback", "io_callback"),
    ]
    return [
        loop(name, what, work, peer, goals.get(work))
        for what, work, peer in rows
        if goals or work not in ("items", "io_callback", "io_batch_callback")
    ]


def json_rows(name: str, goals: dict[str, float]) -> list[Row]:
    rows = [
        ("read(), m.to_json()", "to_json"),
        ("read(), write() as JSON", "write_json"),
        ("message.from_json(line)", "from_json"),
        ("read() of JSON", "read_json"),
    ]
    return [loop(name, what, work, work, goals.get(work)) for what, work in rows]


def writing_rows(name: str) -> list[Row]:
    rows = [("read() and write()", "copy"), ("read() and write(), zlib", "copy_compressed")]
    if name in ("ipconn", "http"):
        rows.append(("make, set fields, write()", f"make_{name}"))
    return [loop(name, what, work, work) for what, work in rows]


# Of 1,000,000 messages of dnsdedupe.
PYTHON_GOALS: dict[str, float] = {
    "all_fields": 4,
    "to_dict": 8,
    "items": 8,
    "one_field": 15,
    "one_field_iterating": 20,
    "one_field_in_batches": 25,
    "io_callback": 40,
    "io_batch_callback": 40,
    "to_json": 15,
}


def python_rows() -> list[Row]:
    result = reading_rows("dnsdedupe", PYTHON_GOALS) + json_rows("dnsdedupe", PYTHON_GOALS)
    for name in ("ipconn", "http"):
        result += reading_rows(name, {}) + writing_rows(name)
    # The peer's to_json() fails for messages with computed fields, which dnsqr has.
    result += [*json_rows("http", {}), loop("dnsqr", "read(), m.to_json()", "to_json", None)]
    return [*result, loop("dnsqr", "read(), write() as JSON", "write_json", "write_json")]


# What this machine takes for a part of the work that nobody can leave out, and whose limit it is.
LIMITS = {
    "limit_read": ("read the octets of the file", ["nmsgtool -r X -w /dev/null"]),
    "limit_copy": ("read and write the octets", ["nmsgtool -r X -w Y"]),
    "limit_objects": (
        "make one object a message and one a field",
        ["read(), m['rrname']", "for m in input, m['rrname']", "batches(), m['rrname']"],
    ),
    "limit_calls": ("call a function for each", ["io, a callback counts"]),
    "python_alone": ("the same loop over dicts", ["for k in m.keys(): m[k]"]),
    "limit_dicts": ("copy a dict for each", ["m.items()", "m.to_dict()"]),
}


def limit_rows() -> list[Row]:
    name = "dnsdedupe"
    return [
        loop(name, what, work, None)
        for work, (what, _) in LIMITS.items()
        if work.startswith("limit_")
    ]


def command(
    name: str, work: str, goals: tuple[float | None, float | None], what: str = "", form: str = ""
) -> list[Row]:
    """With one core and with two; the peer's, which has one thread, with all there are."""
    shown = what or work.replace("{source}", "X").replace("{target}", "Y")
    label = f"{name}: nmsgtool {shown}"
    return [
        Command(label + suffix, name, work, work, goal, form=form, cores=cores)
        for suffix, cores, goal in ((ONE_CORE, 1, goals[0]), (TWO_CORES, 2, goals[1]))
    ]


def any_cores(
    name: str,
    work: str,
    goal: float | None = None,
    what: str = "",
    form: str = "",
    share: float = 1.0,
) -> Row:
    """A command that nothing but the system holds up, with all cores."""
    shown = what or work.replace("{source}", "X").replace("{target}", "Y")
    return Command(f"{name}: nmsgtool {shown}", name, work, work, goal, share=share, form=form)


def command_rows() -> list[Row]:
    name = "dnsdedupe"
    capture = "-p {source} -V base -T dnsqr -w {target}"
    result = [
        Command(
            f"dnsqr: nmsgtool -p X -T dnsqr -w Y, packets{ONE_CORE}",
            "dnsqr",
            capture,
            capture,
            4,
            form="captures",
            cores=1,
        ),
        *command(name, "-r {source} -J /dev/null", (12, 20)),
        any_cores(name, "-r {source} -J {target}"),
        *command(name, "-r {source} -o /dev/null", (12, 20)),
        any_cores(name, "-r {source} -o {target}"),
        any_cores(name, "-r {source} -w /dev/null", 5),
        any_cores(name, "-r {source} -w {target}", 4),
        *command(name, "-r {source} -z -w {target}", (2.5, 4)),
        *command(name, "-j {source} -w {target}", (None, 15), form="json"),
        any_cores(name, "-r {source} -w /dev/null", None, "-r X.zlib -w /dev/null", "zlib"),
        any_cores(name, "-r {source} -J /dev/null", None, "-r X.zlib -J /dev/null", "zlib"),
    ]
    for name in ("dnsqr", "ipconn", "http"):
        result += [
            any_cores(name, "-r {source} -J /dev/null"),
            any_cores(name, "-r {source} -o /dev/null"),
            any_cores(name, "-r {source} -w /dev/null"),
            any_cores(name, "-r {source} -z -w {target}"),
            any_cores(
                name, "-j {source} -w {target}", form="json", share=JSON_SHARE.get(name, 1.0)
            ),
        ]
    return result


# By ZeroMQ containers of 8192 octets travel, or of one message each; parts of the dataset.
ZEROMQ_SHARE = {"buffered": 1.0, "unbuffered": 0.25}

# Into Kafka and out of it go containers, or a record for each message: parts of the dataset.
KAFKA_SHARE = {"nmsg": 1.0, "json": 0.25}

# How the datagrams of nmsgtool are received: ways of work.py, and what they are called.
UDP_WAYS = {
    "for": "for m in input",
    "read": "read()",
    "io": "io",
}
UDP_PEER_WAYS = {"read": "read()"}
UDP_GOAL = 1.0  # All arrive.
