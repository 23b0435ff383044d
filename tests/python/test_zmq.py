# SPDX-License-Identifier: Apache-2.0
"""ZeroMQ: between inputs and outputs, between processes, and from sockets of pyzmq."""

import asyncio
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import (
    PATIENCE_SEC,
    PROMPT_SEC,
    Interrupted,
    alarm,
    connection,
    is_readable,
    ports,
    python,
    run_python,
    take,
    wait_readable,
    wait_until,
)
from nmsg_tool import TOOL, end, running

zmq = pytest.importorskip("zmq", reason="pyzmq is not installed")

ANYWHERE = "zmq+tcp://127.0.0.1:*"
PUSHPULL = "?type=pushpull"


def has_zmq() -> bool:
    try:
        nmsg.open(ANYWHERE).close()
    except nmsg.Error:
        return False
    return True


pytestmark = pytest.mark.skipif(not has_zmq(), reason="this build lacks libzmq")


@pytest.fixture
def puller() -> Iterator[nmsg.input]:
    with nmsg.open(ANYWHERE + PUSHPULL) as reader:
        yield reader


@pytest.fixture
def context() -> Iterator[Any]:
    with zmq.Context() as context:
        yield context
        context.destroy(linger=0)


def meet(reader: nmsg.input, writer: nmsg.output) -> None:
    """Write until something comes: from then on a subscription is known to the other side."""
    reader.set_blocking_io(False)

    def has_come() -> bool:
        writer.write(connection(0))
        writer.flush()
        return reader.read() is not None

    wait_until(has_come, "the subscription")
    reader.set_blocking_io(True)


def the_others(reader: nmsg.input) -> Iterator[nmsg.message]:
    """What comes, without the messages of meet()."""
    return (message for message in reader if message["srcport"] != 0)


@pytest.mark.parametrize("kind", ["pubsub", "pushpull"])
@pytest.mark.parametrize("accepts", ["reader", "writer"])
@pytest.mark.parametrize("transport", ["tcp", "ipc"])
@pytest.mark.parametrize("options", [{}, {"compress": True}, {"buffered": False}], ids=str)
def test_round_trip(kind: str, accepts: str, transport: str, options: Any, tmp_path: Path) -> None:
    place = ANYWHERE if transport == "tcp" else f"zmq+ipc://{tmp_path}/socket"
    if accepts == "reader":
        reader = nmsg.open(f"{place}?type={kind}&mode=accept&hwm=5000")
        writer = nmsg.open(f"{reader.name}?type={kind}&mode=connect&hwm=5000", "w", **options)
    else:
        writer = nmsg.open(f"{place}?type={kind}&mode=accept&hwm=5000", "w", **options)
        reader = nmsg.open(f"{writer.name}?type={kind}&mode=connect&hwm=5000")
    with reader:
        with writer:
            meet(reader, writer)
            for port in range(1, 1001):
                writer.write(connection(port))
        others = the_others(reader)
        assert ports(next(others) for _ in range(1000)) == list(range(1, 1001))
        assert reader.stats.bad.containers == reader.stats.lost.sequence == 0
        assert kind == "pubsub" or reader.stats.messages == writer.stats.messages


def test_defaults_are_those_of_the_tool() -> None:
    with nmsg.open(ANYWHERE) as reader, nmsg.open(reader.name, "w") as writer:
        meet(reader, writer)
        assert "type=zmq" in repr(reader)
        assert "type=zmq" in repr(writer)


def test_large_messages_travel_whole(puller: nmsg.input) -> None:
    with nmsg.open(f"{puller.name}{PUSHPULL}", "w") as writer:
        writer.write(nmsg.msgtype.base.pkt(len_frame=1, payload=b"x" * 3_000_000))
        writer.write(nmsg.msgtype.base.pkt(len_frame=2, payload=b"y"))
    assert [len(message["payload"]) for message in take(puller, 2)] == [3_000_000, 1]
    assert puller.stats.datagrams == 2


def test_names_of_paths_are_unquoted(tmp_path: Path) -> None:
    with (
        nmsg.open(f"zmq+ipc://{tmp_path}/a%3Fb,c{PUSHPULL}") as reader,
        nmsg.open(f"zmq+ipc://{tmp_path}/a%3Fb,c{PUSHPULL}", "w") as writer,
    ):
        assert (tmp_path / "a?b,c").is_socket()
        writer.write(connection(1))
        writer.flush()
        assert reader.read()["srcport"] == 1


