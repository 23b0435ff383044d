# SPDX-License-Identifier: Apache-2.0
"""nmsgtool with topics of Kafka."""

import signal
from collections.abc import Callable
from pathlib import Path

import nmsg
import pytest
from kafka_admin import Admin
from kafka_support import FORMS, message, number_of, take, write
from nmsg_support import PATIENCE_SEC, wait_until
from nmsg_tool import run, running

Topic = Callable[..., str]


@pytest.fixture(scope="session")
def million(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,000,000 messages, of which each is another."""
    path = tmp_path_factory.mktemp("million") / "million.nmsg"
    m = message(0)
    with nmsg.open(path, "w") as writer:
        for number in range(1_000_000):
            m["srcport"], m["dstport"], m.time_nsec = number & 0xFFFF, number >> 16, number
            writer.write(m)
    return path


@pytest.mark.parametrize("form", FORMS)
def test_a_million_messages_arrive_once_and_equal(
    broker: str, topic: Topic, admin: Admin, million: Path, tmp_path: Path, form: str
) -> None:
    name = topic()
    done = run("-r", million, "--writekafka", f"{form}:{name}@{broker}", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    if form != "nmsg":
        assert admin.end(name) == 1_000_000
    args = ["--readkafka", f"{form}:{name}@{broker},oldest", "-c", "1000000", "-w", "got.nmsg"]
    done = run(*args, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    # Containers are of another size on the way, but files are written by the same rules.
    assert (tmp_path / "got.nmsg").read_bytes() == million.read_bytes()


def test_partitions_keep_their_order(
    broker: str, topic: Topic, million: Path, tmp_path: Path
) -> None:
    name = topic(4)
    sending = ["-r", million, "-c", "100000", "--writekafka", f"json:{name}@{broker}"]
    assert run(*sending, "--kafkakey", "dstport", cwd=tmp_path).returncode == 0
    done = run(
        *["--readkafka", f"json:{name}@{broker},oldest", "-c", "100000", "-w", "got.nmsg"],
        cwd=tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    last: dict[int, int] = {}
    count = 0
    for m in nmsg.open(tmp_path / "got.nmsg"):
        assert last.get(m["dstport"], -1) < m["srcport"]
        last[m["dstport"]] = m["srcport"]
        count += 1
    assert count == 100_000


def test_options_apply_to_topics(broker: str, topic: Topic, tmp_path: Path) -> None:
    names = [topic() for _ in range(4)]
    ends = [f"{form}:{name}@{broker}" for form, name in zip(("nmsg", *FORMS), names, strict=True)]
    write(str(tmp_path / "in.nmsg"), range(100))
    args = ["-r", "in.nmsg", "--mirror", "--setsource", "0x2a", "--setgroup", "7", "-z", "-dd"]
    for end in ends:
        args += ["--writekafka", end]
    done = run(*args, cwd=tmp_path)
    assert done.returncode == 0
    told = done.stderr.decode()
    assert f"nmsgtool: nmsg Kafka output: {names[0]}@{broker}\n" in told
    assert f"nmsgtool: nmsg Kafka json output: {names[2]}@{broker}\n" in told
    assert "payloads_in 100 payloads_out 400 " in told

    choosing = ["-V", "base", "-T", "ipconn", "--getsource", "42", "--getgroup", "7", "-c", "100"]
    for end, name in zip(ends, names, strict=True):
        done = run("--readkafka", f"{end},oldest", *choosing, "-J", "out.json", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, b""), name
        got = list(nmsg.open(tmp_path / "out.json", format="json"))
        assert [number_of(m) for m in got] == list(range(100))
        assert {(m.source, m.group) for m in got} == {(42, 7)}

    args = ["-r", "in.nmsg"]  # Without --mirror they take turns.
    fresh = [topic(), topic()]
    for name in fresh:
        args += ["--writekafka", f"nmsgp:{name}@{broker}"]
    assert run(*args, cwd=tmp_path).returncode == 0
    for n, name in enumerate(fresh):
        with nmsg.open(f"kafka://{broker}/{name}?format=nmsgp&offset=oldest") as reader:
            assert take(reader, 50) == list(range(n, 100, 2))


def test_a_running_tool_reads_until_it_is_ended(
    broker: str, topic: Topic, admin: Admin, group: str, tmp_path: Path
) -> None:
    name = topic()
    write(f"kafka://{broker}/{name}", range(1000))
    args = ["--readkafka", f"nmsg:{name}%{group}@{broker},oldest", "-w", "out.nmsg"]
    with running(*args, cwd=tmp_path) as tool:
        # What was written is flushed before the group is told of it.
        wait_until(lambda: admin.committed(group, name) > 0)
        assert len(list(nmsg.open(tmp_path / "out.nmsg"))) == 1000
        size = (tmp_path / "out.nmsg").stat().st_size
        write(f"kafka://{broker}/{name}", range(1000, 1100))
        wait_until(lambda: (tmp_path / "out.nmsg").stat().st_size > size)
        tool.send_signal(signal.SIGTERM)
        assert tool.communicate(timeout=PATIENCE_SEC)[1] == b"nmsgtool: signalled break\n"
        assert tool.returncode == 1
    assert [number_of(m) for m in nmsg.open(tmp_path / "out.nmsg")] == list(range(1100))
    assert admin.committed(group, name) == admin.end(name)


def test_what_is_bad_is_quiet_unless_asked_for(broker: str, topic: Topic, tmp_path: Path) -> None:
    name = topic()
    for n, form in enumerate(["nmsg", "json", "nmsg"]):
        write(f"kafka://{broker}/{name}?format={form}", [n])
    args = ["--readkafka", f"nmsg:{name}@{broker},oldest", "-c", "2", "-w", "out.nmsg"]
    done = run(*args, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    done = run(*args, "-dd", cwd=tmp_path)
    assert b"incorrect magic number" in done.stderr and done.returncode == 0
    assert [number_of(m) for m in nmsg.open(tmp_path / "out.nmsg")] == [0, 2]


@pytest.mark.parametrize("option", ["--readkafka", "--writekafka"])
def test_what_cannot_be_opened_is_told(broker: str, tmp_path: Path, option: str) -> None:
    write(str(tmp_path / "in.nmsg"), range(1))
    done = run("-r", "in.nmsg", option, f"json:nowhere@{broker}", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.decode() == f"nmsgtool: there is no topic nowhere at {broker}\n"
    bad = {"NMSG_KAFKA_CONFIG": "no.such=1"}
    done = run("-r", "in.nmsg", option, f"json:nowhere@{broker}", cwd=tmp_path, env=bad)
    assert done.returncode == 1
    assert b"Kafka setting no.such: No such configuration property" in done.stderr


def test_an_unreachable_broker_is_told_in_time(unused_address: str, tmp_path: Path) -> None:
    quick = {"NMSG_KAFKA_CONFIG": "nmsg.open.patience.ms=500", "NMSG_KAFKA_LOG_LEVEL": "2"}
    done = run("--readkafka", f"nmsg:t@{unused_address}", "-dd", cwd=tmp_path, env=quick)
    assert done.returncode == 1
    told = done.stderr.decode()
    assert f"nmsgtool: no broker at {unused_address} answered within 0.5 s: " in told
    assert "nmsgtool: Kafka: 3: FAIL: " in told  # What the client library logs.


def test_the_key_comes_from_the_environment(broker: str, topic: Topic, tmp_path: Path) -> None:
    write(str(tmp_path / "in.nmsg"), range(1))
    end = f"json:{topic()}@{broker}"
    env = {"NMSG_KAFKA_KEY": "nothing"}
    done = run("-r", "in.nmsg", "--writekafka", end, cwd=tmp_path, env=env)
    assert b"messages of type ipconn have no field nothing" in done.stderr
    done = run("-r", "in.nmsg", "--writekafka", end, "--kafkakey", "proto", cwd=tmp_path, env=env)
    assert (done.returncode, done.stderr) == (0, b"")
