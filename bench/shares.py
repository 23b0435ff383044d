#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where the time of the hot paths goes, by perf: shares of the samples (bench/README.md).

usage: shares.py [--update] [--messages N] [--folder FOLDER]

With one processor each. --update keeps them in shares.json, from which report.py takes them.
"""

import argparse
import collections
import functools
import json
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import machine
import rows
import sides
from sides import Side, Tool, WorkerError, run_quietly

TOP = Path(__file__).resolve().parent.parent
KEPT = Path(__file__).with_suffix(".json")
MESSAGES = 1_000_000
SAMPLES_PER_SEC = "5000"
DATASET = "dnsdedupe"

# What a function of ours belongs to, by its name; the first that fits. The rest is "other".
PARTS = {
    "objects": r"^nmpy|locked|give_out|value_object",
    "CRC-32C": r"crc32c",
    "containers": r"unpack|pb_varint|pb_|container|builder|frame|payload",
    "fields": r"index|bits_|values?_next|value_at|nm_fields|scan_message|encode_|end_bytes",
    "names, record data": r"dns_|rdata|record_type",
    "numbers, addresses": r"number|address|ipv[46]|format_near|timestamp|time_|parse_u|digits",
    "text": r"text|json|pres|line|take_|encode_value|write_bytes|string",
}
# What does not belong to us, by the file that it is in.
FOREIGN = {
    "compressor": r"libdeflate|libz\b",
    "kernel": r"kernel|vdso|\[unknown\]",
    "Python": r"python3|/python",
    "libc": r"libc\.|libc-|ld-linux|libpthread|libm\.",
}
OURS = re.compile(r"nmsg")
COLUMNS = [*PARTS, "other", *FOREIGN]


@dataclass(frozen=True)
class Profiled:
    """A path that is looked at: a command of nmsgtool, or a loop of work.py."""

    work: str
    form: str = ""

    @property
    def label(self) -> str:
        if not self.work.startswith("-"):
            return NAMES[self.work]
        source = f"X.{self.form}" if self.form == "zlib" else "X"
        return "nmsgtool " + self.work.format(source=source, target="Y")


NAMES = {
    "one_field_iterating": "for m in input, one field",
    "one_field_in_batches": "batches(), one field",
    "all_fields": "for k in m.keys(): m[k]",
    "to_dict": "m.to_dict()",
    "to_json": "m.to_json()",
    "io_callback": "io, a callback counts",
}
PATHS = [
    Profiled("-r {source} -w /dev/null"),
    Profiled("-r {source} -w {target}"),
    Profiled("-r {source} -J /dev/null"),
    Profiled("-r {source} -o /dev/null"),
    Profiled("-r {source} -z -w /dev/null"),
    Profiled("-r {source} -w /dev/null", "zlib"),
    Profiled("-j {source} -w /dev/null", "json"),
    *(Profiled(work) for work in NAMES),
]


def part_of(library: str, symbol: str) -> str:
    """The column of a function."""
    if OURS.search(library):
        return next((p for p, names in PARTS.items() if re.search(names, symbol)), "other")
    return next((name for name, files in FOREIGN.items() if re.search(files, library)), "other")


def shares_of(report: str) -> dict[str, float]:
    """Percent by column, of what `perf report -t;` gives."""
    counts: collections.Counter[str] = collections.Counter()
    for line in report.splitlines():
        cells = [cell.strip() for cell in line.split(";")]
        if len(cells) >= 3 and re.fullmatch(r"[\d.]+%?", cells[0]):
            symbol = re.sub(r"^\[.\] ", "", cells[2])
            counts[part_of(cells[1], symbol)] += float(cells[0].rstrip("%"))
    whole = sum(counts.values())
    if whole < 50:
        raise WorkerError("perf did not tell where the time went")
    return {name: round(100 * counts[name] / whole, 1) for name in COLUMNS}


class Profiler:
    """Runs paths under perf; files lie in `folder`."""

    def __init__(self, own: Side, tool: Tool, folder: Path, messages: int) -> None:
        self.own, self.tool, self.folder = own, tool, folder
        generate = functools.partial(sides.generate, own)
        self.dataset = datasets.ensure(DATASET, messages, folder, generate)
        self.forms = {
            form: datasets.ensure_form(form, self.dataset, generate)
            for form in sorted({path.form for path in PATHS} - {""})
        } | {"": self.dataset.path}

    def command(self, path: Profiled, target: Path) -> list[str]:
        source = self.forms[path.form]
        if path.work.startswith("-"):
            words = (word.format(source=source, target=target) for word in path.work.split())
            return [self.tool.path, *words]
        options = {"path": source}
        if path.work.startswith("one_field"):
            options["field"] = rows.FIELDS[DATASET]
        return self.own.command(path.work, options)

    def of(self, path: Profiled) -> dict[str, float]:
        samples, target = self.folder / "perf.tmp", self.folder / "target.tmp"
        record = ["perf", "record", "-q", "-e", "cpu-clock", "-F", SAMPLES_PER_SEC, "-o"]
        report = ["perf", "report", "--stdio", "-t", ";", "--sort", "dso,symbol", "-i"]
        try:
            with sides.restricted_to(1):
                run_quietly(
                    [*record, str(samples), "--", *self.command(path, target)], self.own.env
                )
            return shares_of(run_quietly([*report, str(samples)], self.own.env).stdout)
        finally:
            samples.unlink(missing_ok=True)
            target.unlink(missing_ok=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Where the time of the hot paths goes.")
    parser.add_argument("--update", action="store_true", help="keep what is found")
    parser.add_argument("--messages", type=int, default=MESSAGES, help="how many are read")
    parser.add_argument(
        "--folder", type=Path, default=TOP / "build" / "bench", help="for the messages"
    )
    options = parser.parse_args()
    if not shutil.which("perf"):
        raise WorkerError("perf is not installed")
    options.folder.mkdir(parents=True, exist_ok=True)
    own = sides.ours()
    profiler = Profiler(own, sides.our_tool(own), options.folder, options.messages)
    found: dict[str, Any] = {}
    print(f"{'percent':<32}" + "".join(f"{name.partition(',')[0][:10]:>11}" for name in COLUMNS))
    for path in PATHS:
        found[path.label] = profiler.of(path)
        cells = "".join(f"{found[path.label][name]:>11.1f}" for name in COLUMNS)
        print(f"{path.label:<32}{cells}", flush=True)
    if options.update:
        kept = {"version": machine.version(), "cpu": machine.cpu_model(), "shares": found}
        KEPT.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except WorkerError as error:
        sys.exit(f"shares: {error}")
