#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measure our module and our tool, side by side with a peer's where there is one (bench/README.md).

usage: run.py [--scale FACTOR] [--runs N] [--only TEXT] [--[no-]instructions]

PEER_PYTHONPATH   folder of another module `nmsg` to run beside ours
PEER_PREFIX       where the library of that module is installed, and its nmsgtool
"""

import argparse
import datetime
import functools
import itertools
import json
import os
import statistics
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import datasets
import instructions
import kafka
import machine
import rows
import sides
import udp
import zeromq
from rows import Command, Row
from sides import Side, Tool, WorkerError

TOP = Path(__file__).resolve().parent.parent
UDP_MESSAGES = {True: 500_000, False: 200_000}  # Buffered, or each by itself.
MESSAGES_MIN = 1000
LABEL_WIDTH = 48

Measure = Callable[[], dict[str, Any]]
Figures = dict[str, Any]


def alternate(runs: int, measures: Mapping[str, Measure]) -> dict[str, Any]:
    """Results by name: run by run in turns, and who begins changes. For who fails stands why."""
    results: dict[str, Any] = {name: [] for name in measures}
    names = list(measures)
    for run in range(runs):
        first = run % len(names)
        for name in names[first:] + names[:first]:
            if isinstance(results[name], str):
                continue
            try:
                results[name].append(measures[name]())
            except WorkerError as error:
                results[name] = str(error)
    return results


def summarize(results: Any) -> Figures:
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


def spread(figure: Figures) -> str:
    rates = figure.get("rates", [])
    if len(rates) < 2:
        return "-"
    return f"{(max(rates) - min(rates)) / 2 / statistics.median(rates):.0%}"


def mode_label(is_buffered: bool) -> str:
    return "udp buffered" if is_buffered else "udp unbuffered"


def is_reached(row: Row, ratio: float | None, size_ratio: float | None) -> bool | None:
    """None when there is no goal, or nothing to compare with."""
    if row.goal is None or ratio is None:
        return None
    is_small = size_ratio is None or size_ratio <= rows.SIZE_GOAL
    return ratio >= row.goal and is_small


def compared(row: Row, own: Figures, other: Figures) -> Figures:
    """A row of the results."""
    ratio = own["rate"] / other["rate"] if "rate" in own and "rate" in other else None
    sizes = [figure.get("octets") for figure in (own, other)]
    size_ratio = sizes[0] / sizes[1] if sizes[0] and sizes[1] and "zlib" in row.label else None
    if isinstance(row, Command):
        size_ratio = sizes[0] / sizes[1] if row.compresses and sizes[0] and sizes[1] else None
    result: Figures = {"label": row.label, "loop": row.work, "dataset": row.dataset, "ours": own}
    if other:
        result["peer"] = other
    return result | {
        "ratio": ratio,
        "goal": row.goal,
        "reached": is_reached(row, ratio, size_ratio),
        "size_ratio": size_ratio,
    }


class Bench:
    """A run of the measurements: prints as it goes, and keeps all figures."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.folder: Path = options.folder
        self.own = sides.ours()
        self.module = self.own.run("probe")
        prefix = os.environ.get("PEER_PREFIX", "")
        pythonpath = os.environ.get("PEER_PYTHONPATH", "")
        self.peer, no_module = sides.peer(self.own, self.module, pythonpath, prefix)
        peer_tool, no_tool = sides.peer_tool(self.own, prefix)
        for why in filter(None, (no_module, no_tool)):
            print(f"no peer: {why}; going on without")
        self.players = {"ours": self.own} | ({"peer": self.peer} if self.peer else {})
        self.tools = {"ours": sides.our_tool(self.own)} | ({"peer": peer_tool} if peer_tool else {})
        self.has_peer = len(self.players) + len(self.tools) > 2
        self.machine = machine.describe(TOP, prefix if self.has_peer else "")
        self.datasets: dict[tuple[str, float], datasets.Dataset] = {}
        self.checked: set[tuple[str, str]] = set()
        self.rows: list[Figures] = []
        self.transfers: list[Figures] = []
        self.zeromq: list[Figures] = []
        self.kafka: list[Figures] = []
        self.instructions: list[Figures] = []
        self.errors: list[str] = []

    def scaled(self, count: float) -> int:
        return max(MESSAGES_MIN, int(count * self.options.scale) // MESSAGES_MIN * MESSAGES_MIN)

    def is_wanted(self, label: str) -> bool:
        return self.options.only in label

    def generate(self, arguments: list[str]) -> None:
        sides.generate(self.own, arguments)

    def dataset(self, name: str, share: float = 1.0) -> datasets.Dataset:
        if (name, share) not in self.datasets:
            count = self.scaled(rows.MESSAGES[name] * share)
            made = datasets.ensure(name, count, self.folder, self.generate)
            self.datasets[name, share] = made
        return self.datasets[name, share]

    def source(self, row: Row) -> str:
        dataset = self.dataset(row.dataset, row.share)
        return datasets.ensure_form(row.form, dataset, self.generate) if row.form else dataset.path

    def note_error(self, label: str, side: str, text: str) -> None:
        print(f"  {side} failed: {text}")
        if side == "ours":
            self.errors.append(f"{label}: {text}")

    # -- files --

    def measure(self, row: Row, name: str) -> Figures:
        """One run of ours or the peer's."""
        source, target = self.source(row), self.folder / "target.tmp"
        try:
            if isinstance(row, Command):
                return self.run_command(row, self.tools[name], source, target)
            return self.run_loop(row, self.players[name], name, source, target)
        finally:
            target.unlink(missing_ok=True)

    def run_loop(self, row: Row, side: Side, name: str, source: str, target: Path) -> Figures:
        loop = row.work if name == "ours" else row.peer
        assert loop is not None
        messages = self.dataset(row.dataset, row.share).messages
        options = {"path": source} | row.options
        if loop.startswith("make_"):
            options = {"messages": str(messages)}
        elif loop.startswith("limit_"):
            options["messages"] = str(messages)
        if loop in ("copy_compressed", "limit_copy"):
            options["target"] = str(target)
        result = side.run(loop, **options)
        if loop != "python_alone" and result["messages"] != messages:
            raise WorkerError(f"{result['messages']} messages of {messages}")
        return result

    def run_command(self, row: Command, tool: Tool, source: str, target: Path) -> Figures:
        arguments = [text.format(source=source, target=target) for text in row.arguments]
        messages = self.dataset(row.dataset, row.share).messages
        if row.counts_packets:
            messages = datasets.packet_count(source)
        result = tool.run(arguments, row.cores if tool.name == "ours" else 0)
        if row.writes_file:
            result["octets"] = target.stat().st_size
            self.check_target(row, tool, target, messages)
        return result | {"messages": messages}

    def check_target(self, row: Command, tool: Tool, target: Path, messages: int) -> None:
        """The first time: does the file hold all messages?"""
        if (row.label, tool.name) in self.checked or "-o" in row.arguments:
            return
        self.checked.add((row.label, tool.name))
        loop = "read_json" if "-J" in row.arguments else "read_only"
        found = self.own.run(loop, path=target)["messages"]
        if row.counts_packets:  # Two to a message, if there was a response.
            messages = found if messages / 2 <= found <= messages else messages
        if found != messages:
            raise WorkerError(f"{found} messages of {messages} in the file")

    def file_rows(self, group: list[Row]) -> None:
        """Rows that share the runs of the peer."""
        own = [functools.partial(self.measure, row, "ours") for row in group]
        measures: dict[str, Measure] = dict(zip((row.label for row in group), own, strict=True))
        is_command = isinstance(group[0], Command)
        if group[0].peer and "peer" in (self.tools if is_command else self.players):
            measures["peer"] = functools.partial(self.measure, group[0], "peer")
        figures = {
            name: summarize(results)
            for name, results in alternate(self.options.runs, measures).items()
        }
        other = figures.pop("peer", {})
        for row in group:
            self.file_line(row, compared(row, figures[row.label], other))
        if "error" in other:
            self.note_error(group[0].label, "peer", other["error"])

    def file_line(self, row: Row, result: Figures) -> None:
        own, other = result["ours"], result.get("peer", {})
        line = f"{row.label:<{LABEL_WIDTH}}{per_second(own.get('rate')):>12}{spread(own):>6}"
        if self.has_peer:
            ratio, reached = result["ratio"], result["reached"]
            line += f"{per_second(other.get('rate')):>12}{spread(other):>6}"
            line += f"{f'{ratio:.1f} x' if ratio else '-':>10}"
            line += f"{f'{row.goal:g} x' if row.goal else '':>8}"
            line += f"{'' if reached is None else 'yes' if reached else 'no':>5}"
        print((line + self.remarks(row, result)).rstrip(), flush=True)
        if "error" in own:
            self.note_error(row.label, "ours", own["error"])
        self.rows.append(result)

    def remarks(self, row: Row, result: Figures) -> str:
        """Sizes, and what a second core brings."""
        own, other, text = result["ours"], result.get("peer", {}), ""
        if "octets" in own:
            text += f"   {own['octets'] / 1e6:.1f} MB"
            text += f", peer {other['octets'] / 1e6:.1f} MB" if "octets" in other else ""
            text += f" ({result['size_ratio']:.3f})" if result["size_ratio"] else ""
        if row.label.endswith(rows.TWO_CORES) and "rate" in own:
            one = row.label.removesuffix(rows.TWO_CORES) + rows.ONE_CORE
            for before in self.rows:
                if before["label"] == one and "rate" in before["ours"]:
                    result["scaling"] = own["rate"] / before["ours"]["rate"]
                    text += f"   {result['scaling']:.2f} x one core"
        return text

    def files(self, title: str, all_rows: list[Row]) -> None:
        wanted = [row for row in all_rows if self.is_wanted(row.label)]
        if not wanted:
            return
        for row in wanted:
            self.source(row)  # Made before anything is measured.
        print()
        for name, share in dict.fromkeys((row.dataset, row.share) for row in wanted):
            dataset = self.dataset(name, share)
            each = dataset.octets / dataset.messages
            print(f"{name}: {dataset.messages:,} messages, {each:.0f} octets each in the file")
        heads = ["ours", "+-"]
        heads += ["peer", "+-", "ratio", "goal", "met"] if self.has_peer else []
        widths = [12, 6, 12, 6, 10, 8, 5]
        cells = "".join(f"{h:>{w}}" for h, w in zip(heads, widths, strict=False))
        print(f"\n{f'{title}, median of {self.options.runs}':<{LABEL_WIDTH}}{cells}")
        for _, group in itertools.groupby(wanted, key=lambda row: row.together):
            self.file_rows(list(group))

    # -- UDP --

    def udp_rows(self, is_buffered: bool) -> None:
        messages = self.scaled(UDP_MESSAGES[is_buffered])
        path = self.dataset("ipconn", rows.PYTHON_SHARE["ipconn"]).path
        pairs = {"ours to ours": (self.own, self.own)}
        if self.peer:
            pairs |= {"ours to peer": (self.own, self.peer), "peer to peer": (self.peer, self.peer)}
        measures: dict[str, Measure] = {
            f"{mode_label(is_buffered)}, {name}": functools.partial(
                udp.transfer, sender, receiver, path, messages, is_buffered
            )
            for name, (sender, receiver) in pairs.items()
        }
        self.transfer(measures)

    def tool_rows(self) -> None:
        """What the tool sends at full speed: the peer's where there is one."""
        dataset = self.dataset("dnsdedupe")
        tool = self.tools.get("peer", self.tools["ours"])
        whose = "peer's" if "peer" in self.tools else "our"
        measures: dict[str, Measure] = {}
        for side in self.players.values():
            ways = rows.UDP_WAYS if side is self.own else rows.UDP_PEER_WAYS
            for way, shown in ways.items():
                measures[f"udp, {whose} nmsgtool to {side.name}: {shown}"] = functools.partial(
                    udp.transfer_by_tool, tool, side, way, rows.FIELDS["dnsdedupe"], dataset
                )
        goals = {label: rows.UDP_GOAL for label in measures if "to ours" in label}
        self.transfer(measures, goals)

    def transfer(
        self, measures: dict[str, Measure], goals: Mapping[str, float] | None = None
    ) -> None:
        goals = goals or {}
        measures = {label: call for label, call in measures.items() if self.is_wanted(label)}
        for label, results in alternate(self.options.runs, measures).items() if measures else ():
            if isinstance(results, str):
                print(f"{label:<{LABEL_WIDTH}}{'-':>12}")
                side = "ours" if "ours to ours" in label or "to ours:" in label else "peer"
                self.note_error(label, side, results)
                self.transfers.append({"label": label, "error": results})
                continue
            self.udp_line(label, results, goals.get(label))

    def udp_line(self, label: str, results: list[Figures], goal: float | None) -> None:
        def median(key: str) -> float | None:
            values = [result[key] for result in results if result[key] is not None]
            return statistics.median(values) if values else None

        # The goal is that all arrive, always.
        arrived = min(result["received"] / result["sent"] for result in results)
        received, sent = median("received") or 0, results[0]["sent"]
        lost = [result["kernel_lost"] for result in results]
        lost_text = "-" if None in lost else f"{min(lost):,}..{max(lost):,}"
        reached = None if goal is None else arrived >= goal
        line = f"{label:<{LABEL_WIDTH}}{per_second(median('sent_rate')):>12}"
        line += f"{per_second(median('received_rate')):>12}{received / sent:>10.2%}"
        line += f"{lost_text:>18}{'' if goal is None else 'all':>6}"
        line += f"{'' if reached is None else 'yes' if reached else 'no':>5}"
        print(line.rstrip(), flush=True)
        self.transfers.append(
            {"label": label, "runs": results, "goal": goal, "arrived": arrived, "reached": reached}
        )

    def sockets(self) -> None:
        if "udp" not in self.options.only and self.options.only:
            return
        title = f"UDP over loopback, median of {self.options.runs}"
        heads = f"{'sent/s':>12}{'received/s':>12}{'arrive':>10}{'datagrams lost':>18}"
        print(f"\n{title:<{LABEL_WIDTH}}{heads}{'goal':>6}{'met':>5}")
        for is_buffered in (True, False):
            self.udp_rows(is_buffered)
        self.tool_rows()

    # -- ZeroMQ --

    def zeromq_rows(self) -> None:
        if "zmq" not in self.options.only and self.options.only:
            return
        own, peer = self.tools["ours"], self.tools.get("peer")
        if not zeromq.is_there(own):
            print("\nno ZeroMQ: this build lacks libzmq")
            return
        pairs = {"ours to ours": (own, own)}
        if peer:
            pairs |= {"ours to peer": (own, peer), "peer to ours": (peer, own)}
            pairs |= {"peer to peer": (peer, peer)}
        title = f"ZeroMQ over loopback, median of {self.options.runs}"
        print(f"\n{title:<{LABEL_WIDTH}}{'containers/s':>14}{'messages/s':>12}{'+-':>6}")
        for mode, share in rows.ZEROMQ_SHARE.items():
            dataset = self.dataset("dnsdedupe", share)
            measures: dict[str, Measure] = {
                f"zmq {mode}, nmsgtool, {name}": functools.partial(
                    zeromq.transfer, *tools, dataset, mode == "buffered"
                )
                for name, tools in pairs.items()
            }
            measures = {label: call for label, call in measures.items() if self.is_wanted(label)}
            if measures:
                for label, results in alternate(self.options.runs, measures).items():
                    self.zeromq_line(label, results)

    def zeromq_line(self, label: str, results: Any) -> None:
        if isinstance(results, str):
            print(f"{label:<{LABEL_WIDTH}}{'-':>14}")
            side = "ours" if label.endswith("ours to ours") else "peer"
            self.note_error(label, side, results)
            self.zeromq.append({"label": label, "error": results})
            return
        rates = [result["messages"] / result["seconds"] for result in results]
        containers = statistics.median(r["containers"] / r["seconds"] for r in results)
        line = f"{label:<{LABEL_WIDTH}}{per_second(containers):>14}"
        line += f"{per_second(statistics.median(rates)):>12}{spread({'rates': rates}):>6}"
        print(line, flush=True)
        self.zeromq.append({"label": label, "runs": results, "containers_per_sec": containers})

    # -- Kafka --

    def kafka_rows(self) -> None:
        if "kafka" not in self.options.only and self.options.only:
            return
        tools = {name: tool for name, tool in self.tools.items() if kafka.is_there(tool)}
        if "ours" not in tools:
            print("\nno Kafka: this build lacks librdkafka")
            return
        with kafka.broker(self.folder / "kafka") as admin:
            if admin is None:
                print("\nno Kafka: there is no broker to be had (Java 17 and Maven)")
                return
            title = f"Kafka over loopback, median of {self.options.runs}"
            print(f"\n{title:<{LABEL_WIDTH}}{'records/s':>14}{'messages/s':>12}{'+-':>6}")
            for form, share in rows.KAFKA_SHARE.items():
                dataset = self.dataset("dnsdedupe", share)
                topic = kafka.new_topic(admin)
                where = kafka.endpoint(admin, form, topic)
                tools["ours"].run(["-r", dataset.path, "--writekafka", where], 0)
                for way, call in (
                    ("into", functools.partial(kafka.write, admin=admin, form=form)),
                    ("out of", functools.partial(kafka.read, admin=admin, form=form, topic=topic)),
                ):
                    measures: dict[str, Measure] = {
                        f"kafka {form}, {way} a topic, {name}": functools.partial(
                            call, tool, dataset=dataset
                        )
                        for name, tool in tools.items()
                    }
                    self.kafka_measures(measures)

    def kafka_measures(self, measures: dict[str, Measure]) -> None:
        measures = {label: call for label, call in measures.items() if self.is_wanted(label)}
        for label, results in alternate(self.options.runs, measures).items() if measures else ():
            if isinstance(results, str):
                print(f"{label:<{LABEL_WIDTH}}{'-':>14}")
                self.note_error(label, label.rpartition(" ")[2], results)
                self.kafka.append({"label": label, "error": results})
                continue
            rates = [result["messages"] / result["seconds"] for result in results]
            records = statistics.median(r["records"] / r["seconds"] for r in results)
            line = f"{label:<{LABEL_WIDTH}}{per_second(records):>14}"
            line += f"{per_second(statistics.median(rates)):>12}{spread({'rates': rates}):>6}"
            print(line, flush=True)
            self.kafka.append({"label": label, "runs": results, "records_per_sec": records})

    # -- instructions --

    def count_instructions(self) -> None:
        if not instructions.is_available():
            print("\nno instruction counts: valgrind is not installed")
            return
        heads = "".join(f"{name:>12}" for name in ("ours", "peer")[: 1 + self.has_peer])
        print(f"\n{'instructions per message':<{LABEL_WIDTH}}{heads}")
        counter = instructions.Counter(self.own, self.folder)
        for path in instructions.PATHS:
            if not self.is_wanted(path.label):
                continue
            figures: Figures = {}
            for name in ("ours", "peer")[: 1 + self.has_peer]:
                try:
                    figures[name] = counter.of(path, self.players.get(name), self.tools.get(name))
                except WorkerError as error:
                    self.note_error(path.label, name, str(error))
                    figures[name] = None
            cells = "".join(f"{f'{n:,.0f}' if n else '-':>12}" for n in figures.values())
            print(f"{path.label:<{LABEL_WIDTH}}{cells}", flush=True)
            self.instructions.append({"label": path.label} | figures)

    # -- all --

    def results(self) -> Figures:
        return {
            "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "machine": self.machine | {"load_average_after": os.getloadavg()[0]},
            "module": self.module,
            "options": {"scale": self.options.scale, "runs": self.options.runs},
            "datasets": [
                {"name": d.name, "messages": d.messages, "octets": d.octets, "sha256": d.sha256}
                for d in self.datasets.values()
            ],
            "files": self.rows,
            "udp": self.transfers,
            "zeromq": self.zeromq,
            "kafka": self.kafka,
            "instructions": self.instructions,
        }

    def run(self) -> int:
        print(machine.summary(self.machine))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.files("nmsgtool, messages per second", rows.command_rows())
        self.files("Python, messages per second", rows.python_rows())
        self.files("Limits, messages per second", rows.limit_rows())
        self.sockets()
        self.zeromq_rows()
        self.kafka_rows()
        wants_instructions = self.options.instructions
        if wants_instructions or (wants_instructions is None and not self.has_peer):
            self.count_instructions()
        if self.own.run("probe") != self.module:
            self.errors.append("the module was built anew meanwhile: these figures mean nothing")
            print(f"\n{self.errors[-1]}")
        target = self.folder / "results.json"
        target.write_text(json.dumps(self.results(), indent=2) + "\n", encoding="utf-8")
        print(f"\nAll figures: {os.path.relpath(target)}")
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
        help="factor for the number of messages (1: a million of dnsdedupe)",
    )
    parser.add_argument(
        "--runs",
        type=functools.partial(positive, int),
        default=5,
        help="runs of which the median is taken",
    )
    parser.add_argument("--only", default="", help="only rows whose label contains this")
    parser.add_argument(
        "--instructions",
        action=argparse.BooleanOptionalAction,
        help="count instructions, with valgrind (default: where there is no peer)",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=TOP / "build" / "bench",
        help="for the messages and the figures",
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
