# SPDX-License-Identifier: Apache-2.0
"""fork(): what has a thread goes over to the child or says that it must be opened again, and
nothing is read or written twice."""

import contextlib
import os
import pickle
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import (
    IS_SANITIZED,
    PATIENCE_SEC,
    Sender,
    connection,
    is_readable,
    ports,
    run_python,
    take,
    wait_readable,
    wait_until,
)

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork() here"),
    # The address sanitizer's allocator of gcc 12 may be locked by another thread at the fork.
    pytest.mark.skipif(IS_SANITIZED, reason="the sanitizer does not survive fork() with threads"),
    # Python 3.12 warns of what is tested here.
    pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning"),
]

READ = nmsg.input.open_file
WRITE = nmsg.output.open_file
TOLD = "opened before fork(); open it in the child"


def in_child(function: Callable[[], Any]) -> Any:
    """What the function gives in a forked child: its result, or type and text of an exception."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            try:
                result = function()
            except BaseException as error:
                result = (type(error).__name__, str(error))
            os.write(writing, pickle.dumps(result))
        finally:
            os._exit(0)
    os.close(writing)
    octets = b""
    deadline = time.monotonic() + PATIENCE_SEC
    try:
        while select.select([reading], [], [], max(0, deadline - time.monotonic()))[0]:
            part = os.read(reading, 65536)
            if not part:
                return pickle.loads(octets)
            octets += part
        raise TimeoutError("the child hangs")
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_a_socket_input_is_the_parents(receiver: nmsg.input, send: Sender) -> None:
    send(wire.container(*wire.conns(1, 2, 3)))
    assert receiver.read()["srcport"] == 1
    assert in_child(receiver.read) == ("Error", TOLD)
    assert in_child(lambda: next(receiver)) == ("Error", TOLD)
    assert in_child(lambda: ports(receiver)) == ("Error", TOLD)
    # Nothing was taken from the parent.
    send(wire.container(wire.conn(4)))
    assert ports(take(receiver, 3)) == [2, 3, 4]


def test_a_non_blocking_input_is_told_apart_from_an_empty_one(receiver: nmsg.input) -> None:
    receiver.set_blocking_io(False)
    assert receiver.read() is None
    assert in_child(receiver.read) == ("Error", TOLD)
    assert receiver.read() is None


def test_closing_in_the_child_is_no_matter(receiver: nmsg.input, send: Sender) -> None:
    assert in_child(receiver.close) is None
    assert in_child(lambda: receiver.__exit__(None, None, None)) is None
    send(wire.container(wire.conn(1)))
    assert ports(take(receiver, 1)) == [1]


@pytest.mark.parametrize(
    "use", [nmsg.input.read, next, nmsg.input.fileno, lambda reader: reader.read_async().send(None)]
)
def test_whatever_use_makes_an_input_the_parents(use: Any, receiver: nmsg.input) -> None:
    receiver.set_blocking_io(False)
    with contextlib.suppress(StopIteration, RuntimeError):
        use(receiver)
    assert in_child(receiver.read) == ("Error", TOLD)


# -- an input that nobody used goes over to the child --


def test_an_input_goes_over_to_the_child(receiver: nmsg.input, send: Sender) -> None:
    """What came before the fork, and what comes after it."""
    send(wire.container(*wire.conns(1, 2)))
    wait_until(lambda: receiver.stats.datagrams == 1, "the first datagram")
    address = receiver.address

    def receive() -> list[int]:
        first = [receiver.read()["srcport"], receiver.read()["srcport"]]
        sender = Sender(address)
        sender(wire.container(wire.conn(3)), wire.container(wire.conn(4)))
        return first + ports(take(receiver, 2))

    for _ in range(3):
        assert receiver.stats.datagrams == 1
    assert in_child(receive) == [1, 2, 3, 4]
    # The parent's thread rests, took nothing of it and starts when it is needed.
    assert receiver.stats.datagrams == 1
    receiver.set_blocking_io(False)
    assert receiver.read() is None
    send(wire.container(wire.conn(5)))
    assert ports(take(receiver, 1)) == [5]


def test_settings_go_over_to_the_child(receiver: nmsg.input) -> None:
    receiver.set_filter_msgtype("base", "ipconn")
    receiver.set_filter_source(7)
    with nmsg.output.open_sock(*receiver.address) as writer:
        writer.write(connection(1))
        writer.write(connection(2, source=7))

    def receive() -> Any:
        message = receiver.read()
        return message["srcport"], receiver.stats.filtered, receiver.address, receiver.closed

    assert in_child(receive) == (2, 1, receiver.address, False)


def test_the_descriptor_of_the_child_is_its_own(receiver: nmsg.input, send: Sender) -> None:
    def receive() -> Any:
        descriptor = receiver.fileno()
        sender = Sender(receiver.address)
        before = is_readable(descriptor)
        sender(wire.container(wire.conn(1)))
        wait_readable(descriptor)
        return before, receiver.read()["srcport"], is_readable(descriptor)

    assert in_child(receive) == (False, 1, False)


def test_what_came_before_goes_to_one_of_many(receiver: nmsg.input, send: Sender) -> None:
    """Each datagram is read once, whoever of parent and children comes first."""
    send(wire.container(*wire.conns(1, 2, 3)))
    wait_until(lambda: receiver.stats.datagrams == 1, "the datagram")
    receiver.set_blocking_io(False)
    assert [in_child(lambda: ports(receiver)) for _ in range(3)] == [[1, 2, 3], [], []]
    assert receiver.read() is None

    with nmsg.input.open_sock("127.0.0.1", 0) as mine:
        Sender(mine.address)(wire.container(wire.conn(9)))
        wait_until(lambda: mine.stats.datagrams == 1, "the datagram")
        mine.set_blocking_io(False)
        reading, writing = os.pipe()

        def receive_late() -> list[int]:
            os.read(reading, 1)
            return ports(mine)

        child = os.fork()
        if child == 0:
            os._exit(0 if receive_late() == [] else 1)
        assert ports(mine) == [9]
        os.write(writing, b"x")
        assert os.waitpid(child, 0)[1] == 0
        os.close(reading)
        os.close(writing)


def test_an_input_goes_over_to_a_grandchild(receiver: nmsg.input, send: Sender) -> None:
    send(wire.container(wire.conn(1)))
    wait_until(lambda: receiver.stats.datagrams == 1, "the datagram")
    assert in_child(lambda: in_child(lambda: receiver.read()["srcport"])) == 1


def test_an_input_that_went_over_is_the_childs(receiver: nmsg.input, send: Sender) -> None:
    send(wire.container(*wire.conns(1, 2)))
    wait_until(lambda: receiver.stats.datagrams == 1, "the datagram")

    def receive() -> Any:
        return receiver.read()["srcport"], in_child(receiver.read), receiver.read()["srcport"]

    assert in_child(receive) == (1, ("Error", TOLD), 2)


def test_the_parents_thread_rests_under_load() -> None:
    """All datagrams sent after the fork reach the child."""
    with nmsg.input.open_sock("127.0.0.1", 0) as reader:
        address = reader.address
        go_on, ready = os.pipe()

        def receive() -> Any:
            reader.set_blocking_io(False)
            assert reader.read() is None
            os.write(ready, b"x")
            return ports(take(reader, 2000))

        def send_many() -> None:
            os.read(go_on, 1)
            sender = Sender(address)
            for port in range(2000):
                sender(wire.container(wire.conn(port)))

        thread = threading.Thread(target=send_many)
        thread.start()
        assert in_child(receive) == list(range(2000))
        thread.join()
        assert reader.stats.datagrams == 0
        os.close(go_on)
        os.close(ready)


def test_many_forks_with_many_inputs() -> None:
    readers = [nmsg.input.open_sock("127.0.0.1", 0, ring="256K") for _ in range(20)]
    for number, reader in enumerate(readers):
        Sender(reader.address)(wire.container(wire.conn(number)))
        assert in_child(reader.read)["srcport"] == number
    for reader in readers:
        reader.close()


def test_an_input_that_is_opened_in_the_child(receiver: nmsg.input) -> None:
    def receive() -> list[int]:
        with (
            nmsg.input.open_sock("127.0.0.1", 0) as mine,
            nmsg.output.open_sock(*mine.address) as out,
        ):
            for port in range(100):
                out.write(connection(port))
            out.flush()
            return ports(take(mine, 100))

    assert in_child(receive) == list(range(100))


@pytest.mark.parametrize("kind", ["file", "socket"])
@pytest.mark.parametrize("has_buffered", [False, True])
def test_an_output_is_the_parents(
    kind: str, has_buffered: bool, receiver: nmsg.input, path: Path
) -> None:
    writer = WRITE(path) if kind == "file" else nmsg.output.open_sock(*receiver.address)
    if has_buffered:
        writer.write(connection(1))
    assert in_child(lambda: writer.write(connection(2))) == ("Error", TOLD)
    assert in_child(writer.flush) == ("Error", TOLD)
    assert in_child(lambda: writer.set_zlibout(True)) == ("Error", TOLD)
    assert in_child(writer.close) is None
    writer.write(connection(3))
    writer.close()
    expected = [1, 3] if has_buffered else [3]
    assert ports(READ(path) if kind == "file" else take(receiver, len(expected))) == expected


def test_an_output_whose_lock_was_held_does_not_hang_the_child(path: Path) -> None:
    """The flushing thread may be anywhere when the process forks."""
    with WRITE(path, flush_interval=0.001) as writer:
        for port in range(50):
            writer.write(connection(port))
            if port % 5 == 0:
                assert in_child(lambda: writer.write(connection(99))) == ("Error", TOLD)
    assert ports(READ(path)) == list(range(50))


def test_an_output_that_is_opened_in_the_child(path: Path) -> None:
    with WRITE(os.devnull) as before:
        before.write(connection(1))

        def write() -> list[int]:
            with WRITE(path, flush_interval=0.01) as writer:
                writer.write(connection(1))
                wait_until(lambda: path.stat().st_size > 0, "a flush")
                writer.write(connection(2))
            return ports(READ(path))

        assert in_child(write) == [1, 2]


def test_a_file_input_goes_on_in_both(path: Path) -> None:
    path.write_bytes(wire.container(*wire.conns(1, 2, 3)) + wire.container(*wire.conns(4, 5)))
    with READ(path) as reader:
        assert reader.read()["srcport"] == 1
        assert in_child(lambda: ports(reader)) == [2, 3, 4, 5]
        assert ports(reader) == [2, 3, 4, 5]


def test_a_file_input_may_be_read_in_the_child_alone(path: Path) -> None:
    path.write_bytes(wire.container(*wire.conns(1, 2)))
    with READ(path) as reader:
        assert in_child(lambda: ports(reader)) == [1, 2]


def test_nullinput_and_messages_go_on_in_the_child() -> None:
    first, second = wire.halves(wire.body(wire.conns(1)))
    null = nmsg.nullinput()
    message = connection(5)
    assert null.read(first) == []
    assert in_child(lambda: (message["srcport"], message.payload)) == (5, wire.ipconn(5))
    for where in (in_child, lambda function: function()):
        assert where(lambda: ports(null.read(second))) == [1]


CHILD_EXITS = """
import os, sys, nmsg
o = nmsg.output.open_file(sys.argv[1])
i = nmsg.input.open_sock("127.0.0.1", 0)
s = nmsg.output.open_sock(*i.address)
for port in range(100):
    o.write(nmsg.msgtype.base.ipconn(srcport=port))
