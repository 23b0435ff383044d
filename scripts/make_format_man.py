#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the manual page nmsg(5) from docs/format.md.

usage: make_format_man.py [--check] TOP

TOP is the top of the tree. Writes docs/man/nmsg.5; with --check it only tells whether that is what
it would write. Knows the Markdown that docs/format.md is written in: headings, paragraphs, lists of
one level, tables, blocks of code, emphasis, code and links.
"""

import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

HEAD = r""".\" SPDX-License-Identifier: Apache-2.0
.\" Made of docs/format.md by scripts/make_format_man.py: do not edit.
.TH NMSG 5
.SH NAME
nmsg \- containers, messages and text of the NMSG format
.SH DESCRIPTION
.ad l
.nh
"""
TAIL = """.SH SEE ALSO
.BR nmsgtool (1)
"""
ITEM = re.compile(r"(-|\d+\.) +")


def plain(text: str) -> str:
    """Text as roff shows it, in ASCII."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "".join(c if c.isascii() else f"\\[u{ord(c):04X}]" for c in text)


def inline(text: str) -> str:
    """A paragraph or cell: emphasis, code and links."""
    out = []
    for part in re.split(
        r"(`` .+? ``|`[^`]+`|\*\*.+?\*\*|\*[^*\s](?:[^*]*[^*\s])?\*|\[[^]]+\]\([^)]+\))", text
    ):
        if part.startswith("``"):
            out.append(f"\\fB{plain(part[3:-3])}\\fR")
        elif part.startswith("`"):
            out.append(f"\\fB{plain(part[1:-1])}\\fR")
        elif part.startswith("**") and len(part) > 4:
            out.append(f"\\fB{inline(part[2:-2])}\\fR")
        elif part.startswith("*") and len(part) > 2:
            out.append(f"\\fI{plain(part[1:-1])}\\fR")
        elif link := re.fullmatch(r"\[([^]]+)\]\([^)]+\)", part):
            out.append(plain(link[1]))
        else:
            out.append(plain(re.sub(r"\\([*_|`<>\[\]\\])", r"\1", part)))
    return "".join(out)


def line(text: str) -> str:
    """A line that is no request, whatever it begins with."""
    return "\\&" + text if text.startswith((".", "'")) else text


def wrapped(text: str) -> str:
    """Lines of an ordinary length."""
    lines = textwrap.wrap(text, 78, break_long_words=False, break_on_hyphens=False)
    return "\n".join(map(line, lines))


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]


def table(rows: list[str]) -> Iterator[str]:
    header, body = cells(rows[0]), [cells(row) for row in rows[2:]]
    columns = range(len(header))
    # Columns that need it share what the narrow ones leave of the line.
    wide = [max(len(row[i]) for row in [header, *body]) > 24 for i in columns]
    form = " ".join("lx" if is_wide else "l" for is_wide in wide)
    bold = " ".join("lBx" if is_wide else "lB" for is_wide in wide)
    yield from [".PP", ".TS", f"{bold}", f"{form}."]
    for row in [header, *body]:
        yield "\t".join(
            f"T{{\n{wrapped(inline(text))}\nT}}" if is_wide and text else inline(text)
            for text, is_wide in zip(row, wide, strict=True)
        )
    yield ".TE"


def blocks(text: str) -> Iterator[list[str]]:
    """Lines that belong together: a block of code, a table, an item, a heading, a paragraph."""
    block: list[str] = []
    for row in text.splitlines():
        if block and block[0].startswith("```"):
            block.append(row)
            if row == "```":
                yield block
                block = []
            continue
        is_table = bool(block) and block[0].startswith("|")
        ends = not row or ITEM.match(row) or row.startswith(("#", "```"))
        if block and (ends or is_table != row.startswith("|")):
            yield block
            block = []
        if row:
            block.append(row)
    if block:
        yield block


def convert(block: list[str]) -> Iterator[str]:
    first = block[0]
    if first.startswith("## "):
        yield f".SH {inline(first[3:])}"
    elif first.startswith("### "):
        yield f".SS {inline(first[4:])}"
    elif first.startswith("# "):
        return  # The name of the page says it.
    elif first.startswith("```"):
        yield from [".PP", ".in +4n", ".EX"]
        yield from (line(plain(row)) for row in block[1:-1])
        yield from [".EE", ".in"]
    elif first.startswith("|"):
        yield from table(block)
    elif item := ITEM.match(first):
        yield ".IP \\(bu 3" if item[1] == "-" else f".IP {item[1]} 4"
        yield wrapped(inline(" ".join([first[item.end() :], *(row.strip() for row in block[1:])])))
    else:
        yield ".PP"
        yield wrapped(inline(" ".join(row.strip() for row in block)))


def man_page(text: str) -> str:
    lines = [out for block in blocks(text) for out in convert(block)]
    # A heading, or the text at the top, needs no break behind it.
    kept = [
        out
        for before, out in zip(["", *lines], lines, strict=False)
        if not (out == ".PP" and (before == "" or before.startswith((".SH", ".SS"))))
    ]
    # A page with tables says so in its first line.
    return "'\\\" t\n" + HEAD + "\n".join(kept) + "\n" + TAIL


def main() -> int:
    top = Path(sys.argv[-1])
    page = top / "docs/man/nmsg.5"
    text = man_page((top / "docs/format.md").read_text(encoding="utf-8"))
    if "--check" not in sys.argv:
        page.write_text(text, encoding="ascii")
    elif not page.exists() or page.read_text(encoding="utf-8") != text:
        print(f"{page} is not what {Path(__file__).name} makes")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