WRONG = [
    ("zmq+tcp:127.0.0.1:1", "r", {}, ValueError, "not of the form zmq.tcp://ADDRESS:PORT"),
    ("zmq+tcp://", "r", {}, ValueError, "not of the form"),
    ("zmq+tcp://127.0.0.1", "r", {}, ValueError, "there is no port"),
    ("zmq+tcp://127.0.0.1:x", "r", {}, ValueError, "not an address of this transport"),
    ("zmq+tcp://127.0.0.1:65536", "w", {}, ValueError, "no port from 0 to 65535"),
    ("zmq+tcp://127.0.0.1:*", "w", {}, ValueError, "cannot connect to .*not an address"),
    ("zmq+ipc://" + "x" * 255, "r", {}, ValueError, "261 octets, the most is 255"),
    ("zmq+ipc:///nosuch/folder/x", "r", {}, FileNotFoundError, "nosuch"),
    ("zmq+tcp://192.0.2.1:1", "r", {}, OSError, "192.0.2.1"),
    ("zmq+pgm://h:1", "r", {}, ValueError, "zmq.pgm: is unknown"),
    (ANYWHERE + "?typ=pubsub", "r", {}, ValueError, "typ= is unknown; there are type=, mode="),
    (ANYWHERE + "?type=push", "r", {}, ValueError, "type is pubsub or pushpull, not 'push'"),
    (ANYWHERE + "?mode=bind", "r", {}, ValueError, "mode is accept or connect, not 'bind'"),
    (ANYWHERE + "?hwm=0", "r", {}, ValueError, "hwm is a number of messages from 1 on, not '0'"),
    (ANYWHERE + "?hwm=4294967297", "r", {}, ValueError, "hwm is a number"),
    (ANYWHERE + "?type=pubsub&type=pubsub", "r", {}, ValueError, "type= stands there twice"),
    (ANYWHERE, "r", {"ring": "1M"}, ValueError, "ring= is for sockets .*how much waits is .hwm="),
    (ANYWHERE, "w", {"broadcast": True}, ValueError, "broadcast= is for sockets"),
    (ANYWHERE, "r", {"format": "json"}, ValueError, "messages of ZeroMQ are containers"),
    (ANYWHERE, "a", {}, ValueError, "there is 'w', which sends"),
]


@pytest.mark.parametrize(("url", "mode", "options", "error", "text"), WRONG)
def test_refusals(url: str, mode: Any, options: Any, error: Any, text: str) -> None:
    with pytest.raises(error, match=text):
        nmsg.open(url, mode, **options)


def test_an_address_that_is_taken_is_told(puller: nmsg.input) -> None:
    with pytest.raises(OSError, match="in use"):
        nmsg.open(puller.name + PUSHPULL)


# -- between processes --

SEND = """
import select, sys, nmsg
url, count = sys.argv[1], int(sys.argv[2])
make = nmsg.msgtype.base.ipconn
with nmsg.open(url, "w") as writer:
    # Until the reader says that it gets something.
    while "pubsub" in url and not select.select([sys.stdin], [], [], 0.01)[0]:
        writer.write(make(proto=0, srcport=0))
        writer.flush()
    for number in range(1, count + 1):
        writer.write(make(proto=number >> 16, srcport=number & 0xFFFF))
print("done")
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["pushpull", "pubsub"])
def test_a_million_messages_arrive_once_and_in_order(kind: str) -> None:
    count = 1_000_000
    with nmsg.open(f"{ANYWHERE}?type={kind}&hwm=100000") as reader:
        url = f"{reader.name}?type={kind}&hwm=100000"
        with python(SEND, url, count, stdin=subprocess.PIPE) as sender:
            assert sender.stdin is not None
            first = reader.read()
            sender.stdin.write("go on\n")
            sender.stdin.flush()
            expected = 1 + first["srcport"]
            while expected <= count:
                left = min(10_000, count + 1 - expected)
                messages = reader.read_batch(left, timeout=PATIENCE_SEC)
                assert messages, sender.communicate()
                for message in messages:
                    if message["srcport"] == message["proto"] == 0:
                        continue
                    number = message["proto"] << 16 | message["srcport"]
                    assert number == expected
                    expected += 1
            output, errors = sender.communicate(timeout=PATIENCE_SEC)
        assert output == "done\n", errors
        assert reader.stats.lost.sequence == reader.stats.bad.containers == 0
        assert reader.read_batch(1, timeout=0.2) == []


def test_what_a_slow_reader_has_not_read_when_the_writer_closes(tmp_path: Path) -> None:
    """libzmq's receiver forgets what is in a socket of the file system that is closed."""
    url = f"zmq+ipc://{tmp_path}/socket{PUSHPULL}&hwm=1"
    count = 3000
    sender = SEND.replace('"w"', '"w", buffered=False')
    with nmsg.open(url) as reader, python(sender, url, count) as process:
        assert reader.read()["srcport"] == 1
        time.sleep(0.5)  # Now everything on the way is full.
        assert ports(reader.read() for _ in range(count - 1)) == list(range(2, count + 1))
        output, errors = process.communicate(timeout=PATIENCE_SEC)
        assert (output, errors) == ("done\n", "")


