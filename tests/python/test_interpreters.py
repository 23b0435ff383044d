# SPDX-License-Identifier: Apache-2.0
"""Interpreters beside each other in one process, each with its own GIL (Python 3.12 and newer)."""

import sys
import threading
from pathlib import Path
from typing import Any

import nmsg
import pytest

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="interpreters with a GIL of their own came with Python 3.12"
)

PROGRAM = """
import sys
sys.path[:] = {path!r}
import nmsg

with nmsg.open({file!r}, "w") as writer:
    for number in range(20000):
        writer.write(nmsg.msgtype.base.ipconn(srcport=number & 65535, srcip="192.0.2.1"))
with nmsg.open({file!r}) as reader:
    assert [m["srcport"] for m in reader] == list(range(20000))
counted = []
engine = nmsg.io()
engine.add_input(nmsg.open({file!r}))
engine.add_output_callback(lambda m: counted.append(m["srcport"]))
engine.loop()
assert len(counted) == 20000
m = nmsg.message.from_json(nmsg.msgtype.base.ipconn(srcport=7).to_json())
assert m["srcport"] == 7 and nmsg.describe(m).name == "ipconn"
kept = m  # Something is left when the interpreter ends.
"""


def run(code: str) -> None:
    if sys.version_info >= (3, 13):
        import _interpreters

        number: Any = _interpreters.create()
        try:
            failure = _interpreters.exec(number, code)
            assert failure is None, failure
        finally:
            _interpreters.destroy(number)
    else:
        import _xxsubinterpreters

        number = _xxsubinterpreters.create()
        try:
            _xxsubinterpreters.run_string(number, code)
        finally:
            _xxsubinterpreters.destroy(number)


def test_interpreters_share_nothing(tmp_path: Path) -> None:
    """Three at once, and again, while this one works too."""
    failures: list[BaseException] = []

    def work(file: Path) -> None:
        try:
            for _ in range(2):
                run(PROGRAM.format(path=sys.path, file=str(file)))
        except BaseException as error:
            failures.append(error)

    threads = [
        threading.Thread(target=work, args=(tmp_path / f"{number}.nmsg",)) for number in range(3)
    ]
    for thread in threads:
        thread.start()
    nmsg.set_default_strings("bytes")
    try:
        while any(thread.is_alive() for thread in threads):
            message = nmsg.msgtype.base.logline(message="here")
            assert message["message"] == b"here"
    finally:
        nmsg.set_default_strings("str")
        for thread in threads:
            thread.join()
    assert not failures
