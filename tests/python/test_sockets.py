# SPDX-License-Identifier: Apache-2.0
"""UDP: opening, sending, receiving, waiting and closing."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import (
    IS_SANITIZED,
    PATIENCE_SEC,
    PROMPT_SEC,
    Sender,
    connection,
    drain,
    is_readable,
    ports,
    python,
    take,
    wait_readable,
    wait_until,
)

LISTEN = nmsg.input.open_sock
SEND = nmsg.output.open_sock
GOOD = wire.container(wire.conn(1))


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


ADDRESSES = [
    "127.0.0.1",
    pytest.param("::1", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")),
]


# -- opening --


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_free_port_is_told(address: str) -> None:
    with LISTEN(address, 0) as reader:
        host, port = reader.address
        assert host == address
        assert 0 < port < 65536
        assert repr(reader).startswith("nmsg input object type=socket _instance=0x")
        with SEND(address, port) as writer:
            assert repr(writer).startswith("nmsg output object type=socket _instance=0x")
    assert reader.address is None


def test_arguments_by_position(receiver: nmsg.input) -> None:
    with nmsg.output_open_sock(*receiver.address, 512, True) as writer:
        for port in range(100):
            writer.write(connection(port))
    assert writer.stats.frames > 4
    assert ports(take(receiver, 100)) == list(range(100))
    nmsg.input_open_sock("127.0.0.1", 0).close()


@pytest.mark.parametrize("opener", [LISTEN, SEND])
def test_arguments(opener: Any) -> None:
    for address in ("127.0.0.256", "127.0.0.1/9430", "[::1]"):
        with pytest.raises(ValueError, match="address"):
            opener(address, 9430)
    for port in (65536, 1 << 31):
        with pytest.raises(ValueError, match="port"):
            opener("127.0.0.1", port)
    for port in (-1, 1 << 32):
        with pytest.raises(OverflowError, match="port"):
            opener("127.0.0.1", port)
    for args in ((), ("127.0.0.1",), (None, 1), ("127.0.0.1", None)):
        with pytest.raises(TypeError):
            opener(*args)


def test_ring_argument() -> None:
    for ring in (262144, "1M", "256k", 0, 1):
        LISTEN("127.0.0.1", 0, ring=ring).close()
    for ring in ("much", "", -1, 1.5):
        with pytest.raises(ValueError, match="ring"):
            LISTEN("127.0.0.1", 0, ring=ring)
    with pytest.raises((OverflowError, ValueError, MemoryError)):
        LISTEN("127.0.0.1", 0, ring=1 << 63)
    with pytest.raises(MemoryError):
        LISTEN("127.0.0.1", 0, ring=1 << 60)


def test_an_address_that_is_not_ours() -> None:
    with pytest.raises(OSError, match=r"192\.0\.2\.1/0"):
        LISTEN("192.0.2.1", 0)


def test_an_address_may_be_listened_on_twice(receiver: nmsg.input) -> None:
    LISTEN(*receiver.address).close()


def test_a_free_port_is_nobody_elses() -> None:
    """Two inputs at one port would take each other's datagrams."""
    others = [LISTEN("127.0.0.1", 0, ring="256K") for _ in range(100)]
    taken = {other.address[1] for other in others}
    for _ in range(3000):
        with LISTEN("127.0.0.1", 0, ring="256K") as reader:
            assert reader.address[1] not in taken
    assert len(taken) == len(others)
    for other in others:
        other.close()


def test_descriptors_are_not_inherited(receiver: nmsg.input) -> None:
    with SEND(*receiver.address) as writer:
        for descriptor in (receiver.fileno(), receiver.socket_fileno(), writer.fileno()):
            assert not os.get_inheritable(descriptor)


