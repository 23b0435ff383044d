# SPDX-License-Identifier: Apache-2.0
"""What README and docs show is true: programs run and print what stands below them, links lead
somewhere, and the pages of the message types have them all.

How a page is run, from top to bottom in a folder of its own:

- A `python` block that begins with an import is a program; one that does not carries on with the
  program above it. One that begins with the name of a file as a comment (`# send.py`) is saved as
  that file, for a command further down.
- A `console` block has commands behind `$ `, each followed by what it prints.
- A `text` block below is what the block above prints, unless a heading or another block stands
  between the two.
- `<!-- goes on running -->` above a `console` block: its command is not waited for, only its lines.
  `<!-- printed meanwhile -->` above a `text` block: what such a command prints from there on.
- An `sh` block sets a machine up and is not run; what it makes are targets of the Makefile.
- The ports of the pages are others when they are run, free ones.
"""

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue

import nmsg
import pytest
from nmsg_support import PATIENCE_SEC

TOP = Path(__file__).resolve().parents[2]
# The pages that are run; the one in docs/proto is run by test_protobuf.py.
PAGES = [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]
LINKED = [*PAGES, *sorted((TOP / "docs" / "proto").glob("*.md"))]

FENCE = re.compile(r"```([\w{}-]*)$")
SAVED = re.compile(r"# ([\w-]+\.py)\n")
PORT = re.compile(r"\b(84|94)3([01])\b")
END = "-- end of a block --"  # Printed between the blocks of a program.


@dataclass
class Block:
    """What stands between two fences."""

    language: str
    line: int  # Of its first line in the page.
    mark: str  # The comment above it.
    text: str = ""
    output: str | None = None


@dataclass
class Program:
    """Blocks of Python that go on with each other."""

    blocks: list[Block] = field(default_factory=list)


def blocks(text: str) -> list[Block]:
    """All blocks of a page but those that are the output of another."""
    page: list[Block] = []
    found: Block | None = None  # Which is being read.
    last: Block | None = None
    mark = ""
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if found is not None:
            if not fence:
                found.text += line + "\n"
                continue
            if found.language == "text" and last is not None and not found.mark:
                last.output = found.text
                last = None
            else:
                page.append(found)
                last = found if found.language in {"python", "console"} else None
            found, mark = None, ""
        elif fence:
            found = Block(fence[1], number + 1, mark)
        elif line.startswith("#"):
            last = None
        elif line:
            mark = line[4:-3].strip() if line.startswith("<!--") else ""
    assert found is None, f"the block at line {found.line} has no end"
    return page