def test_several_readers_share_what_is_pushed() -> None:
    with (
        nmsg.open(f"{ANYWHERE}?type=pushpull&mode=accept", "w", buffered=False) as writer,
        nmsg.open(f"{writer.name}?type=pushpull&mode=connect") as one,
        nmsg.open(f"{writer.name}?type=pushpull&mode=connect") as two,
    ):
        for port in range(1, 101):
            writer.write(connection(port))
        got = [*one.read_batch(100, timeout=0.3), *two.read_batch(100, timeout=0.3)]
        assert sorted(ports(got)) == list(range(1, 101))
        assert one.stats.lost.sequence == two.stats.lost.sequence == 0


# -- waiting --


def test_signals_end_waits_for_messages(puller: nmsg.input) -> None:
    for wait in (puller.read, lambda: next(puller), lambda: puller.read_batch(5)):
        with alarm() as times, pytest.raises(Interrupted):
            wait()
        assert time.monotonic() - times[0] < PROMPT_SEC


def test_close_ends_the_wait_of_another_thread(puller: nmsg.input) -> None:
    got: list[Any] = []
    thread = threading.Thread(target=lambda: got.append(puller.read()))
    thread.start()
    time.sleep(0.1)
    puller.close()
    thread.join(PATIENCE_SEC)
    assert got == [None]


def test_pushing_waits_for_room_and_gives_way_to_signals(puller: nmsg.input) -> None:
    name = puller.name
    puller.close()
    writer = nmsg.open(f"{name}?type=pushpull&hwm=5", "w", buffered=False)
    written = 0

    def write_on() -> None:
        nonlocal written
        for port in range(1, 1000):
            writer.write(connection(port))
            written = port

    with alarm(0.3) as times, pytest.raises(Interrupted):
        write_on()
    assert time.monotonic() - times[0] < PROMPT_SEC
    assert 4 <= written <= 12
    with alarm() as times, pytest.raises(Interrupted):
        writer.close()
    assert time.monotonic() - times[0] < PROMPT_SEC
    with nmsg.open(name + PUSHPULL) as reader:
        # The message that was being written may have been accepted or not.
        got = ports(take(reader, written))
        assert got == list(range(1, written + 1))
        writer.close()


def test_close_tells_what_nobody_took(puller: nmsg.input) -> None:
    name = puller.name
    puller.close()
    writer = nmsg.open(name + PUSHPULL, "w")
    writer.write(connection(1))
    with pytest.raises(TimeoutError, match="nobody took what was sent last"):
        writer.close()
    writer.close()


LEAVE = """
import sys, nmsg
writer = nmsg.open(sys.argv[1], "w")
for port in range(1, 20001):
    writer.write(nmsg.msgtype.base.ipconn(srcport=port))
if sys.argv[2] == "drop":
    del writer
    print("dropped")
"""


@pytest.mark.parametrize("how", ["drop", "exit"])
def test_what_is_left_open_is_sent_in_the_end(puller: nmsg.input, how: str) -> None:
    with python(LEAVE, puller.name + PUSHPULL, how) as process:
        assert ports(take(puller, 20000)) == list(range(1, 20001))
        _, errors = process.communicate(timeout=PATIENCE_SEC)
        assert (process.returncode, errors) == (0, "")


def test_a_program_does_not_wait_long_for_nobody(puller: nmsg.input) -> None:
    name = puller.name
    puller.close()
    with python(LEAVE, f"{name}{PUSHPULL}&hwm=100000", "exit") as process:
        _, errors = process.communicate(timeout=PATIENCE_SEC)
        assert "what was buffered is lost" in errors or "nobody took" in errors