# -- sending and receiving --


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("is_buffered", [False, True])
@pytest.mark.parametrize("address", ADDRESSES)
def test_what_is_sent_arrives(address: str, is_buffered: bool, compress: bool) -> None:
    with LISTEN(address, 0) as reader:
        with SEND(*reader.address) as writer:
            writer.set_buffered(is_buffered)
            writer.set_zlibout(compress)
            for port in range(1000):
                writer.write(connection(port, source=port, operator=1, group=2))
        messages = take(reader, 1000)
        assert ports(messages) == list(range(1000))
        assert [m.source for m in messages] == list(range(1000))
        assert {(m.operator, m.group) for m in messages} == {(1, 2)}
        assert reader.read() is None
        stats = reader.stats
        sent = writer.stats
    assert reader.stats == stats
    assert (stats.messages, stats.datagrams) == (1000, sent.frames)
    assert (stats.containers, stats.octets) == (sent.containers, sent.octets)
    assert (sent.messages, sent.send_errors) == (1000, 0)
    assert stats.filtered == 0
    assert stats.bad == (0, 0)
    assert stats.lost == (0, 0, 0)
    assert stats.receive_buffer > 0
    assert (sent.frames == 1000) == (not is_buffered)


def test_names_of_stats(receiver: nmsg.input) -> None:
    stats = receiver.stats
    assert isinstance(stats, nmsg.input_stats)
    assert isinstance(stats.lost, nmsg.lost)
    assert isinstance(stats.bad, nmsg.bad)
    assert (stats.lost.kernel, stats.lost.sequence, stats.lost.fragments) == (0, 0, 0)
    assert (stats.bad.containers, stats.bad.payloads) == (0, 0)
    with SEND(*receiver.address) as writer:
        assert isinstance(writer.stats, nmsg.output_stats)
        assert tuple(writer.stats) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("size", [512, 1280, 65507, 1 << 20])
def test_large_messages_are_fragmented(size: int, compress: bool, receiver: nmsg.input) -> None:
    large = [os.urandom(length) for length in (size - 100, size, 3 * size, 200_000)]
    with SEND(*receiver.address, bufsz=size) as writer:
        writer.set_zlibout(compress)
        for octets in large:
            writer.write(connection(1))
            writer.write(nmsg.msgtype.base.pkt(payload=octets))
    messages = take(receiver, 2 * len(large))
    assert [m["payload"] for m in messages if m.mname == "pkt"] == large
    assert receiver.stats.lost == (0, 0, 0)
    assert receiver.stats.containers == writer.stats.containers < writer.stats.frames


def test_containers_are_numbered(receiver: nmsg.input) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
        raw.bind(("127.0.0.1", 0))
        raw.settimeout(PATIENCE_SEC)
        ids = set()
        for _ in range(2):
            with SEND(*raw.getsockname()) as writer:
                writer.set_buffered(False)
                for number in range(3):
                    writer.write(connection(1))
                    (container,), rest = wire.split(raw.recv(65536))
                    fields = dict(wire.fields(container.content))
                    assert (rest, fields[3]) == (b"", number)
                    ids.add(fields[4])
        assert len(ids) == 2


def test_buffered_messages_are_sent_after_the_flush_interval(receiver: nmsg.input) -> None:
    with SEND(*receiver.address, flush_interval=0.02) as writer:
        for port in range(3):
            writer.write(connection(port))
            assert ports(take(receiver, 1)) == [port]
        wait_until(lambda: writer.stats.containers == 3)  # Counted after it was sent.


def test_the_default_flush_interval_of_sockets_is_short(receiver: nmsg.input) -> None:
    with SEND(*receiver.address) as writer:
        writer.write(connection(1))
        start = time.monotonic()
        assert ports(take(receiver, 1)) == [1]
        assert time.monotonic() - start < 0.5 + PROMPT_SEC


def test_flush_and_close_send(receiver: nmsg.input) -> None:
    with SEND(*receiver.address, flush_interval=0) as writer:
        writer.write(connection(1))
        writer.flush()
        assert ports(take(receiver, 1)) == [1]
        writer.write(connection(2))
    assert ports(take(receiver, 1)) == [2]