s.write(nmsg.msgtype.base.ipconn(srcport=1))
child = os.fork()
if child == 0:
    {ending}
_, status = os.waitpid(child, 0)
assert status == 0, status
assert os.path.getsize(sys.argv[1]) == 0, "the child wrote what the parent had buffered"
o.write(nmsg.msgtype.base.ipconn(srcport=100))
s.flush()
print(i.read()["srcport"])
i.set_blocking_io(False)
print(i.read())
"""


@pytest.mark.parametrize(
    "ending", ["sys.exit()", "del o, s, i; sys.exit()", "o.close(); s.close(); sys.exit()"]
)
def test_the_end_of_the_child_sends_nothing_of_the_parents(ending: str, path: Path) -> None:
    assert run_python(CHILD_EXITS.format(ending=ending), path) == "1\nNone\n"
    assert ports(READ(path)) == list(range(101))


def test_multiprocessing_by_fork(path: Path) -> None:
    code = (
        "import multiprocessing, os, sys, nmsg\n"
        "i = nmsg.input.open_sock('127.0.0.1', 0)\n"
        "o = nmsg.output.open_file(sys.argv[1])\n"
        "o.write(nmsg.msgtype.base.ipconn(srcport=1))\n"
        "def work(number):\n"
        "    name = f'{sys.argv[1]}.{number}'\n"
        "    with nmsg.output.open_file(name) as mine:\n"
        "        mine.write(nmsg.msgtype.base.ipconn(srcport=number))\n"
        "    return nmsg.input.open_file(name).read()['srcport']\n"
        "with multiprocessing.get_context('fork').Pool(2) as pool:\n"
        "    print(pool.map(work, range(5)))"
    )
    assert run_python(code, path) == "[0, 1, 2, 3, 4]\n"
    assert ports(READ(path)) == [1]


def test_a_grandchild(receiver: nmsg.input) -> None:
    def fork_again() -> Any:
        mine = nmsg.input.open_sock("127.0.0.1", 0)
        mine.fileno()
        return in_child(mine.read), in_child(receiver.read)

    receiver.fileno()
    assert in_child(fork_again) == (("Error", TOLD), ("Error", TOLD))


def test_a_subprocess_is_no_child_of_that_kind(path: Path) -> None:
    with WRITE(path) as writer:
        writer.write(connection(1))
        run_python("pass")
        os.system(f"{sys.executable} -c pass")
        writer.write(connection(2))
    assert ports(READ(path)) == [1, 2]
