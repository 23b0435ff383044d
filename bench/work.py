# SPDX-License-Identifier: Apache-2.0
"""The loops that are timed, for our module and for a peer's: both are called `nmsg`.

usage: work.py ROW [KEY=VALUE]...        prints one line of JSON

Runs in a process of its own, in which PYTHONPATH says whose `nmsg` it is. Times are those of the
loop with opening and closing, after the import. Every loop is the one that a user would write; both
sides run the same, except those that the peer does not have, such as `for m in input`.
"""

import collections
import hashlib
import importlib
import itertools
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

Result = dict[str, Any]
NULL_PATH = "/dev/null"
TICK = 256  # Messages between two looks at the clock; a power of two.
PIECE = 1 << 21
MESSAGE_LEN = 120


class Clock:
    """Time from its making on: on the wall, and what the processors spent on this process."""

    def __init__(self) -> None:
        self._cpu = time.process_time()
        self._wall = time.perf_counter()

    def result(self, messages: int) -> Result:
        seconds = time.perf_counter() - self._wall
        cpu_seconds = time.process_time() - self._cpu
        return {"messages": messages, "seconds": seconds, "cpu_seconds": cpu_seconds}


# -- reading --


def read_only(nmsg: Any, path: str) -> Result:
    clock = Clock()
    count = 0
    i = nmsg.input.open_file(path)
    while True:
        m = i.read()
        if not m:
            break
        count += 1
    return clock.result(count)


def one_field(nmsg: Any, path: str, field: str) -> Result:
    clock = Clock()
    count = 0
    i = nmsg.input.open_file(path)
    while True:
        m = i.read()
        if not m:
            break
        m[field]
        count += 1
    return clock.result(count)


def one_field_iterating(nmsg: Any, path: str, field: str) -> Result:
    clock = Clock()
    count = 0
    for m in nmsg.input.open_file(path):
        m[field]
        count += 1
    return clock.result(count)


def one_field_in_batches(nmsg: Any, path: str, field: str) -> Result:
    clock = Clock()
    count = 0
    for batch in nmsg.input.open_file(path).batches():
        for m in batch:
            m[field]
        count += len(batch)
    return clock.result(count)


def all_fields(nmsg: Any, path: str) -> Result:
    clock = Clock()
    count = 0
    i = nmsg.input.open_file(path)
    while True:
        m = i.read()
        if not m:
            break
        for k in m.keys():  # noqa: SIM118 - it is this loop that is measured
            m[k]
        count += 1
    return clock.result(count)


def python_alone(nmsg: Any, path: str) -> Result:
    """all_fields() of dicts that are there already: what no module can make faster."""
    m = nmsg.input.open_file(path).read()
    ready = [{k: m[k] for k in m.keys()}] * 1000  # noqa: SIM118
    count = 0
    clock = Clock()
    for _ in range(200):
        for m in ready:
            for k in m.keys():  # noqa: SIM118
                m[k]
            count += 1
    return clock.result(count)


def items(nmsg: Any, path: str) -> Result:
    clock = Clock()
    count = 0
    i = nmsg.input.open_file(path)
    while True:
        m = i.read()
        if not m:
            break
        m.items()
        count += 1
    return clock.result(count)


def to_dict(nmsg: Any, path: str) -> Result:
    clock = Clock()
    count = 0
    i = nmsg.input.open_file(path)
    while True:
        m = i.read()
        if not m:
            break
        m.to_dict()
        count += 1
    return clock.result(count)


# -- io --


def io_callback(nmsg: Any, path: str) -> Result:
    count = 0

    def take(m: Any) -> None:
        nonlocal count
        count += 1

    clock = Clock()
    engine = nmsg.io()
    engine.add_input(nmsg.input.open_file(path))
    engine.add_output_callback(take)
    engine.loop()
    return clock.result(count)


def io_batch_callback(nmsg: Any, path: str) -> Result:
    count = 0

    def take(batch: list[Any]) -> None:
        nonlocal count
        count += len(batch)

    clock = Clock()
    engine = nmsg.io()
    engine.add_input(nmsg.input.open_file(path))
    engine.add_output_callback(take, batch=True)
    engine.loop()
    return clock.result(count)


# -- writing --


def copy(nmsg: Any, path: str) -> Result:
    clock = Clock()
    count = 0
    i = nmsg.input.open_file(path)
    o = nmsg.output.open_file(NULL_PATH)
    while True:
        m = i.read()
        if not m:
            break
        o.write(m)
        count += 1
    o.close()
    return clock.result(count)