def test_without_waiting(puller: nmsg.input) -> None:
    puller.set_blocking_io(False)
    assert puller.read() is None
    assert puller.read_batch(5, timeout=0) == []


def test_the_descriptor_is_readable_while_there_is_something(puller: nmsg.input) -> None:
    puller.set_blocking_io(False)
    descriptor = puller.fileno()
    with nmsg.open(puller.name + PUSHPULL, "w") as writer:
        for _ in range(20):
            for port in (1, 2, 3):
                writer.write(connection(port))
            writer.flush()
            for port in (1, 2, 3):
                message = None
                while message is None:
                    wait_readable(descriptor)
                    message = puller.read()
                assert message["srcport"] == port
            assert not is_readable(descriptor)


def test_asyncio(puller: nmsg.input) -> None:
    async def main() -> list[int]:
        got = []
        with nmsg.open(puller.name + PUSHPULL, "w") as writer:
            writer.write(connection(1))
            writer.flush()
            async for message in puller:
                got.append(message["srcport"])
                if message["srcport"] == 100:
                    break
                await asyncio.sleep(0)
                writer.write(connection(message["srcport"] + 1))
                writer.flush()
        return got

    assert asyncio.run(asyncio.wait_for(main(), PATIENCE_SEC)) == list(range(1, 101))


def test_the_engine_passes_on(puller: nmsg.input) -> None:
    got: list[int] = []
    engine = nmsg.io()
    engine.add_input(puller)

    def take_one(message: nmsg.message) -> None:
        got.append(message["srcport"])
        if len(got) == 50:
            engine.break_loop()

    engine.add_output_callback(take_one)
    with nmsg.open(puller.name + PUSHPULL, "w") as writer:
        for port in range(50):
            writer.write(connection(port))
    engine.loop()
    assert got == list(range(50))


def test_a_child_opens_its_own(puller: nmsg.input) -> None:
    writer = nmsg.open(puller.name + PUSHPULL, "w")
    child = os.fork()
    if child == 0:
        refused = 0
        for action in (puller.read, lambda: writer.write(connection(9))):
            try:
                action()
            except nmsg.Error as error:
                refused += "opened before fork(); open it in the child" in str(error)
        puller.close()
        writer.close()
        os._exit(0 if refused == 2 else 1)
    assert os.waitpid(child, 0)[1] == 0
    writer.write(connection(1))
    writer.close()
    assert puller.read()["srcport"] == 1


def test_nothing_is_left_open(puller: nmsg.input) -> None:
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = 0
    for round_ in range(5):
        with nmsg.open(ANYWHERE + PUSHPULL) as reader, nmsg.open(reader.name, "w"):
            reader.fileno()
        if round_ == 0:
            before = descriptors()
    assert descriptors() == before
    assert threading.active_count() == 1


# -- damage --


def hostile(context: Any, name: str) -> Any:
    socket = context.socket(zmq.PUSH)
    socket.connect(name.removeprefix("zmq+"))
    return socket


def test_bad_messages_are_counted_and_cost_no_other(puller: nmsg.input, context: Any) -> None:
    socket = hostile(context, puller.name)
    good = wire.container(wire.conn(1))
    for bad in (b"garbage", b"", good[:-1], good + b"x", good[:4], b"\0" * 100_000):
        socket.send(bad)
        socket.send(good)
    socket.send_multipart([good, good, b""])
    socket.send(good)
    assert ports(take(puller, 7)) == [1] * 7
    assert puller.stats.bad.containers == 7
    assert puller.stats.datagrams == 14


def test_errors_raise(context: Any) -> None:
    with nmsg.open(ANYWHERE + PUSHPULL, errors="raise", max_container=1000) as reader:
        socket = hostile(context, reader.name)
        socket.send_multipart([b"NMSG", b"x"])
        with pytest.raises(nmsg.FormatError, match="a ZeroMQ message of 2 parts"):
            reader.read()
        socket.send(wire.container(*[wire.conn(port) for port in range(500)]))
        with pytest.raises(nmsg.FormatError, match="limit"):
            reader.read()
        socket.send(wire.container(wire.conn(1)))
        assert reader.read()["srcport"] == 1


def numbered_container(sequence: int) -> bytes:
    return wire.frame(wire.body([wire.conn(sequence)], sequence=sequence, sequence_id=77))


