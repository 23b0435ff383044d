# SPDX-License-Identifier: Apache-2.0
"""Whose module a worker process uses: ours, or that of a peer installed beside it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
WORK = FOLDER / "work.py"
DATASETS = FOLDER / "datasets.py"
PATIENCE_SEC = 1800
# What would change whose module is found, or what it does.
UNWANTED = ("PYTHONPATH", "PYTHONSTARTUP", "PYTHONMALLOC", "PYTHONDEVMODE", "NMSG_STRINGS")


class WorkerError(Exception):
    """A worker did not give a result."""


@dataclass(frozen=True)
class Side:
    """One of the implementations that are compared."""

    name: str
    env: Mapping[str, str]

    def command(self, row: str, options: Mapping[str, object]) -> list[str]:
        arguments = [f"{key}={value}" for key, value in options.items()]
        return [sys.executable, str(WORK), row, *arguments]

    def run(self, row: str, **options: object) -> dict[str, Any]:
        """The result of a loop of work.py, run in a process of its own."""
        return last_result(run_quietly(self.command(row, options), self.env).stdout)


def run_quietly(command: list[str], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        done = subprocess.run(
            command, env=env, capture_output=True, text=True, timeout=PATIENCE_SEC, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise WorkerError(f"no result within {PATIENCE_SEC} s") from error
    if done.returncode != 0:
        raise WorkerError(last_line(done.stderr) or f"exit status {done.returncode}")
    return done


def last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""


def last_result(text: str) -> dict[str, Any]:
    try:
        result: dict[str, Any] = json.loads(last_line(text))
    except ValueError as error:
        raise WorkerError("the worker said nothing") from error
    return result


def ours() -> Side:
    """Our module, as it is installed for this interpreter."""
    return Side("ours", {key: value for key, value in os.environ.items() if key not in UNWANTED})


def peer(
    own: Side, own_module: dict[str, Any], pythonpath: str, prefix: str
) -> tuple[Side | None, str]:
    """The peer's side, or None and why there is none ("" when nobody asked for it)."""
    if not pythonpath:
        return None, "PEER_PREFIX is set, PEER_PYTHONPATH is not" if prefix else ""
    env = dict(own.env) | {"PYTHONPATH": pythonpath}
    if prefix:
        paths = [str(Path(prefix) / "lib"), env.get("LD_LIBRARY_PATH", "")]
        env["LD_LIBRARY_PATH"] = os.pathsep.join(path for path in paths if path)
    side = Side("peer", env)
    try:
        if side.run("probe")["file"] == own_module["file"]:
            return None, "there is no module nmsg in PEER_PYTHONPATH"
    except WorkerError as error:
        return None, f"the module in PEER_PYTHONPATH cannot be imported: {error}"
    return side, ""


def generate(own: Side, arguments: list[str]) -> None:
    """Run datasets.py with our module."""
    run_quietly([sys.executable, str(DATASETS), *arguments], own.env)