def copy_compressed(nmsg: Any, path: str, target: str) -> Result:
    clock = Clock()
    count = 0
    i = nmsg.input.open_file(path)
    o = nmsg.output.open_file(target)
    o.set_zlibout(True)
    while True:
        m = i.read()
        if not m:
            break
        o.write(m)
        count += 1
    o.close()
    return clock.result(count) | {"octets": os.path.getsize(target)}


def make_ipconn(nmsg: Any, messages: str) -> Result:
    count = int(messages)
    addresses = [f"198.18.{n >> 8}.{n & 255}" for n in range(4096)]
    clock = Clock()
    o = nmsg.output.open_file(NULL_PATH)
    for n in range(count):
        m = nmsg.msgtype.base.ipconn()
        m.time_sec = 1_700_000_000
        m.time_nsec = n
        m["proto"] = 6
        m["srcip"] = addresses[n & 4095]
        m["srcport"] = n & 65535
        m["dstip"] = "198.19.0.1"
        m["dstport"] = 80
        o.write(m)
    o.close()
    return clock.result(count)


def make_http(nmsg: Any, messages: str) -> Result:
    count = int(messages)
    addresses = [f"198.18.{n >> 8}.{n & 255}" for n in range(4096)]
    request = "GET /gate.php HTTP/1.1\r\nHost: www.example\r\nAccept: */*\r\n" + "X: y\r\n" * 30
    clock = Clock()
    o = nmsg.output.open_file(NULL_PATH)
    for n in range(count):
        m = nmsg.msgtype.base.http()
        m.time_sec = 1_700_000_000
        m.time_nsec = n
        m["type"] = "sinkhole"
        m["srcip"] = addresses[n & 4095]
        m["srchost"] = "host.pool.example"
        m["srcport"] = n & 65535
        m["dstip"] = "198.19.0.1"
        m["dstport"] = 80
        m["request"] = request
        o.write(m)
    o.close()
    return clock.result(count)


# -- JSON --


def to_json(nmsg: Any, path: str) -> Result:
    clock = Clock()
    count = 0
    i = nmsg.input.open_file(path)
    while True:
        m = i.read()
        if not m:
            break
        m.to_json()
        count += 1
    return clock.result(count)


def from_json(nmsg: Any, path: str) -> Result:
    with open(path, "rb") as file:
        lines = file.readlines()
    clock = Clock()
    count = 0
    for line in lines:
        nmsg.message.from_json(line)
        count += 1
    return clock.result(count)


def read_json(nmsg: Any, path: str) -> Result:
    clock = Clock()
    count = 0
    i = nmsg.input.open_json(path)
    while True:
        m = i.read()
        if not m:
            break
        count += 1
    return clock.result(count)


def write_json(nmsg: Any, path: str) -> Result:
    clock = Clock()
    count = 0
    i = nmsg.input.open_file(path)
    o = nmsg.output.open_json(NULL_PATH)
    while True:
        m = i.read()
        if not m:
            break
        o.write(m)
        count += 1
    o.close()
    return clock.result(count)


# -- limits: what a loop of ours cannot be faster than on this machine --


def limit_read(nmsg: Any, path: str, messages: str) -> Result:
    """The octets of the file into memory, in pieces as large as inputs read them."""
    piece = bytearray(PIECE)
    clock = Clock()
    with open(path, "rb", buffering=0) as file:
        while file.readinto(piece):
            pass
    return clock.result(int(messages))


def limit_copy(nmsg: Any, path: str, messages: str, target: str) -> Result:
    """The same, and from there into another file."""
    piece = memoryview(bytearray(PIECE))
    clock = Clock()
    with open(path, "rb", buffering=0) as file, open(target, "wb", buffering=0) as copy:
        while count := file.readinto(piece):
            copy.write(piece[:count])
    return clock.result(int(messages))


def limit_objects(nmsg: Any, path: str, messages: str) -> Result:
    """One object for each message, and one for its field, made without looking at anything."""
    with open(path, "rb") as file:
        octets = memoryview(file.read(MESSAGE_LEN))
    clock = Clock()
    for m in map(bytes, itertools.repeat(octets, int(messages))):
        m[:20]
    return clock.result(int(messages))


def limit_dicts(nmsg: Any, path: str, messages: str) -> Result:
    """A dict for each message, of values that are there already."""
    ready = nmsg.input.open_file(path).read().to_dict()["message"]
    clock = Clock()
    for _ in itertools.repeat(None, int(messages)):
        ready.copy()
    return clock.result(int(messages))


def limit_calls(nmsg: Any, path: str, messages: str) -> Result:
    """A callback that counts, called from C with an object that is there already."""
    count = 0

    def take(m: Any) -> None:
        nonlocal count
        count += 1

    clock = Clock()
    collections.deque(map(take, itertools.repeat(path, int(messages))), maxlen=0)
    return clock.result(count)