def publisher(context: Any, place: str, reader: nmsg.input) -> Any:
    """A socket that knows that the reader has subscribed, which happens while it reads."""
    socket = context.socket(zmq.XPUB)
    socket.connect(place.removeprefix("zmq+"))
    reader.set_blocking_io(False)
    wait_until(lambda: reader.read() or socket.poll(1), "the subscription")
    assert socket.recv() == b"\x01NMSG"
    return socket


def test_missing_containers_are_counted(context: Any) -> None:
    with nmsg.open(ANYWHERE) as reader:
        socket = publisher(context, reader.name, reader)
        for sequence in (1, 2, 5, 6):
            socket.send(numbered_container(sequence))
        assert ports(take(reader, 4)) == [1, 2, 5, 6]
        assert reader.stats.lost.sequence == 2


def test_what_others_pulled_is_not_missing(puller: nmsg.input, context: Any) -> None:
    socket = hostile(context, puller.name)
    for sequence in (1, 2, 5, 6):
        socket.send(numbered_container(sequence))
    assert ports(take(puller, 4)) == [1, 2, 5, 6]
    assert puller.stats.lost.sequence == 0


# -- sockets of pyzmq --


@pytest.fixture
def pull(context: Any) -> Any:
    socket = context.socket(zmq.PULL)
    socket.bind("tcp://127.0.0.1:*")
    return socket


def place_of(socket: Any) -> str:
    return f"zmq+{socket.last_endpoint.decode()}"


def test_a_socket_of_pyzmq_is_read_and_left_open(pull: Any) -> None:
    with nmsg.open(pull) as reader, nmsg.open(place_of(pull) + PUSHPULL, "w") as writer:
        assert "type=zmq" in repr(reader)
        for port in range(1, 501):
            writer.write(connection(port))
        writer.flush()
        assert ports(next(reader) for _ in range(300)) == list(range(1, 301))
        assert ports(reader.read_batch(200)) == list(range(301, 501))
        assert reader.stats.lost.sequence == 0
    assert not pull.closed
    with nmsg.open(pull, blocking=False) as reader:
        assert reader.read() is None
        hostile(pull.context, place_of(pull)).send(wire.container(wire.conn(7)))
        assert ports(take(reader, 1)) == [7]


def test_a_subscription_of_pyzmq(context: Any) -> None:
    socket = context.socket(zmq.SUB)
    socket.subscribe(b"NMSG")
    socket.bind("tcp://127.0.0.1:*")
    with nmsg.open(socket) as reader, nmsg.open(place_of(socket), "w") as writer:
        meet(reader, writer)
        writer.write(connection(5))
        writer.flush()
        assert ports([next(the_others(reader))]) == [5]


def test_damage_from_a_socket_of_pyzmq(pull: Any) -> None:
    socket = hostile(pull.context, place_of(pull))
    good = numbered_container(1)
    socket.send(b"garbage")
    socket.send(b"")
    socket.send_multipart([good, b"x"])
    socket.send(good)
    socket.send(numbered_container(4))
    with nmsg.open(pull) as reader:
        assert ports(take(reader, 2)) == [1, 4]
        assert reader.stats.bad.containers == 3
        assert reader.stats.datagrams == 5
        assert reader.stats.lost.sequence == 0
    subscriber = pull.context.socket(zmq.SUB)
    subscriber.subscribe(b"NMSG")
    subscriber.bind("tcp://127.0.0.1:*")
    with nmsg.open(subscriber) as reader:
        socket = publisher(pull.context, place_of(subscriber), reader)
        for sequence in (1, 4):
            socket.send(numbered_container(sequence))
        assert ports(take(reader, 2)) == [1, 4]
        assert reader.stats.lost.sequence == 2


def test_signals_end_waits_for_a_socket_of_pyzmq(pull: Any) -> None:
    with nmsg.open(pull) as reader:
        for wait in (reader.read, lambda: reader.read_batch(2)):
            with alarm() as times, pytest.raises(Interrupted):
                wait()
            assert time.monotonic() - times[0] < PROMPT_SEC
        got: list[Any] = []
        thread = threading.Thread(target=lambda: got.append(reader.read()))
        thread.start()
        time.sleep(0.1)
        reader.close()
        thread.join(PATIENCE_SEC)
        assert got == [None]


def test_asyncio_with_a_socket_of_pyzmq(pull: Any) -> None:
    async def main() -> int:
        with nmsg.open(pull) as reader:
            hostile(pull.context, place_of(pull)).send(wire.container(wire.conn(3)))
            return (await reader.read_async())["srcport"]

    assert asyncio.run(asyncio.wait_for(main(), PATIENCE_SEC)) == 3


