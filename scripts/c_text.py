# SPDX-License-Identifier: Apache-2.0
"""C source as plain text for the checks: what is not code is blanked, lines keep their numbers."""

import re

COMMENT_OR_LITERAL = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)
      | (?P<literal>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""",
    re.DOTALL | re.VERBOSE,
)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)


def blank(text: str) -> str:
    """As many lines, nothing on them."""
    return " " + "\n" * text.count("\n")


def without_comments(text: str, *, keep_strings: bool = False) -> str:
    """Comments become blanks and, unless kept, the content of string and character literals too."""

    def replace(match: re.Match[str]) -> str:
        if match["comment"] is not None:
            return blank(match["comment"])
        literal = match["literal"]
        return literal if keep_strings else literal[0] * 2 + "\n" * literal.count("\n")

    return COMMENT_OR_LITERAL.sub(replace, text)


def without_preprocessor(text: str) -> str:
    """Directives become blanks, continued lines included."""
    return DIRECTIVE.sub(lambda match: blank(match.group()), text)