# -- UDP --


def send(nmsg: Any, path: str, port: str, messages: str, buffered: str) -> Result:
    """Send as fast as the output can: messages read before are written again and again."""
    i = nmsg.input.open_file(path)
    ready = [i.read() for _ in range(1000)]
    rounds = int(messages) // len(ready)
    o = nmsg.output.open_sock("127.0.0.1", int(port))
    o.set_buffered(buffered == "1")
    clock = Clock()
    for _ in range(rounds):
        for m in ready:
            o.write(m)
    o.close()
    result = clock.result(rounds * len(ready))
    return result | ({"datagrams": o.stats.frames} if hasattr(o, "stats") else {})


def kernel_drops(fd: int) -> int | None:
    """Datagrams that the kernel dropped at the socket, where it tells."""
    inode = str(os.fstat(fd).st_ino)
    try:
        with open("/proc/net/udp", encoding="ascii") as table:
            lines = [line.split() for line in table]
    except OSError:
        return None
    for columns in lines[1:]:
        if columns[9] == inode:
            return int(columns[-1])
    return None


class Counter:
    """Counts messages, with a look at the clock now and then."""

    def __init__(self, expected: int, enough: Callable[[], object]) -> None:
        self.count = 0
        self._expected, self._enough = expected, enough
        self._first = self._last = 0.0
        self._last_count = 0

    def add(self, _message: Any) -> None:
        self.count += 1
        if not self.count & (TICK - 1):
            self._last, self._last_count = time.perf_counter(), self.count
            if self.count == TICK:
                self._first = self._last
        if self.count == self._expected:
            self._enough()

    def result(self) -> Result:
        seconds = self._last - self._first
        rate = (self._last_count - TICK) / seconds if seconds > 0 else None
        return {"messages": self.count, "rate": rate}


def count_messages(messages: Iterable[Any], expected: int, field: str) -> Result:
    """Count until all have come, or SIGINT says that no more will."""
    counter = Counter(expected, lambda: None)
    try:
        for m in messages:
            if field:
                m[field]
            counter.add(m)
            if counter.count == expected:
                break
    except (KeyboardInterrupt, KeyError):
        pass  # What makes a reader look for the signal (udp.py) lacks the field; it is not counted.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return counter.result()


def count_by_callback(nmsg: Any, i: Any, expected: int, field: str) -> Result:
    """The same, by a callback of `io`."""
    engine = nmsg.io()
    counter = Counter(expected, engine.break_loop)

    def take(m: Any) -> None:
        m[field]
        counter.add(m)

    engine.add_input(i)
    engine.add_output_callback(take)
    # Handlers that a module put in its place know nothing of the end of the stream.
    signal.signal(signal.SIGINT, lambda *_: engine.break_loop())
    engine.loop()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return counter.result()


def receive(nmsg: Any, messages: str, way: str = "read", field: str = "") -> Result:
    i = nmsg.input.open_sock("127.0.0.1", 0)
    fd = os.dup(i.socket_fileno() if hasattr(i, "socket_fileno") else i.fileno())
    with socket.socket(fileno=os.dup(fd)) as view:
        port = view.getsockname()[1]
    print(json.dumps({"port": port}), flush=True)
    if way == "io":
        result = count_by_callback(nmsg, i, int(messages), field)
    else:
        stream = i if way == "for" else iter(i.read, None)
        result = count_messages(stream, int(messages), field)
    lost = i.stats.lost.kernel if hasattr(i, "stats") else kernel_drops(fd)
    return result | {"kernel_lost": lost}


def probe(nmsg: Any) -> Result:
    """Which module this is."""
    extension = sys.modules.get("nmsg._nmsg", nmsg).__file__
    with open(extension, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"file": os.path.realpath(nmsg.__file__), "sha256": digest}


ROWS: dict[str, Callable[..., Result]] = {
    function.__name__: function
    for function in (
        read_only,
        one_field,
        one_field_iterating,
        one_field_in_batches,
        all_fields,
        items,
        to_dict,
        python_alone,
        io_callback,
        io_batch_callback,
        copy,
        copy_compressed,
        make_ipconn,
        make_http,
        to_json,
        from_json,
        read_json,
        write_json,
        limit_read,
        limit_copy,
        limit_objects,
        limit_dicts,
        limit_calls,
        send,
        receive,
        probe,
    )
}


def main() -> None:
    row = ROWS[sys.argv[1]]
    options = dict(argument.split("=", 1) for argument in sys.argv[2:])
    repeats = int(options.pop("repeat", "1"))
    nmsg = importlib.import_module("nmsg")
    for _ in range(repeats):
        result = row(nmsg, **options)
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
