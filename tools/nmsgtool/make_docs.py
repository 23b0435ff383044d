#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the man page and the bash completion of nmsgtool from its table of options.

usage: make_docs.py [--check] LIST_OPTIONS TOP

LIST_OPTIONS is the program that prints the table, TOP the top of the tree. Writes
docs/man/nmsgtool.1, made of docs/man/nmsgtool.1.in, and tools/nmsgtool/completion.bash; with
--check it only tells whether they are what it would write.
"""

import subprocess
import sys
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

MARK = "@OPTIONS@\n"


@dataclass
class Option:
    group: str
    letter: str
    name: str
    argument: str
    help: str
    detail: str
    completion: str
    words: str

    def forms(self) -> list[str]:
        return ([f"-{self.letter}"] if self.letter else []) + [f"--{self.name}"]


def options(program: str) -> list[Option]:
    listed = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    return [Option(*line.split("\t")) for line in listed.splitlines()]


def roff(text: str) -> str:
    """Text as roff shows it, dashes as they are typed."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...")
    return "\\&" + text if text.startswith((".", "'")) else text


def sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def man_page(template: str, table: list[Option]) -> str:
    lines = []
    for group, members in groupby(table, key=lambda option: option.group):
        lines.append(f".SS {group}")
        for option in members:
            names = ", ".join(f"\\fB{roff(form)}\\fR" for form in option.forms())
            argument = f" \\fI{roff(option.argument)}\\fR" if option.argument else ""
            lines += [".TP", names + argument, roff(sentence(option.help))]
            if option.detail:
                lines.append(roff(option.detail))
    return template.replace(MARK, "\n".join(lines) + "\n")


def completion(table: list[Option]) -> str:
    """A function that knows what may follow which option."""
    by_kind: dict[str, list[str]] = {}
    for option in table:
        if option.argument:
            kind = f"words {option.words}" if option.words else option.completion
            by_kind.setdefault(kind, []).extend(option.forms())
    actions = {
        "files": 'mapfile -t COMPREPLY < <(compgen -f -- "$word")',
        "users": 'mapfile -t COMPREPLY < <(compgen -u -- "$word")',
        "nothing": "COMPREPLY=()",
    }
    out = [
        "# SPDX-License-Identifier: Apache-2.0",
        "# shellcheck shell=bash",
        "# Completion of nmsgtool for bash. Made by tools/nmsgtool/make_docs.py: do not edit.",
        "_nmsgtool() {",
        "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}",
        "    if [[ $word == = ]]; then # Words end at an equals sign.",
        "        word=",
        "    elif [[ $before == = ]]; then",
        "        before=${COMP_WORDS[COMP_CWORD - 2]}",
        "    fi",
        "    case $before in",
    ]
    for kind, forms in by_kind.items():
        words = kind.partition(" ")[2]
        action = f'mapfile -t COMPREPLY < <(compgen -W "{words}" -- "$word")'
        out += [
            "    " + " | \\\n        ".join(forms) + ")",
            f"        {actions.get(kind, action)}",
        ]
        out += ["        return", "        ;;"]
    out += ["    esac", "    mapfile -t COMPREPLY < <(compgen -W '"]
    out += [f"        {form}" for option in table for form in option.forms()]
    out += ['    \' -- "$word")', "}", "complete -o filenames -F _nmsgtool nmsgtool", ""]
    return "\n".join(out)


def main() -> int:
    words = [word for word in sys.argv[1:] if word != "--check"]
    table, top = options(words[0]), Path(words[1])
    template = (top / "docs/man/nmsgtool.1.in").read_text(encoding="utf-8")
    made = {
        top / "docs/man/nmsgtool.1": man_page(template, table),
        top / "tools/nmsgtool/completion.bash": completion(table),
    }
    stale = 0
    for path, text in made.items():
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{path} is not what {Path(__file__).name} makes")
            stale += 1
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