def test_broadcast() -> None:
    with pytest.raises(PermissionError):
        SEND("127.255.255.255", 9)
    with LISTEN("0.0.0.0", 0) as reader:
        with SEND("127.255.255.255", reader.address[1], broadcast=True) as writer:
            option = socket.socket(fileno=os.dup(writer.fileno()))
            with option:
                assert option.getsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST) != 0
            writer.write(connection(1))
        assert ports(take(reader, 1)) == [1]


def test_nobody_listens(unused_port: int) -> None:
    with SEND("127.0.0.1", unused_port) as writer:
        writer.set_buffered(False)
        for port in range(100):
            writer.write(connection(port))
        assert writer.stats.messages == 100
        assert writer.stats.send_errors > 0


def test_a_receiver_that_comes_late(unused_port: int) -> None:
    with SEND("127.0.0.1", unused_port) as writer:
        writer.set_buffered(False)
        writer.write(connection(1))
        writer.write(connection(2))
        with LISTEN("127.0.0.1", unused_port) as reader:
            for port in range(3, 6):
                writer.write(connection(port))
            # What the kernel tells of an earlier datagram must not cost a later one.
            assert ports(take(reader, 3)) == [3, 4, 5]


def test_filters(receiver: nmsg.input, send: Sender) -> None:
    payloads = [wire.Payload(data=wire.ipconn(i), source=i % 2) for i in range(4)]
    receiver.set_filter_source(1)
    send(wire.container(*payloads), wire.container(payloads[2]), wire.container(payloads[3]))
    assert ports(take(receiver, 3)) == [1, 3, 3]
    receiver.set_filter_source(0)
    receiver.set_filter_msgtype("base", "logline")
    send(wire.container(*payloads))
    wait_until(lambda: receiver.read() is None and receiver.stats.filtered == 7)


# -- waiting --


def test_non_blocking(receiver: nmsg.input, send: Sender) -> None:
    receiver.set_blocking_io(False)
    start = time.monotonic()
    assert receiver.read() is None
    assert list(receiver) == []
    assert time.monotonic() - start < PROMPT_SEC
    send(GOOD)
    assert wait_until(receiver.read)["srcport"] == 1
    assert receiver.read() is None


def test_blocking(receiver: nmsg.input, send: Sender) -> None:
    later = threading.Timer(0.1, send, args=(GOOD,))
    later.start()
    assert receiver.read()["srcport"] == 1
    later.join()


def test_readable_until_the_last_message_is_taken(receiver: nmsg.input, send: Sender) -> None:
    descriptor = receiver.fileno()
    receiver.set_blocking_io(False)
    assert not is_readable(descriptor)
    for _ in range(20):
        send(wire.container(*wire.conns(1, 2, 3)), wire.container(wire.conn(4)))
        wait_until(lambda: receiver.stats.datagrams == send.count)
        for port in (1, 2, 3, 4):
            assert is_readable(descriptor)
            assert is_readable(descriptor)
            assert receiver.read()["srcport"] == port
        assert not is_readable(descriptor)
        assert receiver.read() is None
        assert not is_readable(descriptor)


def test_readable_while_blocking(receiver: nmsg.input, send: Sender) -> None:
    descriptor = receiver.fileno()
    for port in range(50):
        send(wire.container(wire.conn(port), wire.conn(port)))
        assert ports([receiver.read(), receiver.read()]) == [port, port]
        assert not is_readable(descriptor)


def test_a_descriptor_that_is_asked_for_late(receiver: nmsg.input, send: Sender) -> None:
    send(wire.container(*wire.conns(1, 2)), GOOD)
    assert ports([receiver.read()]) == [1]
    descriptor = receiver.fileno()
    wait_readable(descriptor)
    assert ports([receiver.read(), receiver.read()]) == [2, 1]
    assert not is_readable(descriptor)


