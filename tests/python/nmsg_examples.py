# SPDX-License-Identifier: Apache-2.0
"""Running the tools in examples/ as processes: what they print, when, and how they end."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from nmsg_support import PATIENCE_SEC, wait_until

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TIME = re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9}\]")

IPCONN = "[TIME] [1:5 base ipconn] [] [] [] \n"
ENCODE = "[TIME] [1:11 base encode] [] [] [] \n"


def timeless(text: str) -> str:
    """What was printed, without the times of messages."""
    return TIME.sub("[TIME]", text)


def connections(count: int, header: str = IPCONN) -> str:
    """What a dump prints of the messages of nmsg_message.py, if they are fewer than 256."""
    return "".join(
        f"{header}srcip: '127.0.0.{i}'\nsrcport: {i}\n"
        f"dstip: '127.1.0.{i}'\ndstport: {65535 - i}\n\n"
        for i in range(count)
    )


class Printed:
    """What comes out of a pipe, as soon as it does."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self.pipe = pipe
        self.octets = b""
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        while part := os.read(self.pipe.fileno(), 65536):
            self.octets += part

    @property
    def text(self) -> str:
        return self.octets.decode("utf-8", "replace")


class Tool:
    """A tool that runs, with its output in pipes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self.process = process
        self.out = Printed(process.stdout)
        self.err = Printed(process.stderr)

    def expect(self, text: str, where: Printed | None = None) -> None:
        """Wait until just this has been printed, apart from times."""
        printed = where or self.out

        def is_there() -> bool:
            return len(timeless(printed.text)) >= len(text) or self.process.poll() is not None

        with suppress(TimeoutError):
            wait_until(is_there)
        assert timeless(printed.text) == text, self.err.text

    def listens(self, port: int) -> bool:
        """Whether it has a UDP socket at this port."""
        assert self.process.poll() is None, self.err.text
        links = []
        for descriptor in Path(f"/proc/{self.process.pid}/fd").iterdir():
            try:
                links.append(os.readlink(descriptor))
            except FileNotFoundError:
                continue
        for table in ("/proc/net/udp", "/proc/net/udp6"):
            for line in Path(table).read_text().splitlines()[1:]:
                columns = line.split()
                if columns[1].endswith(f":{port:04X}") and f"socket:[{columns[9]}]" in links:
                    return True
        return False

    def end(self, how: signal.Signals | None = None) -> int:
        """Its exit status, after a signal or without one."""
        if how is not None:
            self.process.send_signal(how)
        status = self.process.wait(PATIENCE_SEC)
        self.out.thread.join(PATIENCE_SEC)
        self.err.thread.join(PATIENCE_SEC)
        return status

    def interrupt(self) -> int:
        """Its exit status after Ctrl-C."""
        return self.end(signal.SIGINT)


def command(name: str, *args: object) -> list[str]:
    return [sys.executable, str(EXAMPLES / f"nmsg_{name}.py"), *map(str, args)]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "COLUMNS": "80", **more}


@contextmanager
def started(name: str, *args: object, stdin: Any = None, **env: str) -> Iterator[Tool]:
    """A tool that runs, killed at the end of the block if it still does."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command(name, *args), stdin=stdin, stdout=pipe, stderr=pipe, env=environment(**env)
    ) as process:
        tool = Tool(process)
        try:
            yield tool
        finally:
            process.kill()
            process.wait()
            tool.out.thread.join()
            tool.err.thread.join()


def ran(name: str, *args: object, stdin: bytes = b"", **env: str) -> tuple[int, str, str]:
    """Exit status, output and errors of a tool that ends by itself."""
    done = subprocess.run(
        command(name, *args),
        input=stdin,
        capture_output=True,
        env=environment(**env),
        timeout=PATIENCE_SEC,
        check=False,
    )
    return done.returncode, timeless(done.stdout.decode()), done.stderr.decode()


@contextmanager
def held_port(address: str = "127.0.0.1") -> Iterator[int]:
    """A free port, which nobody but the tools that are told of it gets as long as the block runs.

    A socket that is connected elsewhere holds it, and takes no datagrams away.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((address, 0))
        port: int = holder.getsockname()[1]
        holder.connect((address, 9))
        yield port


def has_ipv6() -> bool:
    try:
        with held_port("::1"):
            return True
    except OSError:
        return False
