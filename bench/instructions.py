#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Instructions per message of the hot paths, beside those of instructions.json (bench/README.md).

usage: instructions.py [--tool NMSGTOOL] [--build FOLDER] [--only TEXT] [--update]
                       [--fail-above PERCENT] [--kept FILE]

Valgrind counts them: figures that do not depend on what else the machine does. Each path runs over
a small file and over a larger one, in processes of their own; the difference holds no start and no
import. FOLDER is where Meson built what is measured: it tells compiler and options.
"""

import argparse
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
FEW, MANY = 5_000, 20_000
PYTHON_FEW, PYTHON_MANY = 2_000, 8_000
PYTHON_WORK = ("one_field_iterating", "one_field_in_batches", "all_fields", "to_dict")
COLLECTED = re.compile(r"Collected\s*:\s*(\d+)")
LABEL_WIDTH = 48


@dataclass(frozen=True)
class HotPath:
    """A hot path: a loop of work.py, or a command of nmsgtool (see rows.py)."""

    dataset: str
    work: str
    form: str = ""

    @property
    def is_command(self) -> bool:
        return self.work.startswith("-")

    @property
    def label(self) -> str:
        if self.is_command:
            source = f"X.{self.form}" if self.form == "zlib" else "X"
            shown = self.work.replace("{source}", source).replace("{target}", "Y")
            return f"{self.dataset}: nmsgtool {shown}"
        return f"{self.dataset}: {self.work}"


def paths() -> list[HotPath]:
    result = []
    for name in rows.MESSAGES:
        result += [
            HotPath(name, "-r {source} -J {target}"),
            HotPath(name, "-r {source} -o {target}"),
            HotPath(name, "-r {source} -w {target}"),
            HotPath(name, "-r {source} -z -w {target}"),
            HotPath(name, "-j {source} -w {target}", "json"),
        ]
    result.append(HotPath("dnsdedupe", "-r {source} -w {target}", "zlib"))
    result.append(HotPath("dnsqr", "-p {source} -V base -T dnsqr -w {target}", "capture"))
    for name in ("dnsdedupe", "ipconn"):
        result += [HotPath(name, work) for work in PYTHON_WORK]
    return [*result, HotPath("dnsdedupe", "to_json"), HotPath("dnsqr", "to_json")]


PATHS = paths()
# What the peer runs for a loop that it does not have.
PEER_WORK = {
    "one_field_iterating": "one_field",
    "one_field_in_batches": "one_field",
    "to_dict": "all_fields",
}


def is_available() -> bool:
    return shutil.which("valgrind") is not None


class Counter:
    """Runs paths under valgrind; files lie in `folder`."""

    def __init__(self, own: Side, folder: Path) -> None:
        self.own = own
        self.folder = folder
        self.generate = functools.partial(sides.generate, own)

    def of(self, path: HotPath, side: Side | None, tool: Tool | None) -> float | None:
        """Instructions per message; None if there is nobody to run it."""
        if (tool if path.is_command else side) is None:
            return None
        few, many = (FEW, MANY) if path.is_command else (PYTHON_FEW, PYTHON_MANY)
        counts = []
        for messages in (few, many):
            dataset = datasets.ensure(path.dataset, messages, self.folder, self.generate)
            source = dataset.path
            if path.form:
                source = datasets.ensure_form(path.form, dataset, self.generate)
            if path.is_command and tool:
                counts.append(self.count_command(tool, path.work, source))
            elif side:
                counts.append(self.count_loop(side, path, source))
        return (counts[1] - counts[0]) / (many - few)

    def count_command(self, tool: Tool, work: str, source: str) -> int:
        """With one processor: who waits for whom, with several, is another way each time."""
        command = [
            tool.path,
            *(text.format(source=source, target="/dev/null") for text in work.split()),
        ]
        with sides.restricted_to(1):
            return self.count(command, dict(tool.env))

    def count_loop(self, side: Side, path: HotPath, source: str) -> int:
        work = path.work if side.name == self.own.name else PEER_WORK.get(path.work, path.work)
        options = {"path": source}
        if work.startswith("one_field"):
            options["field"] = rows.FIELDS[path.dataset]
        env = dict(side.env) | {"PYTHONHASHSEED": "0"}
        return self.count(side.command(work, options), env)

    def count(self, command: list[str], env: dict[str, str]) -> int:
        notes = self.folder / "callgrind.tmp"
        valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={notes}"]
        try:
            done = run_quietly(valgrind + command, env)
        finally:
            notes.unlink(missing_ok=True)
        found = COLLECTED.search(done.stderr)
        if not found:
            raise WorkerError("valgrind did not tell a number of instructions")
        return int(found.group(1))


def conditions(build: Path) -> dict[str, Any]:
    """What the counts depend on, besides the sources."""
    description = machine.describe_build(build)
    if description["compiler"] is None:
        raise WorkerError(f"{build} is no folder that Meson has set up")
    return description | {
        "python": machine.python_version(),
        "libc": machine.libc_version(),
        "processor": machine.cpu_model(),
        "valgrind": machine.first_line_of("valgrind", "--version"),
    }


def read_kept(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {"conditions": {}, "instructions": {}}
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def compare(options: argparse.Namespace, kept: dict[str, Any]) -> tuple[dict[str, int], list[str]]:
    """The counts, and which are above the kept ones by more than allowed. Prints as it goes."""
    own = sides.ours()
    tool = Tool("ours", str(options.tool), own.env)
    options.folder.mkdir(parents=True, exist_ok=True)
    counter = Counter(own, options.folder)
    found: dict[str, int] = {}
    above = []
    for path in PATHS:
        if options.only not in path.label:
            continue
        number = counter.of(path, own, tool)
        assert number is not None
        found[path.label] = round(number)
        before = kept["instructions"].get(path.label)
        change = (number / before - 1) * 100 if before else None
        line = f"{path.label:<{LABEL_WIDTH}}{before or '-':>12}{round(number):>12}"
        print(line + (f"{change:>+10.1f} %" if change is not None else ""), flush=True)
        if change is not None and options.fail_above is not None and change > options.fail_above:
            above.append(f"{path.label}: {change:+.1f} %")
    return found, above


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Instructions per message of the hot paths.")
    tool = Path(sys.executable).with_name("nmsgtool")
    build = TOP / "build" / "python"
    parser.add_argument("--tool", type=Path, default=tool, help="the nmsgtool (that of .venv)")
    parser.add_argument(
        "--build", type=Path, default=build, help="where Meson built it (build/python)"
    )
    parser.add_argument("--kept", type=Path, default=KEPT, help="what to compare with")
    parser.add_argument("--only", default="", help="only paths whose name contains this")
    parser.add_argument("--update", action="store_true", help="keep what is found")
    parser.add_argument(
        "--fail-above", type=float, help="exit with 1 if a path takes so many percent more"
    )
    parser.add_argument(
        "--folder", type=Path, default=TOP / "build" / "bench", help="for the messages"
    )
    return parser.parse_args()


def main() -> int:
    options = parse_options()
    if not is_available():
        raise WorkerError("valgrind is not installed")
    kept, now = read_kept(options.kept), conditions(options.build)
    print(", ".join(f"{key} {value}" for key, value in now.items() if isinstance(value, str)))
    for key, value in now.items():
        if kept["conditions"].get(key, value) != value:
            print(f"{key} was {kept['conditions'][key]}, is {value}: not to be compared closely")
    print(f"\n{'instructions per message':<{LABEL_WIDTH}}{'kept':>12}{'now':>12}{'change':>12}")
    found, above = compare(options, kept)
    if options.update:
        # Of all paths or of some: what was not counted stays as it was.
        counts = {
            path.label: found.get(path.label, kept["instructions"].get(path.label))
            for path in PATHS
            if path.label in found or path.label in kept["instructions"]
        }
        text = json.dumps({"conditions": now, "instructions": counts}, indent=2)
        options.kept.write_text(text + "\n", encoding="utf-8")
    for text in above:
        print(f"instructions: {text}", file=sys.stderr)
    return 1 if above else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except WorkerError as error:
        sys.exit(f"instructions: {error}")
