# SPDX-License-Identifier: Apache-2.0
"""How Sphinx makes the pages; see scripts/docs.sh, which copies this folder and adds docs/types."""

import os
import re
from pathlib import Path

from sphinx.application import Sphinx

project = "pynmsg"
version = release = os.environ["NMSG_VERSION"]
copyright = "the pynmsg authors"

extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_heading_anchors = 4
myst_links_external_new_tab = False
smartquotes = False
html_theme = "furo"
html_title = f"pynmsg {release}"
html_copy_source = False
html_show_sphinx = False
autodoc_member_order = "bysource"
toc_object_entries_show_parents = "hide"
autodoc_typehints = "none"

HERE = Path(__file__).parent
LINK = re.compile(r"\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")

# The pages in their order, under a heading each.
NAVIGATION = {
    "Learning": ["first-steps", "guide", "zeromq", "pynmsg"],
    "Reference": ["api", "types/index", "Wire format <format>", ".proto files <proto/README>"],
    "Inside": ["architecture", "performance", "dependencies"],
}


def navigation() -> str:
    """What Sphinx has to be told, and who reads the pages elsewhere need not see."""
    return "".join(
        f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(names) + "\n```\n"
        for caption, names in NAVIGATION.items()
    )


def prepare(app: Sphinx, name: str, source: list[str]) -> None:
    """Sources are not among the pages: a link to one becomes its text."""
    folder = (HERE / name).parent

    def plain(match: re.Match[str]) -> str:
        text, target = match[1], match[2]
        if re.match(r"[a-z]+:", target) or (folder / target).resolve().is_relative_to(HERE):
            return match[0]
        return text

    source[0] = LINK.sub(plain, source[0])
    if name == "index":
        source[0] += navigation()


def as_rst(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Docstrings are plain text, which reStructuredText is told line by line."""
    paragraphs = "\n".join(lines).split("\n\n")
    lines[:] = [line for text in paragraphs for line in [*paragraph(text.splitlines()), ""]]


def paragraph(lines: list[str]) -> list[str]:
    if not lines or lines[0].startswith(">>> "):
        return lines
    keeps_lines = any(re.match(r" |\w[\w, ()]*: ", line) for line in lines[1:]) or any(
        re.match(r"\w[\w, ()]*:$", line) for line in lines[:1]
    )
    if not keeps_lines:
        return [escaped(line) for line in lines]
    return [f"| {' ' * (len(line) - len(line.lstrip()))}{escaped(line.strip())}" for line in lines]


def escaped(text: str) -> str:
    """Without markup, but for code between backticks."""
    text = re.sub(r"`([^`]*)`", "\0\\1\0", text)
    return re.sub(r"([\\*_|`])", r"\\\1", text).replace("\0", "``")


def setup(app: Sphinx) -> None:
    app.connect("source-read", prepare)
    app.connect("autodoc-process-docstring", as_rst)
