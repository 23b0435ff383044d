# SPDX-License-Identifier: Apache-2.0
"""nmsgtool live: signals, counts, intervals, sockets, pipes, files that are changed, full disks."""

import os
import re
import resource
import signal
import socket
import subprocess
import time
from pathlib import Path

import nmsg_wire as wire
import pytest
from nmsg_support import PATIENCE_SEC, PROMPT_SEC, SLOWNESS, wait_until
from nmsg_tool import TOOL, categories, end, listening, listens, loglines, run, running, size

pytestmark = pytest.mark.skipif(not TOOL.exists(), reason=f"there is no {TOOL}")


def send(port: int, *texts: str, family: int = socket.AF_INET) -> None:
    """Each message as a datagram of its own."""
    address = "127.0.0.1" if family == socket.AF_INET else "::1"
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        for payload in loglines(*texts):
            sender.sendto(wire.container(payload), (address, port))


def has_lines(path: Path, count: int) -> bool:
    return path.exists() and path.read_bytes().count(b"\n") >= count


# -- counts --


def stats_of(stderr: str, name: str) -> list[dict[str, int]]:
    """The lines of --stats about one input."""
    lines = re.findall(rf"^nmsgtool: stats: {re.escape(name)}: (.*)$", stderr, re.MULTILINE)
    return [
        {key: int(value) for key, value in (pair.split("=") for pair in line.split())}
        for line in lines
    ]


def test_stats_tell_what_came_and_what_was_lost(tmp_path: Path, unused_port: int) -> None:
    args = ("-V", "base", "-T", "logline", "--stats", "1", "-w", "out")
    with listening(unused_port, *args, cwd=tmp_path) as process:
        send(unused_port, "a", "b")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
            raw.connect(("127.0.0.1", unused_port))
            raw.send(b"garbage")
            raw.send(wire.container(wire.conn(1)))
            for number in (7, 10):
                raw.send(wire.frame(wire.body(loglines("c"), sequence=number, sequence_id=99)))
            raw.send(wire.frame(wire.body(loglines("d"), crcs=[1])))
        line = process.stderr.readline()
        while line and b"datagrams=7" not in line:  # It tells every second.
            line = process.stderr.readline()
        assert line
        status, stderr = end(process)
    assert status == 1
    name = f"127.0.0.1/{unused_port}"
    (last,) = stats_of(stderr, name)[-1:]
    buffer = last.pop("receive_buffer")
    assert buffer > 0
    assert last.pop("octets") > 100
    assert last == {
        "messages": 4,
        "filtered": 1,
        "containers": 6,
        "bad_containers": 1,
        "bad_messages": 1,
        "datagrams": 7,
        "lost_kernel": 0,
        "lost_sequence": 2,
        "lost_fragments": 0,
        "ring_full_ms": 0,
    }


