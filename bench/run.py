#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measure our module, side by side with a peer's where there is one (bench/README.md).

usage: run.py [--scale FACTOR] [--runs N] [--only TEXT] [--instructions]

PEER_PYTHONPATH   folder of another module `nmsg` to run beside ours
PEER_PREFIX       where the library of that module is installed
"""

import argparse
import datetime
import functools
import json
import os
import statistics
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import instructions
import machine
import sides
import udp
from sides import Side, WorkerError

TOP = Path(__file__).resolve().parent.parent
FOLDER = TOP / "build" / "bench"
IPCONN_MESSAGES = 1_000_000
HTTP_MESSAGES = 300_000
DNSDEDUPE_MESSAGES = 1_000_000
UDP_MESSAGES = 1_000_000
MESSAGES_MIN = 1000
LABEL_WIDTH = 45

Measure = Callable[[Side], dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """One line of the first table: a loop of work.py, and which one the peer runs beside it."""

    label: str
    loop: str
    dataset: str
    peer_loop: str | None
    options: dict[str, str] | None = None  # Instead of the dataset's path.


def rows(counts: dict[str, int]) -> list[Row]:
    result = []
    for name in ("ipconn", "http"):
        result += [
            Row(f"{name}: read()", "read_only", name, "read_only"),
            Row(f"{name}: read(), m['srcip']", "one_field", name, "one_field"),
            Row(f"{name}: for m in input, m['srcip']", "one_field_iterating", name, "one_field"),
            Row(f"{name}: for k in m.keys(): m[k]", "all_fields", name, "all_fields"),
            Row(f"{name}: the same loop over dicts", "python_alone", name, None),
            Row(f"{name}: read() and write()", "copy", name, "copy"),
            Row(f"{name}: read() and write(), zlib", "copy_compressed", name, "copy_compressed"),
            Row(
                f"{name}: make, set fields, write()",
                f"make_{name}",
                name,
                f"make_{name}",
                {"messages": str(counts[name])},
            ),
        ]
    for name in ("dnsdedupe", "http"):
        result += [
            Row(f"{name}: read(), m.to_json()", "to_json", name, "to_json"),
            Row(f"{name}: read(), m.to_dict()", "to_dict", name, "all_fields"),
            Row(f"{name}: read(), write() as JSON", "write_json", name, "write_json"),
            Row(f"{name}: message.from_json(line)", "from_json", name, "from_json"),
            Row(f"{name}: read() of JSON", "read_json", name, "read_json"),
        ]
    return result


def alternate(
    runs: int, measures: Mapping[str, Measure], players: Mapping[str, Side]
) -> dict[str, Any]:
    """Results of each side: run by run in turns, who begins changes."""
    results: dict[str, Any] = {name: [] for name in players}
    for run in range(runs):
        order = list(players) if run % 2 == 0 else list(players)[::-1]
        for name in order:
            if isinstance(results[name], str):
                continue
            try:
                results[name].append(measures[name](players[name]))
            except WorkerError as error:
                results[name] = str(error)
    return results


def summarize(results: Any) -> dict[str, Any]:
    """Rates and their median; or what went wrong."""
    if isinstance(results, str):
        return {"error": results}
    rates = [result["messages"] / result["seconds"] for result in results]
    summary = {
        "rate": statistics.median(rates),
        "rates": rates,
        "cpu_seconds": [result["cpu_seconds"] for result in results],
        "messages": results[0]["messages"],
    }
    if "octets" in results[0]:
        summary["octets"] = results[0]["octets"]
    return summary


def per_second(rate: float | None) -> str:
    return f"{rate / 1000:,.1f} k" if rate else "-"


def spread(rates: list[float]) -> str:
    if len(rates) < 2:
        return "-"
    return f"{(max(rates) - min(rates)) / 2 / statistics.median(rates):.0%}"


def mode_label(is_buffered: bool) -> str:
    return "udp buffered" if is_buffered else "udp unbuffered"


def ratio(own: float | None, other: float | None) -> str:
    return f"{own / other:.1f} x" if own and other else "-"


class Bench:
    """A run of the measurements: prints as it goes, and keeps all figures."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.own = sides.ours()
        self.module = self.own.run("probe")
        prefix = os.environ.get("PEER_PREFIX", "")
        pythonpath = os.environ.get("PEER_PYTHONPATH", "")
        self.peer, why = sides.peer(self.own, self.module, pythonpath, prefix)
        if why:
            print(f"no peer: {why}; going on without")
        self.players = {"ours": self.own} | ({"peer": self.peer} if self.peer else {})
        self.machine = machine.describe(TOP, prefix if self.peer else "")
        self.counts = {
            "ipconn": self.scaled(IPCONN_MESSAGES),
            "http": self.scaled(HTTP_MESSAGES),
            "dnsdedupe": self.scaled(DNSDEDUPE_MESSAGES),
        }
        self.datasets: dict[str, datasets.Dataset] = {}
        self.rows: list[dict[str, Any]] = []
        self.transfers: list[dict[str, Any]] = []
        self.instructions: list[dict[str, Any]] = []
        self.errors: list[str] = []

    def scaled(self, count: int) -> int:
        return max(MESSAGES_MIN, int(count * self.options.scale) // MESSAGES_MIN * MESSAGES_MIN)

    def is_wanted(self, label: str) -> bool:
        return self.options.only in label

    def dataset(self, name: str, count: int) -> datasets.Dataset:
        return datasets.ensure(name, count, FOLDER, functools.partial(sides.generate, self.own))

    def path(self, row: Row) -> str:
        dataset = self.datasets[row.dataset]
        if row.loop not in ("from_json", "read_json"):
            return dataset.path
        return datasets.ensure_json(dataset, functools.partial(sides.generate, self.own))

    def note_error(self, label: str, side: str, text: str) -> None:
        print(f"  {side} failed: {text}")
        if side == "ours":
            self.errors.append(f"{label}: {text}")

    # -- files --

    def measure(self, row: Row, loop: str, side: Side) -> dict[str, Any]:
        dataset = self.datasets[row.dataset]
        arguments = row.options if row.options is not None else {"path": self.path(row)}
        target = FOLDER / "compressed.tmp"
        if loop == "copy_compressed":
            arguments = arguments | {"target": str(target)}
        try:
            result = side.run(loop, **arguments)
        finally:
            target.unlink(missing_ok=True)
        if row.loop != "python_alone" and result["messages"] != dataset.messages:
            raise WorkerError(f"{result['messages']} messages of {dataset.messages}")
        return result

    def file_row(self, row: Row) -> None:
        measures = {"ours": functools.partial(self.measure, row, row.loop)}
        players = {"ours": self.own}
        if self.peer and row.peer_loop:
            measures["peer"] = functools.partial(self.measure, row, row.peer_loop)
            players["peer"] = self.peer
        results = alternate(self.options.runs, measures, players)
        figures = {name: summarize(result) for name, result in results.items()}
        own, other = figures["ours"], figures.get("peer", {})
        line = f"{row.label:<{LABEL_WIDTH}}{per_second(own.get('rate')):>12}"
        line += f"{spread(own['rates']) if 'rates' in own else '-':>6}"
        if self.peer:
            line += f"{per_second(other.get('rate')):>12}"
            line += f"{spread(other['rates']) if 'rates' in other else '-':>6}"
            line += f"{ratio(own.get('rate'), other.get('rate')):>10}"
        if "octets" in own:
            line += f"   {own['octets'] / 1e6:.1f} MB"
            line += f", peer {other['octets'] / 1e6:.1f} MB" if "octets" in other else ""
        print(line, flush=True)
        for name, figure in figures.items():
            if "error" in figure:
                self.note_error(row.label, name, figure["error"])
        self.rows.append({"label": row.label, "loop": row.loop, "dataset": row.dataset} | figures)

    def files(self) -> None:
        wanted = [row for row in rows(self.counts) if self.is_wanted(row.label)]
        for name in dict.fromkeys(row.dataset for row in wanted):
            dataset = self.datasets[name] = self.dataset(name, self.counts[name])
            each = dataset.octets / dataset.messages
            print(f"{name}: {dataset.messages:,} messages, {each:.0f} octets each in the file")
        if wanted:
            heads = ["ours", "+-"] + (["peer", "+-", "ratio"] if self.peer else [])
            widths = [12, 6, 12, 6, 10]
            title = f"messages per second, median of {self.options.runs}"
            cells = "".join(f"{h:>{w}}" for h, w in zip(heads, widths, strict=False))
            print(f"\n{title:<{LABEL_WIDTH}}{cells}")
        for row in wanted:
            self.file_row(row)

    # -- UDP --

    def udp_row(self, is_buffered: bool) -> None:
        messages = self.scaled(UDP_MESSAGES)
        path = self.dataset("ipconn", self.counts["ipconn"]).path
        pairs = {"ours to ours": (self.own, self.own)}
        if self.peer:
            pairs |= {"ours to peer": (self.own, self.peer), "peer to peer": (self.peer, self.peer)}

        def measure_for(sender: Side) -> Measure:
            return lambda side: udp.transfer(sender, side, path, messages, is_buffered)

        measures = {name: measure_for(sender) for name, (sender, _) in pairs.items()}
        players = {name: side for name, (_, side) in pairs.items()}
        for name, results in alternate(self.options.runs, measures, players).items():
            label = f"{mode_label(is_buffered)}, {name}"
            if isinstance(results, str):
                print(f"{label:<{LABEL_WIDTH - 15}}{'-':>12}")
                self.note_error(label, "ours" if name == "ours to ours" else "peer", results)
                self.transfers.append({"label": label, "error": results})
                continue
            self.udp_line(label, results)

    def udp_line(self, label: str, results: list[dict[str, Any]]) -> None:
        def median(key: str) -> float | None:
            values = [result[key] for result in results if result[key] is not None]
            return statistics.median(values) if values else None

        sent, received = results[0]["sent"], median("received") or 0
        lost = [result["kernel_lost"] for result in results]
        lost_text = "-" if None in lost else f"{min(lost):,}..{max(lost):,}"
        line = f"{label:<{LABEL_WIDTH - 15}}{per_second(median('sent_rate')):>12}"
        line += f"{per_second(median('received_rate')):>12}{received / sent:>10.2%}"
        print(f"{line}{lost_text:>24}", flush=True)
        self.transfers.append({"label": label, "runs": results})

    def sockets(self) -> None:
        wanted = [mode for mode in (True, False) if self.is_wanted(mode_label(mode))]
        if wanted:
            title = f"ipconn over UDP, {self.scaled(UDP_MESSAGES):,}"
            heads = f"{'sent/s':>12}{'received/s':>12}{'arrive':>10}{'datagrams lost':>24}"
            print(f"\n{title:<{LABEL_WIDTH - 15}}{heads}")
        for is_buffered in wanted:
            self.udp_row(is_buffered)

    # -- instructions --

    def count_instructions(self) -> None:
        if not instructions.is_available():
            print("\nno instruction counts: valgrind is not installed")
            return
        heads = "".join(f"{name:>12}" for name in self.players)
        print(f"\n{'instructions per message':<{LABEL_WIDTH}}{heads}")
        for name in ("ipconn", "http"):
            dataset = self.dataset(name, instructions.MESSAGES)
            for loop in ("one_field", "one_field_iterating", "all_fields"):
                self.instruction_row(dataset, loop)

    def instruction_row(self, dataset: datasets.Dataset, loop: str) -> None:
        label = f"{dataset.name}: {loop}"
        figures: dict[str, Any] = {}
        for name, side in self.players.items():
            peer_loop = "one_field" if loop == "one_field_iterating" else loop
            try:
                figures[name] = instructions.per_message(
                    side, loop if name == "ours" else peer_loop, dataset, FOLDER
                )
            except WorkerError as error:
                self.note_error(label, name, str(error))
                figures[name] = None
        cells = "".join(f"{f'{n:,.0f}' if n is not None else '-':>12}" for n in figures.values())
        print(f"{label:<{LABEL_WIDTH}}{cells}", flush=True)
        self.instructions.append({"label": label} | figures)

    # -- all --

    def results(self) -> dict[str, Any]:
        return {
            "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "machine": self.machine | {"load_average_after": os.getloadavg()[0]},
            "module": self.module,
            "options": {"scale": self.options.scale, "runs": self.options.runs},
            "datasets": {
                name: {"messages": d.messages, "octets": d.octets, "sha256": d.sha256}
                for name, d in self.datasets.items()
            },
            "files": self.rows,
            "udp": self.transfers,
            "instructions": self.instructions,
        }

    def run(self) -> int:
        print(machine.summary(self.machine))
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.files()
        self.sockets()
        if self.options.instructions:
            self.count_instructions()
        if self.own.run("probe") != self.module:
            self.errors.append("the module was built anew meanwhile: these figures mean nothing")
            print(f"\n{self.errors[-1]}")
        target = FOLDER / "results.json"
        target.write_text(json.dumps(self.results(), indent=2) + "\n", encoding="utf-8")
        print(f"\nAll figures: {target.relative_to(TOP)}")
        return 1 if self.errors else 0


def positive(convert: Callable[[str], float], text: str) -> float:
    value = convert(text)
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure nmsg, beside a peer where there is one.")
    parser.add_argument(
        "--scale",
        type=functools.partial(positive, float),
        default=1.0,
        help="factor for the number of messages (1: a million and 300,000)",
    )
    parser.add_argument(
        "--runs",
        type=functools.partial(positive, int),
        default=5,
        help="runs of which the median is taken",
    )
    parser.add_argument("--only", default="", help="only rows whose label contains this")
    parser.add_argument(
        "--instructions", action="store_true", help="also count instructions, with valgrind"
    )
    return parser.parse_args()


def main() -> int:
    try:
        return Bench(parse_options()).run()
    except WorkerError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
