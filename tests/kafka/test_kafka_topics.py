# SPDX-License-Identifier: Apache-2.0
"""Reading and writing topics of Kafka from Python, against a broker."""

import asyncio
import os
import select
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import nmsg
import pytest
from kafka_admin import Admin
from kafka_support import FORMS, QUICK, beside, message, number_of, take, write
from nmsg_support import PATIENCE_SEC, PROMPT_SEC, is_readable, wait_readable, wait_until

Topic = Callable[..., str]


def everything() -> list[nmsg.message]:
    """Messages with all that a header may have, of several types and sizes."""
    one = nmsg.msgtype.base.ipconn(srcip="192.0.2.1", dstip="2001:db8::1", proto=17)
    one.time_sec, one.time_nsec = 1_700_000_001, 999_999_999
    one.source, one.operator, one.group = 0xDEADBEEF, 3, 7
    two = nmsg.msgtype.base.logline(category="a", message='newlines\nand "quotes" \\ \u00e4')
    two.time_sec, two.time_nsec = 1, 0
    three = nmsg.msgtype.base.logline(message="x" * 300_000)
    three.time_sec, three.time_nsec = 2, 0
    four = nmsg.msgtype.sie.dnsdedupe(
        type="INSERTION", rrname=b"\3www\7example\0", rrtype=1, rrclass=1, rdata=[b"\xc0\0\2\1"]
    )
    four.time_sec, four.time_nsec = 3, 5
    return [one, two, three, four]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("compress", [False, True])
def test_messages_come_back_as_they_were(
    broker: str, topic: Topic, form: str, compress: bool
) -> None:
    if compress and form != "nmsg":
        pytest.skip("only containers are compressed by us")
    url = f"kafka://{broker}/{topic()}?format={form}"
    sent = everything()
    with nmsg.open(url, "w", compress=compress) as writer:
        for m in sent:
            writer.write(m)
    stats = writer.stats
    assert stats.queued == stats.delivered and stats.failed == 0
    assert stats.delivered == (3 if form == "nmsg" else 4)  # The long one is alone.
    with nmsg.open(url, offset="oldest") as reader:
        got = [reader.read() for _ in sent]
    if form == "json":  # Which does not tell whether a string had a final NUL.
        assert [m.to_json() for m in got] == [m.to_json() for m in sent]
    else:
        assert got == sent
    assert reader.stats.datagrams == stats.delivered
    assert reader.stats.bad == (0, 0)


def test_the_librarys_settings_are_passed_on(broker: str, topic: Topic) -> None:
    url = f"kafka://{broker}/{topic()}?format=json"
    config = {"compression.codec": "gzip", "linger.ms": 20, "socket.keepalive.enable": True}
    assert write(url, range(1000), config=config).delivered == 1000
    with nmsg.open(url, offset=0, config={"check.crcs": True}) as reader:
        assert take(reader, 1000) == list(range(1000))


def test_what_comes_after_opening_is_read(broker: str, topic: Topic) -> None:
    url = f"kafka://{broker}/{topic(3)}"
    write(url, range(100))
    with nmsg.open(url, blocking=False) as reader:
        assert reader.read() is None
        for n in range(100, 200):
            write(f"{url}?partition={n % 3}", [n])
        reader.set_blocking_io(True)
        assert sorted(take(reader, 100)) == list(range(100, 200))


@pytest.mark.parametrize(
    "offset, first",
    [("oldest", 0), (0, 0), (7, 7), (-3, 7), (-10, 0), (-99, 0), ("4", 4), ("-1", 9)],
)
def test_offsets(broker: str, topic: Topic, offset: int | str, first: int) -> None:
    url = f"kafka://{broker}/{topic()}?format=nmsgp"
    write(url, range(10))
    with nmsg.open(url, offset=offset) as reader:
        assert take(reader, 10 - first) == list(range(first, 10))


def test_offsets_behind_the_end_wait_for_what_comes(broker: str, topic: Topic) -> None:
    url = f"kafka://{broker}/{topic()}?format=nmsgp"
    write(url, range(10))
    with nmsg.open(url, offset=1000) as reader:
        write(url, [10])
        assert take(reader, 1) == [10]


def test_partitions_are_read_and_written_one_by_one(broker: str, topic: Topic) -> None:
    url = f"kafka://{broker}/{topic(3)}?format=json"
    for partition in range(3):
        write(url, range(100 * partition, 100 * partition + 5), partition=partition)
    for partition in range(3):
        with nmsg.open(url, partition=partition, offset="oldest") as reader:
            assert take(reader, 5) == list(range(100 * partition, 100 * partition + 5))
    with nmsg.open(url, offset="oldest") as reader:
        assert len(set(take(reader, 15))) == 15
    with pytest.raises(nmsg.RemoteError, match="has no partition 3, but 3, from 0 on"):
        nmsg.open(url, partition=3)