def test_stats_of_files_are_told_in_the_end(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(wire.container(*loglines("a", "b")))
    (tmp_path / "lines").write_bytes(b"nonsense\n")
    done = run("-r", "in", "-j", "lines", "--stats=3600", "-w", "out", cwd=tmp_path)
    assert done.returncode == 0
    octets = len((tmp_path / "in").read_bytes())
    assert stats_of(done.stderr.decode(), "in") == [
        {
            "messages": 2,
            "filtered": 0,
            "containers": 1,
            "octets": octets,
            "bad_containers": 0,
            "bad_messages": 0,
        }
    ]
    (lines,) = stats_of(done.stderr.decode(), "lines")
    assert (lines["messages"], lines["bad_messages"], lines["octets"]) == (0, 1, 9)


# -- signals --


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_flushes_and_ends_promptly(
    tmp_path: Path, unused_port: int, number: signal.Signals
) -> None:
    with listening(unused_port, "-w", "out", "-dd", cwd=tmp_path) as process:
        send(unused_port, "a", "b")
        time.sleep(0.2 * SLOWNESS)  # There is nothing to see before it is flushed.
        begin = time.monotonic()
        status, stderr = end(process, number)
        assert time.monotonic() - begin < PROMPT_SEC
    assert status == 1
    assert "nmsgtool: signalled break\n" in stderr
    assert "totals: payloads_in 2 payloads_out 2 container_recvs 2 container_drops 0" in stderr
    assert f"received signal: {signal.strsignal(number)}" in stderr
    assert categories(run("-r", "out", "-J", "-", cwd=tmp_path).stdout) == ["a", "b"]


def test_a_signal_ends_idle_inputs_within_a_tenth_of_a_second(
    tmp_path: Path, unused_port: int
) -> None:
    spent = []
    for _ in range(5):  # Others may be using the machine: the best counts.
        with listening(unused_port, "-w", "out", "-k", "", cwd=tmp_path) as process:
            begin = time.monotonic()
            end(process)
            spent.append(time.monotonic() - begin)
    assert min(spent) < 0.1 * SLOWNESS


def test_a_signal_ends_waiting_for_a_pipe(tmp_path: Path) -> None:
    with running("-r", "-", "-w", "out", cwd=tmp_path, stdin=subprocess.PIPE) as process:
        wait_until((tmp_path / "out").exists)
        begin = time.monotonic()
        status, _ = end(process)
        assert time.monotonic() - begin < PROMPT_SEC
    assert status == 1


def test_a_reader_that_sleeps_does_not_keep_a_signal_from_ending_it(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(wire.container(*loglines(*["x" * 1000] * 1000)))
    ends = os.pipe()
    words = ["-r", "in"] * 1 + ["-J", "-"]
    with running(*words, cwd=tmp_path, stdout=ends[1]) as process:
        time.sleep(0.3 * SLOWNESS)
        assert process.poll() is None
        status, stderr = end(process)
        assert status == 1 and "nobody takes what is left to write" in stderr
    for descriptor in ends:
        os.close(descriptor)


def test_hangup_goes_on_with_the_name_of_a_file_that_was_moved(
    tmp_path: Path, unused_port: int
) -> None:
    out, moved = tmp_path / "out", tmp_path / "moved"
    with listening(unused_port, "-J", "out", cwd=tmp_path) as process:
        send(unused_port, "a")
        time.sleep(0.2 * SLOWNESS)
        process.send_signal(signal.SIGHUP)  # Still the same file: nothing is lost.
        wait_until(lambda: has_lines(out, 1))
        send(unused_port, "b")
        time.sleep(0.2 * SLOWNESS)
        out.rename(moved)
        process.send_signal(signal.SIGHUP)
        wait_until(out.exists)
        send(unused_port, "c")
        time.sleep(0.2 * SLOWNESS)
        end(process)
    assert categories(moved.read_bytes()) == ["a", "b"]
    assert categories(out.read_bytes()) == ["c"]


# -- sockets --


def test_two_processes_and_a_range_of_ports(tmp_path: Path) -> None:
    texts = [f"m{i}" for i in range(100)]
    (tmp_path / "in").write_bytes(wire.container(*loglines(*texts)))
    first = next(p for p in range(20000, 60000, 7) if not any(listens(p + i) for i in range(3)))
    ports = f"127.0.0.1/{first}..{first + 2}"
    with running("-l", ports, "-c", "100", "-J", "out", cwd=tmp_path) as process:
        wait_until(lambda: listens(first + 2) or process.poll() is not None)
        done = run("-r", "in", "-s", f"{ports},1000,100", "-m", "512", "-z", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, b"")
        assert process.wait(PATIENCE_SEC) == 0
    assert sorted(categories((tmp_path / "out").read_bytes())) == sorted(texts)


def test_ipv6(tmp_path: Path) -> None:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
            port = probe.getsockname()[1]
    except OSError:
        pytest.skip("no IPv6 here")
    with running("-l", f"::1/{port}", "-J", "out", "--unbuffered", cwd=tmp_path) as process:
        lines = Path("/proc/net/udp6")
        wait_until(lambda: f":{port:04X} " in lines.read_text())
        send(port, "a", family=socket.AF_INET6)
        wait_until(lambda: has_lines(tmp_path / "out", 1))
        end(process)
    assert categories((tmp_path / "out").read_bytes()) == ["a"]


def test_channels(tmp_path: Path, unused_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "channels").write_text(f"ch1 127.0.0.1/{unused_port}\nch2 tcp://127.0.0.1:5555\n")
    env = {"NMSG_CHALIAS_FILE": str(tmp_path / "channels")}
    done = run("-C", "nothing", cwd=tmp_path, env=env)
    assert done.stderr == b"nmsgtool: usage error: channel alias lookup failed\n"
    done = run("-C", "ch2", cwd=tmp_path, env=env)
    assert b"usage error: channel alias appears to be a ZeroMQ endpoint" in done.stderr
    done = run("-Z", "ch1", cwd=tmp_path, env=env)
    assert (
        b"usage error: zchannel alias needs to be a ZeroMQ endpoint" in done.stderr
        or b"-Z needs libzmq, which this build lacks" in done.stderr
    )
    done = run("-C", "ch1", "-t", "1", "-dd", cwd=tmp_path, env=env)
    assert done.returncode == 0
    assert f"nmsg socket input: 127.0.0.1/{unused_port}\n".encode() in done.stderr


def test_bad_datagrams_are_told_when_asked_for(tmp_path: Path, unused_port: int) -> None:
    for debug in ((), ("-dd",)):
        with listening(unused_port, "-J", "out", "--unbuffered", *debug, cwd=tmp_path) as process:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.sendto(b"nonsense", ("127.0.0.1", unused_port))
            send(unused_port, "a")
            wait_until(lambda: has_lines(tmp_path / "out", 1))
            _, stderr = end(process)
        assert ("container skipped" in stderr) == bool(debug)
        (tmp_path / "out").unlink()


def test_refused_datagrams_are_told_and_end_nothing(tmp_path: Path, unused_port: int) -> None:
    (tmp_path / "in").write_bytes(wire.container(*loglines(*["x" * 400] * 20)))
    done = run("-r", "in", "-s", f"127.0.0.1/{unused_port}", "-m", "512", cwd=tmp_path)
    assert done.returncode == 0
    assert b"datagrams were refused" in done.stderr


def test_the_rate_is_kept(tmp_path: Path, unused_port: int) -> None:
    (tmp_path / "in").write_bytes(wire.container(*loglines(*["x" * 500] * 50)))
    begin = time.monotonic()
    run("-r", "in", "-s", f"127.0.0.1/{unused_port},100", "-m", "512", cwd=tmp_path)
    assert 0.35 < time.monotonic() - begin < 2 * SLOWNESS
    octets = size(tmp_path / "in")
    (tmp_path / "two").write_bytes((tmp_path / "in").read_bytes() * 2)
    begin = time.monotonic()
    done = run("-r", "two", "-B", octets * 2, "-J", "/dev/null", cwd=tmp_path)
    assert done.returncode == 0
    assert 0.4 < time.monotonic() - begin < 2 * SLOWNESS


# -- counts --


def test_a_count_waits_for_nothing_it_does_not_need(tmp_path: Path) -> None:
    octets = wire.container(*loglines("a", "b"))
    with running("-r", "-", "-c", "2", "-J", "-", cwd=tmp_path, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(octets)
        process.stdin.flush()
        assert process.wait(PATIENCE_SEC) == 0
        assert categories(process.stdout.read()) == ["a", "b"]


def test_counts_of_several_outputs(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(wire.container(*loglines(*"abcdefgh")))
    run("-r", "in", "-c", "2", "-J", "a", "-J", "b", cwd=tmp_path)
    assert categories((tmp_path / "a").read_bytes()) == ["a", "c"]
    assert categories((tmp_path / "b").read_bytes()) == ["b", "d"]
    run("-r", "in", "-c", "2", "--mirror", "-J", "a", "-J", "b", cwd=tmp_path)
    assert categories((tmp_path / "a").read_bytes()) == ["a", "b"]
    assert categories((tmp_path / "b").read_bytes()) == ["a", "b"]


# -- files that are changed --

STAMP = r"\d{8}\.\d{4}\.\d{10}\.\d{9}"


def files(folder: Path, pattern: str) -> list[Path]:
    return sorted(p for p in folder.iterdir() if re.fullmatch(pattern, p.name))


def test_files_are_renamed_and_kicked(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(wire.container(*loglines(*"abcdefg")))
    (tmp_path / "d").mkdir()
    (tmp_path / "kick").write_text('#!/bin/sh\necho "$2 $(cat "$2" | wc -l)" >> "$1"\n')
    (tmp_path / "kick").chmod(0o755)
    done = run("-r", "in", "-c", "3", "-k", "./kick log", "-J", "d/out", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    names = files(tmp_path / "d", rf"out\.{STAMP}\.json")
    assert [categories(p.read_bytes()) for p in names] == [list("abc"), list("def"), ["g"]]
    assert len(list((tmp_path / "d").iterdir())) == 3
    wait_until(lambda: has_lines(tmp_path / "log", 3))
    told = sorted((tmp_path / "log").read_text().splitlines())
    assert told == [f"d/{p.name} {n}" for p, n in zip(names, (3, 3, 1), strict=True)]


def test_suffixes_and_the_environment(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(wire.container(*loglines(*"abcd")))
    words = ("-r", "in", "-c", "2", "--mirror", "-w", "n", "-o", "p", "-J", "j")
    done = run(*words, cwd=tmp_path, env={"NMSG_KICKER": ""})
    assert done.returncode == 0
    assert len(files(tmp_path, rf"n\.{STAMP}\.nmsg")) == 2
    assert len(files(tmp_path, rf"p\.{STAMP}")) == 2
    assert len(files(tmp_path, rf"j\.{STAMP}\.json")) == 2
    run("-r", "in", "-c", "4", "-k", "", "-w", "e", cwd=tmp_path)
    assert len(files(tmp_path, rf"e\.{STAMP}\.nmsg")) == 1


def test_changing_files_under_load_loses_nothing(tmp_path: Path, unused_port: int) -> None:
    texts = [f"m{i}" for i in range(2000)]
    words = ("-c", "7", "-k", "true", "-J", "out", "-dd")
    with listening(unused_port, *words, cwd=tmp_path) as process:
        for i in range(0, len(texts), 50):
            send(unused_port, *texts[i : i + 50])
            if i % 500 == 0:
                process.send_signal(signal.SIGHUP)
            time.sleep(0.002)
        _, stderr = end(process)
    found = [c for p in files(tmp_path, rf"out\.{STAMP}\.json") for c in categories(p.read_bytes())]
    assert found == texts
    assert "payloads_out 2000" in stderr
    assert not files(tmp_path, r"\..*")


def test_intervals(tmp_path: Path, unused_port: int) -> None:
    begin = time.time()
    done = run("-l", f"127.0.0.1/{unused_port}", "-t", "1", "-w", "out", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert time.time() - begin < 1.5 * SLOWNESS
    assert time.time() % 1 < 0.5 * SLOWNESS
    with listening(unused_port, "-t", "1", "-R", "-k", "", "-w", "f", cwd=tmp_path) as process:
        wait_until(lambda: len(files(tmp_path, rf"f\.{STAMP}\.nmsg")) >= 2)
        assert len(files(tmp_path, rf"\.f\.{STAMP}\.part")) == 1
        end(process)
    assert not files(tmp_path, r"\.f.*")


def test_after_a_kill_files_hold_whole_containers(tmp_path: Path, unused_port: int) -> None:
    with listening(unused_port, "--unbuffered", "-w", "out", cwd=tmp_path) as process:
        send(unused_port, "a", "b", "c")
        wait_until(lambda: size(tmp_path / "out") >= 3 * len(wire.container(*loglines("a"))))
        process.kill()
        process.wait()
    done = run("-r", "out", "-J", "-", cwd=tmp_path)
    assert (done.returncode, categories(done.stdout)) == (0, ["a", "b", "c"])


@pytest.mark.parametrize(
    ("words", "written"),  # So much that a piece of it, such as a container of 1 MiB, is whole.
    [(["-w"], 1_200_000), (["-z", "-w"], 400_000), (["-J"], 400_000)],
)
def test_after_a_kill_under_load_a_file_is_good_up_to_its_last_piece(
    tmp_path: Path, words: list[str], written: int
) -> None:
    texts = [f"m{i} {'x' * 90}" for i in range(100)]
    block = wire.container(*loglines(*texts))
    with running("-r", "-", *words, "out", cwd=tmp_path, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        while size(tmp_path / "out") < written:
            process.stdin.write(block * 10)
        process.kill()
        process.wait()
    read = "-j" if words == ["-J"] else "-r"
    done = run(read, "out", "-J", "-", cwd=tmp_path)
    found = categories(done.stdout)
    assert len(found) > 1000
    assert found == (texts * (len(found) // len(texts) + 1))[: len(found)]
    assert len(done.stderr.splitlines()) in (0, 2)  # Of the piece that was being written.


# -- outputs that take no more --


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(wire.container(*loglines(*["x" * 1000] * 1000)))
    for option in ("-J", "-o", "-w"):
        ends = os.pipe()
        with running("-r", "in", option, "-", cwd=tmp_path, stdout=ends[1]) as process:
            os.close(ends[1])
            os.read(ends[0], 10)
            os.close(ends[0])
            _, stderr = process.communicate(timeout=PATIENCE_SEC)
            assert (process.returncode, stderr) == (0, b"")


@pytest.mark.parametrize("option", ["-J", "-o", "-w"])
def test_a_full_disk_is_told(tmp_path: Path, option: str) -> None:
    (tmp_path / "in").write_bytes(wire.container(*loglines(*["x" * 1000] * 1000)))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    with running("-r", "in", option, "out", cwd=tmp_path, preexec_fn=limit) as process:
        _, stderr = process.communicate(timeout=PATIENCE_SEC)
        assert process.returncode == 1
        assert stderr == b"nmsgtool: out: write() failed: File too large\n"
    done = run("-r", "in", option, "/dev/full", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == b"nmsgtool: /dev/full: write() failed: No space left on device\n"


# -- the process --


def test_daemon(tmp_path: Path, unused_port: int) -> None:
    words = ("-l", f"127.0.0.1/{unused_port}", "-c", "1", "-J", "out", "-D", "-P", "pid")
    assert run(*words, cwd=tmp_path).returncode == 0
    pid = int((tmp_path / "pid").read_text())
    assert os.readlink(f"/proc/{pid}/cwd") == "/"
    assert os.readlink(f"/proc/{pid}/fd/1") == "/dev/null"
    send(unused_port, "a")
    wait_until(lambda: not (tmp_path / "pid").exists())
    assert categories((tmp_path / "out").read_bytes()) == ["a"]


def test_a_daemon_that_cannot_start_says_so(tmp_path: Path) -> None:
    done = run("-r", "nothing", "-D", cwd=tmp_path)
    assert done.returncode == 1
    assert b"unable to open nothing for reading" in done.stderr


def test_a_pid_file_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(wire.container(*loglines("a")))
    done = run("-r", "in", "-P", "no/pid", "-J", "-", cwd=tmp_path)
    assert (done.returncode, categories(done.stdout)) == (0, ["a"])
    assert done.stderr.startswith(b"nmsgtool: unable to open pidfile no/pid: ")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_giving_up_rights(tmp_path: Path, unused_port: int) -> None:
    (tmp_path / "out").touch()
    (tmp_path / "out").chmod(0o666)
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if folder.owner() == "root" and folder != Path("/tmp"):
            folder.chmod(0o755)
    with listening(unused_port, "-U", "nobody", "-w", tmp_path / "out", cwd=tmp_path) as process:
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert "Uid:\t0" not in status
        end(process)