def commands(text: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block with what they print."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        while command.endswith("\\"):
            more, _, output = output.partition("\n")
            command = f"{command}\n{more.removeprefix('> ')}"
        yield command, output


class Running:
    """A command that goes on running, and its lines as they come."""

    def __init__(self, command: str, folder: Path, env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            ["sh", "-c", f"exec {command}"],
            cwd=folder,
            env=env | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def lines(self, count: int) -> str:
        return "".join(self._lines.get(timeout=PATIENCE_SEC) for _ in range(count))

    def end(self) -> None:
        self.process.terminate()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


class Page:
    """A page while it is being run."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path = path
        self.folder = folder
        self.program: Program | None = None
        self.running: list[Running] = []
        self.unused: set[str] = set()  # Files saved that no command has named yet.
        tools = folder.parent / f"{folder.name}-bin"
        tools.mkdir()
        python = tools / "python"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("NMSG_", "XDG_")) or name == "NMSG_SANITIZED"
        }
        self.env = kept | {
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "TZ": "UTC",
        }

    def run(self) -> None:
        first = {"84": free_ports(), "94": free_ports()}
        text = self.path.read_text(encoding="utf-8")
        text = PORT.sub(lambda match: str(first[match[1]] + int(match[2])), text)
        try:
            for block in blocks(text):
                self.take(block)
            self.finish()
            assert not self.unused, f"{self.path.name}: nothing runs {', '.join(self.unused)}"
        finally:
            for running in self.running:
                running.end()

    def take(self, block: Block) -> None:
        saved = SAVED.match(block.text)
        if block.language == "python" and saved:
            (self.folder / saved[1]).write_text(block.text, encoding="utf-8")
            self.unused.add(saved[1])
        elif block.language == "python":
            if self.program is None or block.text.startswith(("import ", "from ")):
                self.finish()
                self.program = Program()
            self.program.blocks.append(block)
        elif block.language == "console":
            self.finish()
            self.console(block)
        elif block.mark == "printed meanwhile":
            got = self.running[-1].lines(block.text.count("\n"))
            assert got == block.text, self.place(block)

    def console(self, block: Block) -> None:
        for command, output in commands(block.text):
            self.unused -= {name for name in self.unused if name in command}
            if block.mark == "goes on running":
                running = Running(command, self.folder, self.env)
                self.running.append(running)
                assert running.lines(output.count("\n")) == output, self.place(block)
                continue
            done = subprocess.run(
                ["sh", "-c", command],
                cwd=self.folder,
                env=self.env,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=3 * PATIENCE_SEC,
            )
            shown = output + (block.output or "")
            assert (done.returncode, done.stdout) == (0, shown), self.place(block)

    def finish(self) -> None:
        """Run the program that was collected."""
        program, self.program = self.program, None
        if program is None:
            return
        between = f"\nprint({END!r}, flush=True)\n"
        code = "".join(block.text + between for block in program.blocks)
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            timeout=3 * PATIENCE_SEC,
        )
        outputs = done.stdout.split(END + "\n")
        reached = program.blocks[min(len(outputs), len(program.blocks)) - 1]
        assert (done.returncode, done.stderr) == (0, ""), self.place(reached)
        assert len(outputs) == len(program.blocks) + 1, self.place(reached)
        for block, output in zip(program.blocks, outputs, strict=False):
            assert output == (block.output or ""), self.place(block)

    def place(self, block: Block) -> str:
        return f"{self.path.parent.name}/{self.path.name}, the block at line {block.line}"


def free_ports() -> int:
    """The first of two UDP ports in a row that nobody uses."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as first,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as second,
        ):
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


def skip_unless_zeromq() -> None:
    pytest.importorskip("zmq", reason="pyzmq is not installed")
    try:
        nmsg.open("zmq+tcp://127.0.0.1:*").close()
    except nmsg.Error as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page_shows_what_happens(path: Path, tmp_path: Path) -> None:
    if path.stem == "zeromq":
        skip_unless_zeromq()
    folder = tmp_path / "page"
    folder.mkdir()
    Page(path, folder).run()


def test_the_readme_has_an_example() -> None:
    page = blocks((TOP / "README.md").read_text(encoding="utf-8"))
    assert any(block.language == "python" and block.output for block in page)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_make_targets_exist(path: Path) -> None:
    makefile = (TOP / "Makefile").read_text(encoding="utf-8")
    for block in blocks(path.read_text(encoding="utf-8")):
        if block.language == "sh":
            for target in re.findall(r"\bmake (\w+)", block.text):
                assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


def test_reference_has_every_name() -> None:
    # A function that a class has too is described there, and only named by the reference.
    text = (TOP / "docs" / "api.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\.\. (?:auto|py:)\w+:: (\w+)$", text, re.MULTILINE))
    for name in set(nmsg.__all__) - described:
        owner, _, method = name.partition("_")
        assert name == "msgtype" or callable(getattr(getattr(nmsg, owner), method)), name
        assert f"`nmsg.{name}" in text or name.startswith("msgmod_"), name


# -- links --

LINK = re.compile(r"\]\(([^)\s]+)\)")
OUTSIDE = re.compile(r"[a-z]+:")
# What `make docs` makes: scripts/make_type_pages.py.
MADE = "types/"


def anchors(path: Path) -> set[str]:
    """Of the headings, as GitHub and the pages built by `make docs` name them."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.S | re.M)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", LINKED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.S | re.M)
    for link in LINK.findall(text):
        name, _, anchor = link.partition("#")
        if OUTSIDE.match(link) or name.startswith(MADE):
            continue
        target = path.parent / name if name else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


# -- the pages of the message types --


@pytest.fixture(scope="module")
def type_pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("types")
    script = TOP / "scripts" / "make_type_pages.py"
    subprocess.run([sys.executable, str(script), str(folder)], check=True)
    return folder


def rows(page: str) -> dict[str, list[str]]:
    """The rows of the table of fields, by the name of the field."""
    cells = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in page.splitlines()
        if line.startswith("| `")
    ]
    return {row[0].strip("`"): row[1:] for row in cells if len(row) == 6}


@pytest.mark.parametrize("name", nmsg.types())
def test_type_page_has_every_field(name: str, type_pages: Path) -> None:
    info = nmsg.describe(name)
    page = (type_pages / f"{info.vendor.lower()}-{info.name}.md").read_text(encoding="utf-8")
    table = rows(page)
    assert list(table) == [field.name for field in info.fields]
    for field_info in info.fields:
        kind, value, unit, meaning, source = table[field_info.name]
        assert field_info.kind in kind
        assert all((value, unit, meaning.rstrip("."), source)), field_info.name
        assert source.startswith("computed") == (field_info.number == 0), field_info.name
        for symbol in field_info.symbols or ():
            assert f"`{symbol}`" in page


def test_type_index_has_every_type(type_pages: Path) -> None:
    index = (type_pages / "index.md").read_text(encoding="utf-8")
    for name in nmsg.types():
        info = nmsg.describe(name)
        assert f"]({info.vendor.lower()}-{info.name}.md)" in index


def test_type_page_of_the_specification(type_pages: Path) -> None:
    # Type, number and first field by hand, so that not both sides follow the same table.
    page = (type_pages / "sie-dnsdedupe.md").read_text(encoding="utf-8")
    assert "Vendor 2 (SIE), message type 1" in page
    assert next(iter(rows(page))) == "type"
