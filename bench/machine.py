# SPDX-License-Identifier: Apache-2.0
"""What the figures depend on: the machine, its system, and the versions of everything."""

import importlib.metadata
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

COMPRESSORS = ("libdeflate", "zlib")


def first_line_of(*command: str) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.strip().splitlines()
    return lines[0] if done.returncode == 0 and lines else None


def text_of(path: Path | str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None


def cpu_model() -> str:
    for line in (text_of("/proc/cpuinfo") or "").splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("model name", "Model"):
            return value.strip()
    return platform.processor() or platform.machine()


def memory_mib() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    except (OSError, ValueError):
        return None


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def meson_info(build: Path, name: str) -> Any:
    """What Meson noted about the build of the module; None when that was cleaned away."""
    text = text_of(build / "meson-info" / f"intro-{name}.json")
    return json.loads(text) if text else None


def compiler(build: Path) -> str | None:
    compilers = meson_info(build, "compilers")
    return str(compilers["host"]["c"]["full_version"]) if compilers else None


def compression(build: Path) -> str | None:
    for wanted in COMPRESSORS:
        for dependency in meson_info(build, "dependencies") or []:
            if dependency["name"] == wanted:
                return f"{wanted} {dependency['version']}"
    return None


def build_options(build: Path) -> dict[str, Any]:
    wanted = ("buildtype", "b_lto", "b_ndebug")
    options = meson_info(build, "buildoptions") or []
    return {option["name"]: option["value"] for option in options if option["name"] in wanted}


def describe_build(build: Path) -> dict[str, Any]:
    return {
        "compiler": compiler(build),
        "build_options": build_options(build),
        "compression": compression(build),
    }


def python_version() -> str:
    return f"{platform.python_implementation()} {platform.python_version()}"


def libc_version() -> str:
    return " ".join(platform.libc_ver())


def version() -> str:
    try:
        return importlib.metadata.version("pynmsg")
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def commit_of(top: Path) -> str | None:
    return first_line_of("git", "-C", str(top), "describe", "--always", "--dirty")


def version_of_peer(prefix: str) -> str | None:
    for line in (text_of(Path(prefix) / "lib/pkgconfig/libnmsg.pc") or "").splitlines():
        if line.startswith("Version:"):
            return f"libnmsg {line.partition(':')[2].strip()}"
    return None


def describe(top: Path, peer_prefix: str) -> dict[str, Any]:
    build = top / "build" / "python"
    return {
        "cpu": cpu_model(),
        "cores": cores(),
        "memory_mib": memory_mib(),
        "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": python_version(),
        "libc": libc_version(),
        **describe_build(build),
        "version": version(),
        "commit": commit_of(top),
        "peer_version": version_of_peer(peer_prefix) if peer_prefix else None,
        "rmem_max": text_of("/proc/sys/net/core/rmem_max"),
        "load_average": os.getloadavg()[0],
    }


def summary(machine: dict[str, Any]) -> str:
    commit = machine["commit"]
    parts = [
        f"{machine['cpu']}, {machine['cores']} cores, {machine['kernel']}",
        f"{machine['python']}, {machine['compiler']}, compression: {machine['compression']}",
        f"pynmsg {machine['version']}" + (f" ({commit})" if commit else ""),
    ]
    if machine["peer_version"]:
        parts[-1] += f" beside {machine['peer_version']}"
    if machine["load_average"] > machine["cores"] / 2:
        parts.append(f"the machine is busy: load {machine['load_average']:.1f}")
    return "\n".join(parts)
