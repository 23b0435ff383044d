#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write figures and profiles into docs/performance.md, and draw docs/performance.svg.

usage: report.py [--publish] [--check] [--results FILE]

The figures are those of bench/results.json, the profiles those of shares.json; with --publish, the
figures of build/bench/results.json are made the former first. With --check nothing is written: the
exit status is 1 if page or picture are stale.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import chart
import rows
import shares
from chart import TIMES

TOP = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).with_name("results.json")
LATEST = TOP / "build" / "bench" / "results.json"
PAGE = TOP / "docs" / "performance.md"
PICTURE = PAGE.with_suffix(".svg")
BEGIN = "<!-- begin of {}, which bench/report.py writes -->"
END = "<!-- end of {}, which bench/report.py writes -->"
NO_FIGURES = "No figures have been published for this version; `make bench` measures."

Results = dict[str, Any]


def table(heads: list[str], lines: list[list[str]]) -> str:
    """Markdown, all columns but the first to the right."""
    rule = ["---"] + ["--:"] * (len(heads) - 1)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [heads, rule, *lines])


def rate(figure: Results) -> str:
    if "rate" in figure:
        return chart.rate(figure["rate"])
    return "failed" if "error" in figure else "-"


def met(reached: bool | None) -> str:
    return "" if reached is None else "yes" if reached else "**no**"


def short(label: str) -> str:
    """What is measured, without the name of the dataset, as code and words."""
    what = label.partition(": ")[2]
    command, comma, cores = what.partition(", ") if what.startswith("nmsgtool") else (what, "", "")
    if what.startswith(("the same", "io,", "make,")):
        return what
    return f"`{command}`{comma}{cores}"


def remark(row: Results) -> str:
    """What else there is to know of a row."""
    texts = []
    if row.get("size_ratio"):
        texts.append(f"size {row['size_ratio']:.3f}")
    if row.get("scaling"):
        texts.append(f"{row['scaling']:.2f} {TIMES} one core")
    return ", ".join(texts)


def row_cells(row: Results) -> list[str]:
    own, other = row["ours"], row.get("peer", {})
    return [
        short(row["label"]),
        rate(own),
        rate(other),
        chart.times(row["ratio"]) if row["ratio"] else "",
        f"{row['goal']:g} {TIMES}" if row["goal"] else "",
        met(row["reached"]),
        remark(row),
    ]


def file_tables(results: Results) -> list[str]:
    """A heading and a table for each dataset."""
    heads = ["", "ours", "peer", "ratio", "goal", "met", ""]
    datasets = {entry["name"]: entry for entry in results["datasets"][::-1]}
    parts = []
    for name in rows.MESSAGES:
        lines = [
            row_cells(row)
            for row in results["files"]
            if row["dataset"] == name and not row["loop"].startswith("limit_")
        ]
        if lines:
            octets = datasets[name]["octets"] / datasets[name]["messages"]
            counts = sorted({e["messages"] for e in results["datasets"] if e["name"] == name})
            shown = " or ".join(f"{count:,}" for count in counts[::-1])
            parts.append(f"### {name}\n\n{shown} messages of {octets:.0f} octets in the file.")
            parts.append(table(heads, lines))
    return parts


def limit_table(results: Results) -> list[str]:
    """How near the rows come to what cannot be left out."""
    figures = {row["label"]: row["ours"] for row in results["files"]}
    lines = []
    for what, labels in rows.LIMITS.values():
        limit = figures.get(f"dnsdedupe: {what}", {}).get("rate")
        for label in labels:
            own = figures.get(f"dnsdedupe: {label}", {}).get("rate")
            if limit and own:
                cells = [chart.rate(limit), short(f": {label}"), chart.rate(own)]
                lines.append([what, *cells, f"{own / limit:.0%}"])
    heads = ["what nobody can leave out", "rate", "row", "ours", "share"]
    return ["### Limits", table(heads, lines)] if lines else []


