# SPDX-License-Identifier: Apache-2.0
"""Whose module a worker process uses, and whose tool is run: ours, or those of a peer."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
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


@dataclass(frozen=True)
class Tool:
    """A command line tool `nmsgtool`, a whole process each time."""

    name: str
    path: str
    env: Mapping[str, str]

    def run(self, arguments: Sequence[str], cores: int) -> dict[str, Any]:
        """How long it takes with so many processors, 0 for all."""
        begun = time.perf_counter()
        with tempfile.TemporaryFile() as errors, restricted_to(cores):
            process = subprocess.Popen(
                [self.path, *arguments],
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - begun
            process.returncode = os.waitstatus_to_exitcode(status)
            errors.seek(0)
            if process.returncode != 0:
                text = last_line(errors.read().decode(errors="replace"))
                raise WorkerError(text or f"exit status {process.returncode}")
        return {"seconds": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime}


@contextlib.contextmanager
def restricted_to(cores: int) -> Iterator[None]:
    """What is started within may use so many processors, 0 for all."""
    if cores == 0 or not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[-cores:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def our_tool(own: Side) -> Tool:
    return Tool("ours", str(Path(sys.executable).with_name("nmsgtool")), own.env)


def peer_tool(own: Side, prefix: str) -> tuple[Tool | None, str]:
    """The peer's tool, or None and why there is none ("" when nobody asked for it)."""
    if not prefix:
        return None, ""
    path = Path(prefix) / "bin" / "nmsgtool"
    if not os.access(path, os.X_OK):
        return None, f"{path} cannot be run"
    return Tool("peer", str(path), with_library(own.env, prefix)), ""


def with_library(env: Mapping[str, str], prefix: str) -> dict[str, str]:
    paths = [str(Path(prefix) / "lib"), env.get("LD_LIBRARY_PATH", "")]
    return dict(env) | {"LD_LIBRARY_PATH": os.pathsep.join(path for path in paths if path)}


def ours() -> Side:
    """Our module, as it is installed for this interpreter."""
    return Side("ours", {key: value for key, value in os.environ.items() if key not in UNWANTED})


def peer(
    own: Side, own_module: dict[str, Any], pythonpath: str, prefix: str
) -> tuple[Side | None, str]:
    """The peer's side, or None and why there is none ("" when nobody asked for it)."""
    if not pythonpath:
        return None, "PEER_PREFIX is set, PEER_PYTHONPATH is not" if prefix else ""
    env = with_library(own.env, prefix) if prefix else own.env
    side = Side("peer", dict(env) | {"PYTHONPATH": pythonpath})
    try:
        if side.run("probe")["file"] == own_module["file"]:
            return None, "there is no module nmsg in PEER_PYTHONPATH"
    except WorkerError as error:
        return None, f"the module in PEER_PYTHONPATH cannot be imported: {error}"
    return side, ""


def generate(own: Side, arguments: list[str]) -> None:
    """Run datasets.py with our module."""
    run_quietly([sys.executable, str(DATASETS), *arguments], own.env)