@pytest.mark.parametrize("form", ["json", "nmsgp"])
def test_messages_with_one_key_stay_in_one_partition(
    broker: str, topic: Topic, admin: Admin, form: str
) -> None:
    name = topic(4)
    url = f"kafka://{broker}/{name}?format={form}&key=srcport"
    with nmsg.open(url, "w") as writer:
        for n in range(400):
            writer.write(message(n % 8 | n << 16))
    seen: dict[int, set[int]] = {}
    for partition in range(4):
        with nmsg.open(
            f"kafka://{broker}/{name}?format={form}", partition=partition, offset="oldest"
        ) as reader:
            for n in take(reader, admin.end(name, partition)):
                seen.setdefault(n & 0xFFFF, set()).add(partition)
    assert len(seen) == 8 and all(len(partitions) == 1 for partitions in seen.values())
    assert len(set.union(*seen.values())) > 1


def test_a_key_that_a_message_does_not_have_costs_that_message(broker: str, topic: Topic) -> None:
    url = f"kafka://{broker}/{topic()}?format=json"
    with nmsg.open(url, "w", key="srcport") as writer:
        writer.write(message(1))
        with pytest.raises(nmsg.Error, match="messages of type logline have no field srcport"):
            writer.write(nmsg.msgtype.base.logline(message="x"))
        writer.write(message(2))
    with nmsg.open(url, offset="oldest") as reader:
        assert take(reader, 2) == [1, 2]


@pytest.mark.filterwarnings("error")  # Anybody may write to a topic: no program is bothered.
def test_garbage_is_counted_and_costs_nothing_else(broker: str, topic: Topic) -> None:
    name = topic()
    for n, form in enumerate(["nmsg", "json", "nmsg", "nmsgp", "nmsg"]):
        write(f"kafka://{broker}/{name}?format={form}", [n])
    with nmsg.open(f"kafka://{broker}/{name}", offset="oldest") as reader:
        assert take(reader, 3) == [0, 2, 4]
        assert reader.stats.bad == (2, 0)
    with nmsg.open(f"kafka://{broker}/{name}?format=json", offset="oldest") as reader:
        assert take(reader, 1) == [1]
        wait_until(lambda: reader.read_batch(1, timeout=0.1) == [] and reader.stats.datagrams == 5)
        assert reader.stats.bad.payloads == 4
    with (
        nmsg.open(f"kafka://{broker}/{name}", offset="oldest", errors="warn") as reader,
        pytest.warns(nmsg.DataWarning, match="magic"),
    ):
        take(reader, 2)
    with (
        nmsg.open(f"kafka://{broker}/{name}", offset="oldest", errors="raise") as reader,
        pytest.raises(nmsg.FormatError, match="magic"),
    ):
        take(reader, 2)


def test_filters_apply(broker: str, topic: Topic) -> None:
    url = f"kafka://{broker}/{topic()}"
    with nmsg.open(url, "w") as writer:
        for m in everything():
            writer.write(m)
    with nmsg.open(url, offset="oldest", msgtype="SIE:dnsdedupe") as reader:
        assert reader.read()["rrname"] == b"\3www\7example\0"
    with nmsg.open(url, offset="oldest", operator=3) as reader:
        assert reader.read().source == 0xDEADBEEF
        assert reader.stats.filtered == 0


def test_a_record_that_is_too_long_is_refused_alone(broker: str, topic: Topic) -> None:
    url = f"kafka://{broker}/{topic()}?format=nmsgp"
    with nmsg.open(url, "w", buffered=False, config={"message.max.bytes": 10_000}) as writer:
        writer.write(message(1))
        with pytest.raises(nmsg.FormatError, match=r"longer than message\.max\.bytes"):
            writer.write(nmsg.msgtype.base.logline(message="x" * 20_000))
        writer.write(message(2))
    assert (writer.stats.delivered, writer.stats.failed) == (2, 1)
    with nmsg.open(url, offset="oldest") as reader:
        assert take(reader, 2) == [1, 2]


# -- what cannot be opened --


@pytest.mark.parametrize("mode", ["r", "w"])
def test_an_unknown_topic_is_told(broker: str, mode: str) -> None:
    start = time.monotonic()
    with pytest.raises(nmsg.RemoteError, match=f"there is no topic nowhere at {broker}") as caught:
        nmsg.open(f"kafka://{broker}/nowhere", mode)  # type: ignore[call-overload]
    assert isinstance(caught.value, ConnectionError)
    assert time.monotonic() - start < PATIENCE_SEC / 2