def test_what_pyzmq_received_is_read_as_octets(pull: Any) -> None:
    with nmsg.open(place_of(pull) + PUSHPULL, "w") as writer:
        writer.write(connection(1))
        writer.flush()
        assert ports(nmsg.open(pull.recv())) == [1]


def test_sockets_of_pyzmq_that_cannot_be_read(context: Any, pull: Any) -> None:
    import zmq.asyncio

    with pytest.raises(ValueError, match="a PUSH socket can be sent to only"):
        nmsg.open(context.socket(zmq.PUSH))
    with pytest.raises(TypeError, match="can be read only; to write, open a URL"):
        nmsg.open(context.socket(zmq.PUSH), "w")
    with pytest.raises(TypeError, match="awaited by its own methods"):
        nmsg.open(zmq.asyncio.Socket(context, zmq.PULL))
    pull.close()
    with pytest.raises(ValueError, match="is closed"):
        nmsg.open(pull)


def test_an_error_of_pyzmq_reaches_the_program(pull: Any) -> None:
    with nmsg.open(pull) as reader:
        pull.close()
        with pytest.raises(zmq.ZMQError):
            reader.read()


# -- nmsgtool --

needs_tool = pytest.mark.skipif(not TOOL.exists(), reason=f"there is no {TOOL}")


def count_lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


@needs_tool
def test_the_tool_counts_what_is_missing(tmp_path: Path, context: Any) -> None:
    socket = context.socket(zmq.XPUB)
    place = f"ipc://{tmp_path}/socket"
    socket.bind(place)
    args = ("-dd", "-L", f"{place},connect", "-J", "out", "--unbuffered")
    with running(*args, cwd=tmp_path) as process:
        assert socket.recv() == b"\x01NMSG"
        for sequence in (1, 2, 5):
            socket.send(numbered_container(sequence))
        socket.send(b"NMSGarbage")
        socket.send(numbered_container(6))
        wait_until(lambda: count_lines(tmp_path / "out") == 4)
        status, told = end(process, signal.SIGINT)
    assert status == 1
    assert "totals: payloads_in 4 payloads_out 4 container_recvs 4 container_drops 2" in told
    assert f"{place},connect: 1 container skipped: incorrect version number" in told
    assert "signalled break" in told


@needs_tool
def test_the_tool_mirrors(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(wire.container(*wire.conns(*range(1, 201))))
    readers = [nmsg.open(ANYWHERE + PUSHPULL) for _ in range(2)]
    outputs = [arg for r in readers for arg in ("-S", f"{r.name.removeprefix('zmq+')},pushpull")]
    args = ("-r", "in", *outputs, "--mirror", "--unbuffered")
    with running(*args, cwd=tmp_path) as process:
        for reader in readers:
            assert ports(reader.read() for _ in range(200)) == list(range(1, 201))
            assert reader.stats.containers == 200
            reader.close()
        assert process.wait(PATIENCE_SEC) == 0


@needs_tool
def test_the_tool_waits_for_whoever_takes_what_it_sends(tmp_path: Path) -> None:
    place = f"ipc://{tmp_path}/socket"
    (tmp_path / "in").write_bytes(wire.container(*wire.conns(*range(1, 5001))))
    args = ("-r", "in", "-S", f"{place},pushpull", "--unbuffered")
    with running(*args, cwd=tmp_path) as process:
        time.sleep(0.3)
        assert process.poll() is None
        with nmsg.open(f"zmq+{place}{PUSHPULL}") as reader:
            assert ports(reader.read() for _ in range(5000)) == list(range(1, 5001))
        assert process.wait(PATIENCE_SEC) == 0


@needs_tool
def test_the_tool_that_waits_can_be_ended(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(wire.container(*wire.conns(*range(1, 5001))))
    args = ("-r", "in", "-S", f"ipc://{tmp_path}/nobody,pushpull", "--unbuffered")
    with running(*args, cwd=tmp_path) as process:
        time.sleep(0.2)
        status, told = end(process)
    assert status == 1
    assert "nobody takes what is left to write" in told


def test_importing_needs_no_pyzmq() -> None:
    code = "import sys, nmsg; nmsg.open(b''); print('zmq' in sys.modules)"
    assert run_python(code) == "False\n"