def test_a_descriptor_that_is_asked_for_when_all_was_read(
    receiver: nmsg.input, send: Sender
) -> None:
    send(GOOD, GOOD)
    assert ports([receiver.read(), receiver.read()]) == [1, 1]
    assert not is_readable(receiver.fileno())


def test_what_is_not_wanted_leaves_nothing_readable(receiver: nmsg.input, send: Sender) -> None:
    descriptor = receiver.fileno()
    receiver.set_filter_source(1)
    wanted = wire.Payload(data=wire.ipconn(1), source=1)
    send(wire.container(wire.conn(5), wanted, wire.conn(6), wire.conn(7)))
    wait_readable(descriptor)
    assert receiver.read()["srcport"] == 1
    assert not is_readable(descriptor)


def test_an_event_loop_sees_every_message(receiver: nmsg.input, send: Sender) -> None:
    """One read() per readiness, as the simplest loop does it, must not leave a message behind."""
    count = 2000
    receiver.set_blocking_io(False)

    def send_all() -> None:
        for port in range(0, count, 4):
            send(wire.container(*wire.conns(port, port + 1)), wire.container(wire.conn(port + 2)))
            send(b"", wire.container(wire.conn(port + 3), compress=True))

    thread = threading.Thread(target=send_all)
    thread.start()
    seen: list[int] = []
    while len(seen) < count:
        wait_readable(receiver.fileno())
        message = receiver.read()
        if message is not None:
            seen.append(message["srcport"])
    thread.join()
    assert seen == list(range(count))


def test_the_socket_itself(receiver: nmsg.input) -> None:
    assert receiver.socket_fileno() != receiver.fileno()
    with socket.socket(fileno=os.dup(receiver.socket_fileno())) as raw:
        assert raw.getsockname() == receiver.address
        assert raw.type == socket.SOCK_DGRAM


# -- close() --


@pytest.mark.parametrize("how", ["read", "for"])
def test_close_by_another_thread_ends_the_wait(how: str) -> None:
    reader = LISTEN("127.0.0.1", 0)
    result: list[Any] = []

    def wait() -> None:
        result.append(reader.read() if how == "read" else list(reader))
        result.append(time.monotonic())

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    thread.join(0.1)  # Let it begin to wait; if it did not, nothing is lost but the point.
    closing = time.monotonic()
    reader.close()
    closed = time.monotonic()
    thread.join(PATIENCE_SEC)
    assert result[0] == (None if how == "read" else [])
    assert result[1] - closing < PROMPT_SEC
    assert closed - closing < PROMPT_SEC