def udp_table(results: Results) -> list[str]:
    lines = []
    for transfer in results["udp"]:
        runs = transfer.get("runs")
        if not runs:
            lines.append([transfer["label"], "failed", "", "", "", ""])
            continue
        sent = sorted(run["sent_rate"] for run in runs)[len(runs) // 2]
        received = sorted(run["received_rate"] or 0 for run in runs)[len(runs) // 2]
        least = min(run["received"] / run["sent"] for run in runs)
        lines.append(
            [
                transfer["label"],
                chart.rate(sent),
                chart.rate(received) if received else "-",
                f"{least:.2%}" if least < 1 else "all",
                "all" if transfer.get("goal") else "",
                met(transfer.get("reached")),
            ]
        )
    heads = ["", "sent", "received", "arrived", "goal", "met"]
    return ["### UDP\n\nArrived: in the worst of the runs.", table(heads, lines)] if lines else []


def instruction_table(results: Results) -> list[str]:
    lines = []
    for entry in results["instructions"]:
        own, other = entry.get("ours"), entry.get("peer")
        lines.append(
            [
                short(entry["label"]) + f", {entry['label'].partition(':')[0]}",
                f"{own:,.0f}" if own else "-",
                f"{other:,.0f}" if other else "-",
                chart.times(other / own) if own and other else "",
            ]
        )
    heads = ["", "ours", "peer", "ratio"]
    title = "### Instructions per message\n\nCounted by valgrind; of all threads together."
    return [title, table(heads, lines)] if lines else []


def machine_text(results: Results) -> str:
    machine, options = results["machine"], results["options"]
    beside = f", beside {machine['peer_version']}" if machine["peer_version"] else ""
    return (
        f"Version {machine['version']} ({machine['commit']}){beside}, {results['date'][:10]}. "
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_mib'] / 1024:.0f} GiB, "
        f"{machine['kernel']}; {machine['python']}, {machine['libc']}, {machine['compiler']}, "
        f"{machine['compression']}. Median of {options['runs']} runs"
        + ("." if options["scale"] == 1 else f", at {options['scale']:g} of the full size.")
    )


def render(results: Results | None) -> str:
    """What stands between the marks."""
    if results is None:
        return NO_FIGURES
    parts = [machine_text(results)]
    if chart.draw(results):
        parts.append(f"![Rates beside the peer's]({PICTURE.name})")
    parts += [
        *file_tables(results),
        *limit_table(results),
        *udp_table(results),
        *instruction_table(results),
    ]
    return "\n\n".join(parts)


def render_shares(kept: Results | None) -> str:
    if kept is None:
        return "No profile has been published for this version; `bench/shares.py` makes one."
    lines = []
    for label, found in kept["shares"].items():
        cells = [f"{found[name]:.0f}" if found[name] >= 0.5 else "" for name in shares.COLUMNS]
        lines.append([f"`{label}`", *cells])
    text = f"Percent of the samples; version {kept['version']}, {kept['cpu']}, one core."
    return f"{text}\n\n{table(['', *shares.COLUMNS], lines)}"


def with_part(page: str, name: str, text: str) -> str:
    """The page with this text between the marks of that name."""
    before, begin, rest = page.partition(BEGIN.format(name))
    _, end, after = rest.partition(END.format(name))
    if not begin or not end:
        raise SystemExit(f"report: {PAGE} does not have the marks of {name}")
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def read(path: Path) -> Results | None:
    if not path.exists():
        return None
    found: Results = json.loads(path.read_text(encoding="utf-8"))
    return found


def wanted() -> dict[Path, str]:
    """The files with what should stand in them."""
    results = read(RESULTS)
    page = with_part(PAGE.read_text(encoding="utf-8"), "figures", render(results))
    texts = {PAGE: with_part(page, "shares", render_shares(read(shares.KEPT)))}
    picture = chart.draw(results) if results else ""
    return texts | ({PICTURE: picture} if picture else {})


def main() -> int:
    parser = argparse.ArgumentParser(description="Figures into docs/performance.md.")
    parser.add_argument("--publish", action="store_true", help="take the latest run's figures")
    parser.add_argument("--check", action="store_true", help="only tell what is stale")
    parser.add_argument("--results", type=Path, default=LATEST, help="figures to publish")
    options = parser.parse_args()
    if options.publish:
        shutil.copyfile(options.results, RESULTS)
    stale = 0
    for path, text in wanted().items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if options.check:
            print(f"report: {path.relative_to(TOP)} is stale", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
