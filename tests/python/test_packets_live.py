# SPDX-License-Identifier: Apache-2.0
"""Captures on a pair of interfaces in a network namespace of its own: isolated/capture_live.py."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from nmsg_support import PATIENCE_SEC
from nmsg_tool import TOOL
from test_packets import has_libpcap

SCRIPT = Path(__file__).parent / "isolated" / "capture_live.py"
MAKES_PAIR = "ip link add name near type veth peer name far && ip link set near up"


@cache
def enter() -> tuple[str, ...]:
    """How to come into such a namespace; empty where that cannot be."""
    for words in (("unshare", "-n"), ("unshare", "-rn")):
        try:
            done = subprocess.run(
                [*words, "sh", "-c", MAKES_PAIR], capture_output=True, timeout=PATIENCE_SEC
            )
        except OSError:
            return ()
        if done.returncode == 0:
            return words
    return ()


@pytest.mark.parametrize(
    "scene", ["messages", "unanswered", "lengths", "ends", "child", "down", "rate", "rights"]
)
def test_capture(scene: str) -> None:
    if not has_libpcap():
        pytest.skip("this build lacks libpcap")
    if not enter():
        pytest.skip("NOT TESTED: live capture needs the right to make network namespaces and veth")
    if scene == "rights" and enter() != ("unshare", "-n"):
        pytest.skip("NOT TESTED: only root has rights to give up")
    done = subprocess.run(
        [*enter(), sys.executable, SCRIPT, scene, *([TOOL] if scene in ("rate", "rights") else [])],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SEC,
        check=False,
    )
    assert done.returncode == 0, done.stderr