def call_elsewhere(function: Callable[[], Any]) -> Any:
    """What a function gives in another thread."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(function()), daemon=True)
    thread.start()
    thread.join(PATIENCE_SEC)
    return results[0]


@pytest.mark.parametrize(
    ("read", "end"),
    [(lambda r: r.read(), None), (list, []), (lambda r: r.read_batch(10), [])],
    ids=["read", "for", "read_batch"],
)
def test_close_by_another_thread_between_two_calls_is_the_end(
    read: Callable[[nmsg.input], Any], end: object, send: Sender, receiver: nmsg.input
) -> None:
    """Whether a thread waits when another closes its input is chance; a loop ends either way."""
    send(GOOD)
    assert receiver.read() is not None
    call_elsewhere(receiver.close)
    assert read(receiver) == end
    with pytest.raises(nmsg.Error, match="not initialized"):
        read(receiver)


def test_whoever_closed_an_input_is_told_when_reading_on(receiver: nmsg.input) -> None:
    receiver.close()
    call_elsewhere(receiver.close)  # Not the one that closed it.
    with pytest.raises(nmsg.Error, match="not initialized"):
        receiver.read()


@pytest.mark.parametrize("name", ["close", "fileno"])
def test_another_thread_is_let_in_while_datagrams_pour_in(name: str) -> None:
    """A reader that never has to wait must not keep others from the input."""
    is_over = threading.Event()
    count = 0
    took: list[float] = []
    reader = LISTEN("127.0.0.1", 0)
    sender = Sender(reader.address)

    def pour() -> None:
        with contextlib.suppress(ConnectionRefusedError):
            while not is_over.is_set():
                sender(GOOD)

    def read() -> None:
        nonlocal count
        for _ in reader:
            count += 1

    def call() -> None:
        begin = time.monotonic()
        with contextlib.suppress(nmsg.Error):
            getattr(reader, name)()
        took.append(time.monotonic() - begin)

    threads = [threading.Thread(target=f, daemon=True) for f in (pour, read, call)]
    try:
        for thread in threads[:2]:
            thread.start()
        wait_until(lambda: count > 100)
        threads[2].start()
        threads[2].join(4 * PROMPT_SEC)
    finally:
        is_over.set()
        reader.close()
        for thread in threads:
            thread.join(PATIENCE_SEC)
            assert not thread.is_alive()
        sender.close()
    assert took[0] < PROMPT_SEC


def test_close_with_messages_left(receiver: nmsg.input, send: Sender) -> None:
    send(*[wire.container(*wire.conns(1, 2, 3))] * 100)
    assert ports([receiver.read()]) == [1]
    receiver.close()
    with pytest.raises(nmsg.Error, match="object not initialized"):
        receiver.read()


# -- more than fits --

FLOOD = """
import sys, nmsg
o = nmsg.output.open_sock(sys.argv[1], int(sys.argv[2]))
o.set_buffered(sys.argv[4] == "buffered")
m = nmsg.msgtype.base.ipconn(srcport=1, dstport=2)
for _ in range(int(sys.argv[3])):
    o.write(m)
o.close()
print(o.stats.frames, o.stats.send_errors)
"""


def test_a_pause_of_the_reader_is_accounted_for() -> None:
    count = 20_000
    with LISTEN("127.0.0.1", 0, ring=262144) as reader:
        with socket.socket(fileno=os.dup(reader.socket_fileno())) as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        with SEND(*reader.address) as writer:
            writer.set_buffered(False)
            for port in range(count):
                writer.write(connection(port))
        messages = drain(reader, count)
        stats = reader.stats
    seen = ports(messages)
    assert seen == sorted(set(seen))
    assert 0 < len(seen) < count
    assert count == len(seen) + stats.lost.kernel
    assert stats.messages == stats.datagrams == len(seen)
    assert stats.ring_full_ns > 0
    # What was lost at the end, no later number tells of.
    assert stats.lost.sequence == seen[-1] + 1 - len(seen)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["buffered", "unbuffered"])
def test_a_million_messages_as_fast_as_they_can_be_sent(how: str) -> None:
    count = 1_000_000
    with LISTEN("127.0.0.1", 0) as reader:
        received = 0
        problems: list[str] = []

        def watch(sender: Any) -> None:
            """Close the input when everything has come that can."""
            try:
                output, errors = sender.communicate(timeout=100)
                assert sender.returncode == 0, errors
                frames = int(output.split()[0])

                def is_all_there() -> bool:
                    s = reader.stats
                    return (
                        s.datagrams + s.lost.kernel == frames
                        and s.containers == s.datagrams
                        and (s.lost.kernel > 0 or s.messages == count)
                    )

                wait_until(is_all_there, "the arrival of everything")
            except Exception as error:  # Told by the thread that reads.
                problems.append(repr(error))
            finally:
                reader.close()

        with python(FLOOD, *reader.address, count, how) as sender:
            watcher = threading.Thread(target=watch, args=(sender,))
            watcher.start()
            for _ in reader:
                received += 1
            watcher.join()
        stats = reader.stats
    assert problems == []
    assert stats.bad == (0, 0)
    assert stats.messages == received
    if how == "unbuffered":
        assert count == received + stats.lost.kernel
    # Without the right to have a large buffer the kernel decides what is lost.
    if stats.receive_buffer >= 16 << 20 and not IS_SANITIZED:
        assert stats.lost == (0, 0, 0)
        assert received == count