@pytest.mark.parametrize("mode", ["r", "w"])
def test_a_broker_that_does_not_answer_is_told_in_time(unused_address: str, mode: str) -> None:
    start = time.monotonic()
    expected = rf"no broker at {unused_address} answered within 1\.5 s: .*Connection refused"
    with pytest.raises(nmsg.RemoteError, match=expected):
        nmsg.open(  # type: ignore[call-overload]
            f"kafka://{unused_address}/t", mode, config={"nmsg.open.patience.ms": 1500}
        )
    assert 1.4 < time.monotonic() - start < 1.5 + PROMPT_SEC * 4


@pytest.mark.parametrize("mode", ["r", "w"])
def test_interrupts_end_waiting_for_a_broker(unused_address: str, mode: str) -> None:
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        nmsg.open(f"kafka://{unused_address}/t", mode)  # type: ignore[call-overload]
    assert time.monotonic() - start < 3


@pytest.mark.parametrize(
    "config, expected",
    [
        ({"no.such.setting": 1}, r"Kafka setting no\.such\.setting: No such configuration"),
        ({"linger.ms": "soon"}, r"Kafka setting linger\.ms: Invalid value"),
        ({"nmsg.patience": 1}, r"Kafka setting nmsg\.patience: there is no such"),
        ({"nmsg.open.patience.ms": -1}, "a number of milliseconds, not '-1'"),
        ({"": 1}, "a setting is a key"),
        ({"compression.codec": "none", "acks": 1}, "acks"),  # Against idempotence.
    ],
)
def test_settings_that_are_not_good_are_told(
    broker: str, config: dict[str, object], expected: str
) -> None:
    with pytest.raises(ValueError, match=expected):
        nmsg.open(f"kafka://{broker}/t", "w", config=config)


