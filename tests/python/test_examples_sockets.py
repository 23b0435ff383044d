# SPDX-License-Identifier: Apache-2.0
"""The tools of examples/ that send and receive, talking to each other."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_examples import IPCONN, Tool, connections, has_ipv6, held_port, ran, started, timeless
from nmsg_support import Sender, connection, decode, ports, take, wait_until

PLACE = "127.0.0.1"


ADDRESSES = [
    PLACE,
    pytest.param("::1", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")),
]


@pytest.fixture
def new_port() -> Iterator[Callable[..., int]]:
    """Gives free ports."""
    with ExitStack() as stack:
        yield lambda address=PLACE: stack.enter_context(held_port(address))


@pytest.fixture
def start() -> Iterator[Callable[..., Tool]]:
    """Starts tools, which end with the test."""
    with ExitStack() as stack:
        yield lambda *args, **env: stack.enter_context(started(*args, **env))


def sending(count: int, place: str) -> str:
    return f"sending {count} ipconn NMSG datagrams to {place}...\n"


def listening(place: str) -> str:
    return f"listening for NMSG datagrams on {place}...\n"


# -- nmsg_message and nmsg_sock_dump --


@pytest.mark.parametrize("address", ADDRESSES)
def test_messages_are_dumped(
    address: str, new_port: Callable[..., int], start: Callable[..., Tool]
) -> None:
    place = f"{address}/{new_port(address)}"
    dump = start("sock_dump", place)
    dump.expect(listening(place))
    assert ran("message", "-n2", place) == (0, sending(2, place), "")
    dump.expect(listening(place) + connections(2))
    assert ran("message", place) == (0, sending(1, place), "")
    dump.expect(listening(place) + connections(2) + connections(1))
    assert dump.interrupt() == 130
    assert dump.err.text == ""


@pytest.mark.parametrize("option", ["-n", "-i", "--number"])
def test_each_message_is_a_datagram(receiver: nmsg.input, option: str) -> None:
    place = "{}/{}".format(*receiver.address)
    assert ran("message", option, "300", place) == (0, sending(300, place), "")
    messages = take(receiver, 300)
    assert receiver.stats.datagrams == receiver.stats.containers == 300
    assert ports(messages) == list(range(300))
    assert [m["dstport"] for m in messages] == [65535 - i for i in range(300)]
    assert [m["srcip"] for m in messages] == [f"127.0.{i // 256}.{i % 256}" for i in range(300)]
    assert [m["dstip"] for m in messages] == [f"127.1.{i // 256}.{i % 256}" for i in range(300)]
    times = [m.time_ns for m in messages]
    assert times == sorted(times)
    assert times[0] < times[-1]


def test_numbers_that_carry_on(receiver: nmsg.input) -> None:
    """Ports start again, addresses do not."""
    seen: dict[int, nmsg.message] = {}
    with started("message", "-n", "65538", "{}/{}".format(*receiver.address)) as tool:
        receiver.set_blocking_io(False)

        def have_all() -> bool:
            while (m := receiver.read()) is not None:
                seen[int.from_bytes(nmsg.ip_pton(m["srcip"])) - 0x7F000000] = m
            return tool.process.poll() is not None

        wait_until(have_all)
        wait_until(lambda: have_all() and 65537 in seen, "the arrival of the last message")
    assert len(seen) > 60_000  # The kernel may have dropped some.
    last = seen[65537]
    assert (last["srcip"], last["srcport"]) == ("127.1.0.1", 1)
    assert (last["dstip"], last["dstport"]) == ("127.2.0.1", 65534)
    assert all(m["srcport"] == i % 65536 for i, m in seen.items())
    assert all(m["dstport"] == (65535 - i) % 65536 for i, m in seen.items())


def test_sending_where_nobody_listens(unused_port: int) -> None:
    place = f"{PLACE}/{unused_port}"
    assert ran("message", "-n3", place) == (0, sending(3, place), "")
    assert ran("message", "-n0", place) == (0, sending(0, place), "")
    status, output, errors = ran("encode_hello_client", "-i3", place)
    assert (status, errors) == (0, "")
    assert output == f"sending NMSG datagrams to {place}\nsent 3 TEXT-encoded payloads\n"


# -- nmsg_cat --


@pytest.mark.parametrize("address", ADDRESSES)
def test_messages_are_redirected(
    address: str, new_port: Callable[..., int], start: Callable[..., Tool]
) -> None:
    source, target = (f"{address}/{new_port(address)}" for _ in range(2))
    dump = start("sock_dump", target)
    dump.expect(listening(target))
    cat = start("cat", f"-i{source}", f"-o{target}")
    cat.expect(f"redirecting NMSGS: {source}-->{target}\n")
    assert ran("message", "-n", "5", source) == (0, sending(5, source), "")
    dump.expect(listening(target) + connections(5))
    assert cat.interrupt() == 130
    assert cat.err.text == "received 5, forwarded 5, lost: kernel 0, sequence 0, fragments 0\n"


def test_all_of_a_message_is_redirected(
    receiver: nmsg.input, new_port: Callable[..., int], start: Callable[..., Tool]
) -> None:
    port = new_port()
    cat = start("cat", "-i", f"{PLACE}/{port}", "-o", "{}/{}".format(*receiver.address))
    wait_until(lambda: cat.out.text)
    sent = [
        connection(1, source=2, operator=3_000_000_000, group=4, time_ns=5),
        nmsg.msgtype.base.logline(message="x" * 20_000),
        decode(b"\x08\x01", vid=250, msgtype=9),
    ]
    with nmsg.output.open_sock(PLACE, port) as writer:
        for message in sent:
            writer.write(message)
    assert take(receiver, 3) == sent


def test_the_dots_of_a_redirection(
    receiver: nmsg.input, new_port: Callable[..., int], start: Callable[..., Tool]
) -> None:
    port = new_port()
    cat = start("cat", "-i", f"{PLACE}/{port}", "-o", "{}/{}".format(*receiver.address))
    wait_until(lambda: cat.out.text)
    expected = ""
    with nmsg.output.open_sock(PLACE, port) as writer:
        for thousand in range(1, 22):  # Not faster than it forwards: nothing may get lost.
            for number in range(1000):
                writer.write(connection(number))
            writer.flush()
            expected += "." if thousand % 10 else f".{thousand * 1000}"
            cat.expect(expected, cat.err)
    assert expected == "..........10000..........20000."
    assert ports(take(receiver, 21_000)) == 21 * list(range(1000))
    assert cat.interrupt() == 130
    assert cat.err.text == (
        f"{expected}\nreceived 21000, forwarded 21000, lost: kernel 0, sequence 0, fragments 0\n"
    )


def test_what_was_lost_is_told(
    receiver: nmsg.input, new_port: Callable[..., int], start: Callable[..., Tool]
) -> None:
    port = new_port()
    cat = start("cat", "-i", f"{PLACE}/{port}", "-o", "{}/{}".format(*receiver.address))
    wait_until(lambda: cat.out.text)
    sender = Sender((PLACE, port))
    for number in (1, 2, 6):
        sender(wire.frame(wire.body([wire.conn(number)], sequence=number, sequence_id=1)))
    sender.close()
    take(receiver, 3)
    assert cat.interrupt() == 130
    assert cat.err.text == "received 3, forwarded 3, lost: kernel 0, sequence 3, fragments 0\n"


def test_redirecting_where_nobody_listens(
    unused_port: int, new_port: Callable[..., int], start: Callable[..., Tool]
) -> None:
    port = new_port()
    cat = start("cat", "-i", f"{PLACE}/{port}", "-o", f"{PLACE}/{unused_port}")
    wait_until(lambda: cat.out.text)
    with nmsg.output.open_sock(PLACE, port) as writer:
        for _ in range(3):
            for number in range(1000):
                writer.write(connection(number))
            writer.flush()
    cat.expect("...", cat.err)
    assert cat.interrupt() == 130
    assert "received 3000, forwarded 3000, lost: kernel 0," in cat.err.text


# -- nmsg_channel_dump --


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_channel_of_two_senders(
    address: str, tmp_path: Path, new_port: Callable[..., int], start: Callable[..., Tool]
) -> None:
    channel = [new_port(address), new_port(address)]
    aliases = tmp_path / "channels"
    aliases.write_text("other 127.0.0.1/1\nch202 {0}/{1} {0}/{2}\n".format(address, *channel))
    dump = start("channel_dump", "ch202", NMSG_CHALIAS_FILE=str(aliases))
    for port in channel:
        wait_until(lambda port=port: dump.listens(port))
    expected = ""
    for count, port in zip((2, 3), channel, strict=True):
        assert ran("message", f"-n{count}", f"{address}/{port}")[0] == 0
        expected += connections(count)
        dump.expect(expected)
    assert dump.interrupt() == 130
    assert dump.err.text == ""


def test_a_channel_that_is_not_there(tmp_path: Path) -> None:
    aliases = tmp_path / "channels"
    aliases.write_text("ch202 127.0.0.1/8430\nch204 127.0.0.1/8431\n")
    assert ran("channel_dump", "ch80", NMSG_CHALIAS_FILE=str(aliases)) == (
        1,
        "",
        f"nmsg_channel_dump.py: error: lookup of channel ch80 failed: {aliases} has ch202, ch204\n",
    )


def test_a_file_of_channels_that_is_not_there(tmp_path: Path) -> None:
    aliases = tmp_path / "nothing"
    status, output, errors = ran("channel_dump", "ch80", NMSG_CHALIAS_FILE=str(aliases))
    assert (status, output) == (1, "")
    assert errors.startswith("nmsg_channel_dump.py: error: ")
    assert str(aliases) in errors
    assert errors.count("\n") == 1


# -- nmsg_nonblocking --

NOPE = "Nope, no NMSG...\n"


@pytest.mark.parametrize("address", ADDRESSES)
def test_polling(address: str, new_port: Callable[..., int], start: Callable[..., Tool]) -> None:
    place = f"{address}/{new_port(address)}"
    tool = start("nonblocking", "-t", "20", place)
    wait_until(lambda: tool.out.text.startswith(3 * NOPE))
    assert ran("message", "-n2", place)[0] == 0
    wait_until(lambda: timeless(tool.out.text).count(IPCONN) == 2)
    more = tool.out.text.count(NOPE) + 2
    wait_until(lambda: tool.out.text.count(NOPE) > more)
    assert tool.interrupt() == 130
    assert tool.err.text == ""
    lines = timeless(tool.out.text)
    assert set(lines.splitlines(keepends=True)) == {NOPE, IPCONN}
    assert lines.startswith(3 * NOPE)
    assert lines.endswith(2 * NOPE)


def test_polling_says_nothing_before_its_time(
    new_port: Callable[..., int], start: Callable[..., Tool]
) -> None:
    port = new_port()
    tool = start("nonblocking", "-t", "999999999", f"{PLACE}/{port}")
    wait_until(lambda: tool.listens(port))
    ran("message", "-n3", f"{PLACE}/{port}")
    tool.expect(3 * IPCONN)
    assert tool.end(signal.SIGINT) == 130
