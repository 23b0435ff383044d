# SPDX-License-Identifier: Apache-2.0
"""The figures of a run as a picture: how many times faster than the peer, a logarithmic scale."""

import math
from dataclasses import dataclass
from html import escape
from typing import Any

Results = dict[str, Any]

# What is shown of the rows, in which words, under a heading each.
SHOWN = {
    "nmsgtool": {
        "dnsdedupe: nmsgtool -r X -J /dev/null, two cores": "NMSG to JSON",
        "dnsdedupe: nmsgtool -r X -o /dev/null, two cores": "NMSG to presentation text",
        "dnsdedupe: nmsgtool -j X -w Y, two cores": "JSON to NMSG",
        "dnsdedupe: nmsgtool -r X -w Y": "NMSG to NMSG",
        "dnsdedupe: nmsgtool -r X -z -w Y, two cores": "NMSG to NMSG, compressed",
    },
    "Python": {
        "dnsdedupe: batches(), m['rrname']": "one field, batches()",
        "dnsdedupe: for m in input, m['rrname']": "one field, for m in input",
        "dnsdedupe: read(), m['rrname']": "one field, read()",
        "dnsdedupe: m.to_dict()": "all fields, to_dict()",
        "dnsdedupe: for k in m.keys(): m[k]": "all fields, one by one",
        "dnsdedupe: read(), m.to_json()": "to_json()",
        "dnsdedupe: message.from_json(line)": "from_json()",
        "dnsdedupe: io, a callback counts": "io, a callback",
    },
}

TIMES = "\N{MULTIPLICATION SIGN}"
WIDTH, MARGIN = 760, 18
BARS_LEFT, BARS_RIGHT = 218, 568
ROW, BAR, GROUP = 26, 14, 32
TOP = 62

STYLE = """
text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.card{fill:#fff;stroke:#d1d9e0}.text{fill:#1f2328}.dim{fill:#59636e}.grid{stroke:#e4e8ec}
.bar{fill:#2f6fdb}.zero{stroke:#59636e}.title{font-size:15px;font-weight:600}
.group{font-weight:600}.small{font-size:11.5px}
"""
DARK = """
.card{fill:#0d1117;stroke:#3d444d}.text{fill:#f0f6fc}.dim{fill:#9198a1}.grid{stroke:#262c34}
.bar{fill:#5b9bff}.zero{stroke:#9198a1}
"""


@dataclass(frozen=True)
class Bar:
    """One line of the picture."""

    name: str
    own: float  # Messages per second.
    peer: float

    @property
    def ratio(self) -> float:
        return self.own / self.peer


def bars(results: Results) -> dict[str, list[Bar]]:
    """What there is to show, by heading."""
    figures = {row["label"]: row for row in results["files"]}
    found: dict[str, list[Bar]] = {}
    for heading, labels in SHOWN.items():
        for label, name in labels.items():
            row = figures.get(label, {})
            if row.get("ratio"):
                bar = Bar(name, row["ours"]["rate"], row["peer"]["rate"])
                found.setdefault(heading, []).append(bar)
    return found


def rate(value: float) -> str:
    """Messages per second with two or three digits."""
    if value >= 999_500:
        return f"{value / 1e6:.1f} M/s"
    return f"{value / 1e3:.0f} k/s" if value >= 9_950 else f"{value / 1e3:.1f} k/s"


def times(ratio: float) -> str:
    return f"{ratio:.0f} {TIMES}" if ratio >= 9.95 else f"{ratio:.1f} {TIMES}"


def marks(greatest: float) -> list[int]:
    """Where the lines of the scale stand: 1, 2, 5, 10, 20 …"""
    result, power = [], 1
    while not result or result[-1] < greatest:
        result += [power, 2 * power, 5 * power]
        power *= 10
    while len(result) > 2 and result[-2] >= greatest:
        result.pop()
    return result


def text(x: float, y: float, kind: str, words: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def draw(results: Results) -> str:
    """An SVG image that fits pages of either colour; "" if there is no peer to compare with."""
    groups = bars(results)
    if not groups:
        return ""
    scale = marks(max(bar.ratio for group in groups.values() for bar in group))
    span = (BARS_RIGHT - BARS_LEFT) / math.log(scale[-1])

    def place(ratio: float) -> float:
        return round(BARS_LEFT + span * math.log(max(ratio, 1)), 1)

    height = TOP + sum(GROUP + ROW * len(group) for group in groups.values()) + 56
    machine, bottom = results["machine"], height - 50
    title = f"Rate as a multiple of that of {machine['peer_version']}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">',
        f"<style>{STYLE}@media (prefers-color-scheme:dark){{{DARK}}}</style>",
        f'<rect class="card" x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>',
        text(MARGIN, 30, "text title", title),
        text(MARGIN, 49, "dim small", "SIE dnsdedupe messages, side by side, medians"),
        text(WIDTH - MARGIN, 49, "dim small", "messages: ours / peer", "end"),
    ]
    for mark in scale:
        kind = "zero" if mark == 1 else "grid"
        x = place(mark)
        parts.append(f'<path class="{kind}" d="M{x:g} {TOP + 4}V{bottom}"/>')
        parts.append(text(x, bottom + 16, "dim small", f"{mark} {TIMES}", "middle"))
    y: float = TOP
    for heading, group in groups.items():
        parts.append(text(MARGIN, y + 20, "text group", heading))
        y += GROUP
        for bar in group:
            end = place(bar.ratio)
            shape = f'x="{BARS_LEFT}" y="{y + (ROW - BAR) / 2 - 3:g}" height="{BAR}" rx="2"'
            parts += [
                text(BARS_LEFT - 10, y + 14, "text", bar.name, "end"),
                f'<rect class="bar" {shape} width="{max(end - BARS_LEFT, 1):.1f}"/>',
                text(end + 6, y + 14, "text", times(bar.ratio)),
                text(
                    WIDTH - MARGIN,
                    y + 14,
                    "dim small",
                    f"{rate(bar.own)} / {rate(bar.peer)}",
                    "end",
                ),
            ]
            y += ROW
    footer = f"{machine['cpu']}, {machine['cores']} cores, {machine['python']}"
    parts.append(text(MARGIN, height - 13, "dim small", footer))
    return "\n".join([*parts, "</svg>", ""])