def test_settings_come_from_the_environment(
    broker: str, topic: Topic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"kafka://{broker}/{topic()}"
    path = tmp_path / "kafkacfg"
    path.write_text(
        f"[elsewhere]\nno.such = 1\n[default]\nlinger.ms = 1\n[{broker}]\nbad.one = 1\n"
    )
    monkeypatch.setenv("NMSG_KAFKA_CONFIG", str(path))
    with pytest.raises(ValueError, match=r"Kafka setting bad\.one"):
        nmsg.open(url)
    monkeypatch.setenv("NMSG_KAFKA_CONFIG", "linger.ms=1:other.bad=2")
    with pytest.raises(ValueError, match=r"Kafka setting other\.bad"):
        nmsg.open(url, "w")
    monkeypatch.setenv("NMSG_KAFKA_CONFIG", str(tmp_path / "missing"))
    with pytest.raises(FileNotFoundError):
        nmsg.open(url)
    monkeypatch.setenv("NMSG_KAFKA_CONFIG", "linger.ms=800000")
    assert write(url, [1], config={"linger.ms": 1}).delivered == 1  # The program has the last word.


# -- TLS and SASL --

LOGIN = {
    "security.protocol": "sasl_ssl",
    "sasl.mechanism": "PLAIN",
    "sasl.username": "sensor",
    "sasl.password": "secret",
}


def test_tls_and_sasl(
    secure: tuple[str, str], topic: Topic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, authority = secure
    url = f"kafka://{address}/{topic()}"
    config = LOGIN | {"ssl.ca.location": authority}
    assert write(url, range(10), config=config).delivered == 1
    path = tmp_path / "kafkacfg"
    lines = [f"{key} = {value}" for key, value in config.items()]
    path.write_text("\n".join([f"[{address}]", *lines]))
    monkeypatch.setenv("NMSG_KAFKA_CONFIG", str(path))
    with nmsg.open(url, offset="oldest") as reader:
        assert take(reader, 10) == list(range(10))


@pytest.mark.parametrize(
    "wrong, expected",
    [
        ({"sasl.password": "guessed"}, "Invalid username or password"),
        ({"ssl.ca.location": None}, "certificate verify failed"),
        ({"security.protocol": "plaintext"}, r"answered within 1\.5 s"),
    ],
)
def test_why_a_broker_does_not_let_us_in(
    secure: tuple[str, str], topic: Topic, wrong: dict[str, str], expected: str
) -> None:
    address, authority = secure
    config = LOGIN | {"ssl.ca.location": authority, "nmsg.open.patience.ms": 1500} | wrong
    config = {key: value for key, value in config.items() if value is not None}
    with pytest.raises(nmsg.RemoteError, match=expected):
        nmsg.open(f"kafka://{address}/{topic()}", config=config)


# -- waiting --


def test_the_descriptor_is_readable_while_there_is_something(broker: str, topic: Topic) -> None:
    url = f"kafka://{broker}/{topic(2)}"
    with nmsg.open(url) as reader:
        wait_until(lambda: not is_readable(reader.fileno()))  # The library settles in.
        for _ in range(3):
            write(url, range(2))
            wait_readable(reader.fileno())
            assert take(reader, 1) == [0]
            assert is_readable(reader.fileno())  # The other one of the same container.
            assert take(reader, 1) == [1]
            assert not is_readable(reader.fileno())


def test_asyncio(broker: str, topic: Topic) -> None:
    url = f"kafka://{broker}/{topic(2)}?format=json"

    async def read() -> list[int]:
        numbers = []
        async with nmsg.open(url) as reader:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(reader), 0.1)  # Cancelled while it waits.
            writing = asyncio.create_task(asyncio.to_thread(write, url, range(5000)))
            async for m in reader:
                numbers.append(number_of(m))
                if len(numbers) == 5000:
                    break
            await writing
        return numbers

    assert sorted(asyncio.run(asyncio.wait_for(read(), PATIENCE_SEC))) == list(range(5000))


def test_interrupts_end_reading(broker: str, topic: Topic) -> None:
    with nmsg.open(f"kafka://{broker}/{topic()}") as reader:
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        start = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            reader.read()
        assert time.monotonic() - start < 0.2 + PROMPT_SEC * 2


def test_close_ends_reading_of_another_thread(broker: str, topic: Topic) -> None:
    got: list[object] = []
    reader = nmsg.open(f"kafka://{broker}/{topic()}")
    with beside(lambda: got.append(reader.read())):
        time.sleep(0.1)  # It would not be wrong to close before the read, but prove less.
        reader.close()
    assert got == [None]


def test_the_engine_reads_and_writes_topics(broker: str, topic: Topic) -> None:
    source, sink = (f"kafka://{broker}/{topic()}" for _ in range(2))
    write(source, range(3000))
    got: list[int] = []
    engine = nmsg.io()
    engine.add_input(nmsg.open(source, offset="oldest"))
    engine.add_output(nmsg.open(sink, "w"))
    with beside(engine.loop):
        with nmsg.open(sink, offset="oldest") as reader:
            got += take(reader, 3000)
        engine.break_loop()
    assert got == list(range(3000))


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_forked_children_are_told(broker: str, topic: Topic) -> None:
    url = f"kafka://{broker}/{topic()}"
    reader, writer = nmsg.open(url), nmsg.open(url, "w")
    writer.write(message(1))
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        for call in (reader.read, lambda: writer.write(message(2)), reader.commit):
            try:
                call()
                os.write(writing, b"went on\n")
            except nmsg.Error as error:
                os.write(writing, str(error).encode() + b"\n")
        reader.close()
        writer.close()
        os._exit(7)
    os.close(writing)
    wait_until(lambda: select.select([reading], [], [], 0)[0])
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    with os.fdopen(reading) as told:
        assert told.read().splitlines() == ["opened before fork(); open it in the child"] * 3
    writer.close()
    assert take(reader, 1) == [1]  # And nothing of the child's.
    reader.close()
    assert writer.stats.delivered == 1


def test_a_topic_that_goes(broker: str, topic: Topic, admin: Admin, group: str) -> None:
    name = topic()
    url = f"kafka://{broker}/{name}"
    config = QUICK | {"topic.metadata.propagation.max.ms": 500}
    reader = nmsg.open(f"{url}?group={group}&offset=oldest", config=config)
    writer = nmsg.open(url, "w", config=config)
    writer.write(message(1))
    writer.flush()
    assert take(reader, 1) == [1]
    admin.delete(name)
    assert reader.read_batch(1, timeout=1) == []  # It might come again.
    writer.write(message(2))
    with pytest.raises(nmsg.RemoteError, match=f"1 records were not delivered to {name}: "):
        writer.flush()
    assert (writer.stats.delivered, writer.stats.failed) == (1, 1)
    start = time.monotonic()
    writer.close()  # That was told.
    reader.close()
    assert time.monotonic() - start < PATIENCE_SEC


def test_nothing_is_left_open(broker: str, topic: Topic, group: str) -> None:
    url = f"kafka://{broker}/{topic()}"

    def come_and_go() -> None:
        for reading in (url, f"{url}?group={group}"):
            with nmsg.open(reading, config=QUICK) as reader:
                reader.fileno()
                write(url, [1])
        with pytest.raises(nmsg.RemoteError):
            nmsg.open(f"{url}?partition=7")
        with pytest.raises(ValueError, match="No such"):
            nmsg.open(url, "w", config={"no.such": 1})

    def held() -> tuple[int, int]:
        return len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))

    come_and_go()
    before = held()
    for _ in range(5):
        come_and_go()
    assert held() == before
