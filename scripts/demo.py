#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The first minutes: two processes talk over UDP, then a file is written and read back.

What is shown as the receiver's is what a process of its own printed. Nothing here waits by the
clock: the receiver says when its socket is open, and its output says when the message has come.
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Iterator

import nmsg

RECEIVER = """\
import nmsg, sys
i = nmsg.input.open_sock("127.0.0.1", {port})
while True:
    m = i.read()
    if not m: break
    nmsg.print_nmsg_header(m, sys.stdout)
    for key in m.keys():
        print("{{0}}: {{1}}".format(key, repr(m[key])))
"""
SENDER = """\
import nmsg, time, socket
o = nmsg.output.open_sock("127.0.0.1", {port})
o.set_buffered(False)
m = nmsg.msgtype.base.ipconn()
t = time.time(); m.time_sec = int(t); m.time_nsec = int((t - int(t)) * 1E9)
m['srcip'] = '10.0.1.40'; m['dstip'] = '10.0.1.40'; m['srcport'] = 2134; m['dstport'] = 80
m['proto'] = socket.getprotobyname("TCP")
o.write(m)
"""
# The receiver's socket is open when this comes; it stands in front of the loop, unseen.
READY = "ready"
LINES_OF_A_MESSAGE = 6  # The header and five fields.
FILE_MESSAGES = 100_000
PATIENCE_SEC = 60


def show(title: str, text: str) -> None:
    print(f"\n{title}\n{textwrap.indent(text, '    ')}", end="")


def free_port() -> int:
    """A UDP port of the loopback interface that nobody uses right now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def sender_code(port: int) -> str:
    code = SENDER.format(port=port)
    try:
        socket.getprotobyname("TCP")
    except OSError:  # A bare system without /etc/protocols.
        code = code.replace('socket.getprotobyname("TCP")', "socket.IPPROTO_TCP")
    return code


@contextlib.contextmanager
def python(code: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process that runs `code`; it ends with the block, or when patience does."""
    command = [sys.executable, "-u", "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        watchdog = threading.Timer(PATIENCE_SEC, process.kill)
        watchdog.start()
        try:
            yield process
        finally:
            watchdog.cancel()
            process.terminate()


def read_lines(process: subprocess.Popen[str], count: int) -> list[str]:
    """The next `count` lines that the process prints."""
    assert process.stdout is not None
    lines: list[str] = []
    for _ in range(count):
        line = process.stdout.readline()
        if not line:
            sys.exit(f"demo: the process ended early, after {lines}")
        lines.append(line)
    return lines


def talk() -> None:
    """The first example of the README of pynmsg, between two processes."""
    port = free_port()
    receiver_code = RECEIVER.format(port=port)
    loop = receiver_code.index("while True")
    announcing = f"{receiver_code[:loop]}print({READY!r})\n{receiver_code[loop:]}"
    with python(announcing) as receiver:
        if read_lines(receiver, 1) != [f"{READY}\n"]:
            sys.exit("demo: the receiver did not open its socket")
        show("Process 1 runs", receiver_code)
        with python(sender_code(port)) as sender:
            if sender.wait() != 0:
                sys.exit("demo: the sender failed")
        show("Process 2 runs", sender_code(port))
        show("Process 1 prints", "".join(read_lines(receiver, LINES_OF_A_MESSAGE)))


def write_and_read(path: str) -> None:
    """Messages into a file and back."""
    begin = time.perf_counter()
    writer = nmsg.output.open_file(path)
    message = nmsg.msgtype.base.ipconn()
    message["proto"] = socket.IPPROTO_TCP
    message["srcip"] = "192.0.2.1"
    message["dstip"] = "198.51.100.7"
    message["dstport"] = 80
    for number in range(FILE_MESSAGES):
        message["srcport"] = number % 65536
        writer.write(message)
    writer.close()
    written = time.perf_counter()

    count = 0
    for received in nmsg.input.open_file(path):
        if received["srcport"] != count % 65536:
            sys.exit(f"demo: message {count} came back changed")
        count += 1
    read = time.perf_counter()
    if count != FILE_MESSAGES:
        sys.exit(f"demo: {FILE_MESSAGES} messages written, {count} read")
    show(
        "A file",
        f"{FILE_MESSAGES} messages written in {written - begin:.2f} s:"
        f" {os.path.getsize(path)} octets\n"
        f"{count} messages read back in {read - written:.2f} s\n",
    )


def main() -> None:
    talk()
    with tempfile.TemporaryDirectory(prefix="nmsg-demo-") as folder:
        write_and_read(os.path.join(folder, "out.nmsg"))


if __name__ == "__main__":
    main()
