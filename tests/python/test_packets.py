# SPDX-License-Identifier: Apache-2.0
"""Messages of packets: capture files, packets that the program has, and the way back."""

import asyncio
import gzip
import io
import os
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import nmsg
import nmsg_packets as packets
import pytest

CAPTURE = packets.some_dns()


def described(messages: Any) -> list[tuple[int, str]]:
    return [(m.time_ns, m.to_json()) for m in messages]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "dns.pcap").write_bytes(CAPTURE.pcap())
    return tmp_path / "dns.pcap"


# -- files --


def test_files_of_all_kinds_give_the_same(path: Path, tmp_path: Path) -> None:
    with nmsg.open(f"pcap:{path}", msgtype="base:dnsqr") as reader:
        wanted = described(reader)
    assert [m[0] % 10**9 for m in wanted] == [100_000, 20_000_000, 200_000, 50_000_000, 40_000_000]
    others = {
        "big": CAPTURE.pcap(">"),
        "nanoseconds": CAPTURE.pcap(nsec=True),
        "ng": CAPTURE.pcapng(),
        "big ng": CAPTURE.pcapng(">"),
    }
    for name, data in others.items():
        (tmp_path / name).write_bytes(data)
        with nmsg.open(tmp_path / name, format="pcap", msgtype=("base", "dnsqr")) as reader:
            assert described(reader) == wanted, name
    data = CAPTURE.pcap()
    zipped = gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(data)))
    for where in (data, bytearray(data), io.BytesIO(data), zipped):
        with nmsg.open(where, format="pcap", msgtype=nmsg.msgtype.base.dnsqr) as reader:
            assert described(reader) == wanted


def test_a_pipe_is_read_as_it_comes() -> None:
    data = CAPTURE.pcap()
    read_end, write_end = os.pipe()
    with nmsg.open(read_end, format="pcap", msgtype="base:packet", blocking=False) as reader:
        count = 0
        for start in range(0, len(data), 7):
            os.write(write_end, data[start : start + 7])
            while reader.read() is not None:
                count += 1
        assert count == len(CAPTURE.frames)
        os.close(write_end)
        assert reader.read() is None and reader.at_end
    os.close(read_end)


def test_what_a_message_holds(path: Path) -> None:
    with nmsg.open(f"pcap:{path}", msgtype="base:dnsqr") as reader:
        first = reader.read()
    assert first is not None
    assert (first["type"], first["query_ip"]) == ("UDP_QUERY_RESPONSE", packets.CLIENT)
    assert first["query_packet"] == [packets.query(1)]
    assert first["response_packet"] == [packets.response(1)]
    assert first["response_time_nsec"] == [10_300_000]


def test_counts_are_there_while_it_is_open_and_after(path: Path) -> None:
    reader = nmsg.open(f"pcap:{path}", msgtype="base:dnsqr", fragments=10)
    assert reader.capture_stats is not None and reader.capture_stats.packets == 0
    messages = list(reader)
    stats = reader.capture_stats
    reader.close()
    assert reader.capture_stats == stats
    assert stats.packets == len(CAPTURE.frames) and stats.messages == len(messages) == 5
    assert (stats.fragments, stats.reassembled, stats.unanswered) == (2, 1, 1)
    assert stats.lost_kernel == stats.lost_interface == stats.waiting == 0
    assert nmsg.open(b"").capture_stats is None


def test_other_ways_to_read(path: Path) -> None:
    def reader() -> nmsg.input:
        return nmsg.open(f"pcap:{path}", msgtype="base:dnsqr")

    async def count() -> int:
        async with reader() as messages:
            return len([m async for m in messages])

    assert asyncio.run(count()) == 5
    assert [len(batch) for batch in reader().batches(2)] == [2, 2, 1]
    engine, got = nmsg.io(), list[nmsg.message]()
    engine.add_input(reader())
    engine.add_output_callback(got.append)
    engine.loop()
    assert len(got) == 5


def test_a_file_that_is_cut_off_gives_all_before_the_error(path: Path) -> None:
    data = CAPTURE.pcap()
    got = []
    with nmsg.open(data[:-5], format="pcap", msgtype="base:dnsqr") as reader:
        with pytest.raises(nmsg.TruncatedError, match="truncated dump file") as raised:
            for m in reader:
                got.append(m["type"])
        assert reader.read() is None
    assert raised.value.offset == len(data) - len(CAPTURE.frames[-1][2]) - 16
    assert got == ["UDP_QUERY_RESPONSE"] * 3 + ["UDP_UNANSWERED_QUERY"]


@pytest.mark.parametrize("data", [b"", b"no capture file", CAPTURE.pcap()[:20]])
def test_what_is_no_capture_file(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(nmsg.FormatError, match="file"):
        nmsg.open(f"pcap:{tmp_path}/file", msgtype="base:dnsqr")


def test_link_layers(tmp_path: Path) -> None:
    raw = packets.Capture(packets.RAW).add(packets.query(1), 5).add(packets.response(1), 10)
    data = raw.pcap()
    assert len(list(nmsg.open(data, format="pcap", msgtype="base:dnsqr"))) == 1
    with pytest.raises(ValueError, match="pkt"):
        nmsg.open(data, format="pcap", msgtype="base:pkt")
    tagged = packets.some_dns((0x88A8, 0x8100)).pcap()
    counts = [
        len(list(nmsg.open(tagged, format="pcap", msgtype="base:dnsqr", links=links)))
        for links in ("usual", "all")
    ]
    assert counts == [0, 5]


# -- options --


def count(**options: Any) -> int:
    return len(list(nmsg.open(CAPTURE.pcap(), format="pcap", msgtype="base:dnsqr", **options)))


def test_options_of_dnsqr(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("DNSQR_", "NMSG_BPF")):
            monkeypatch.delenv(name)
    assert count() == 5
    assert count(dnsqr_only="queries") == 4
    assert count(dnsqr_only="responses") == 4
    assert count(dnsqr_rd=0) == 1
    assert count(dnsqr_exclude=["example.net", "example.org"]) == 2
    assert count(dnsqr_exclude=".", dnsqr_include="lost.example.net:example.com") == 2
    assert count(dnsqr_queries=1) > 5
    monkeypatch.setenv("DNSQR_CAPTURE_QR", "1")
    assert count() == 4
    assert count(dnsqr_only="queries") == 4
    monkeypatch.setenv("DNSQR_FILTER_QNAMES_EXCLUDE", "example.net")
    monkeypatch.delenv("DNSQR_CAPTURE_QR")
    assert count() == 3


def test_the_resolver_can_be_left_out() -> None:
    with nmsg.open(CAPTURE.pcap(), format="pcap", msgtype="base:dnsqr", dnsqr_zero=True) as reader:
        for m in reader:
            assert m["query_ip"] in ("0.0.0.0", "::")
            for packet in m.get("query_packet", []):
                assert packets.address(packets.CLIENT) not in packet


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"dnsqr_timeout": 0}, ValueError, "dnsqr_timeout= is a number from 1"),
        ({"dnsqr_timeout": "60"}, TypeError, "dnsqr_timeout= is an int"),
        ({"dnsqr_rd": 2}, ValueError, "dnsqr_rd= is 0 or 1"),
        ({"dnsqr_only": "answers"}, ValueError, "'queries' or 'responses'"),
        ({"dnsqr_exclude": "a..b"}, ValueError, "dnsqr_exclude= cannot be 'a..b'"),
        ({"dnsqr_auth": ["nobody"]}, ValueError, "dnsqr_auth= cannot be 'nobody'"),
        ({"links": "some"}, ValueError, "links= is 'usual' or 'all'"),
        ({"fragments": -1}, ValueError, "fragments= is a number from 1"),
        ({"snaplen": 96}, ValueError, "snaplen= is for interfaces"),
        ({"source": 1}, ValueError, "source= does not go with packets"),
        ({"ring": "64M"}, ValueError, "ring= is for sockets"),
        ({"no_such": 1}, TypeError, "unexpected keyword argument 'no_such'"),
    ],
)
def test_options_that_make_no_sense(
    options: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        count(**options)


def test_what_does_not_go_together(path: Path) -> None:
    with pytest.raises(ValueError, match="msgtype= says which messages"):
        nmsg.open(f"pcap:{path}")
    with pytest.raises(ValueError, match="http"):
        nmsg.open(f"pcap:{path}", msgtype="base:http")
    with pytest.raises(ValueError, match="bpf= is for packets"):
        nmsg.open(b"", bpf="udp")
    with pytest.raises(ValueError, match="format='json' does not go with"):
        nmsg.open(f"pcap:{path}", format="json", msgtype="base:dnsqr")
    with pytest.raises(ValueError, match="capture files, which begin with a header"):
        nmsg.open(f"pcap:{path}", "a")
    with pytest.raises(ValueError, match="an interface can be read only"):
        nmsg.open("if:lo", "w")
    with pytest.raises(ValueError, match="bpf= is for reading"):
        nmsg.open(f"pcap:{path}", "w", bpf="udp")
    for url in ("pcap:", "if:"):
        with pytest.raises(ValueError, match="behind"):
            nmsg.open(url, msgtype="base:dnsqr")
    with pytest.raises(FileNotFoundError):
        nmsg.open("pcap:/no/such/file", msgtype="base:dnsqr")


def has_libpcap() -> bool:
    try:
        nmsg.capture("base:packet", bpf="udp")
    except nmsg.Error:
        return False
    return True


needs_libpcap = pytest.mark.skipif(not has_libpcap(), reason="this build lacks libpcap")


@needs_libpcap
def test_filters(monkeypatch: pytest.MonkeyPatch) -> None:
    assert count(bpf="host 192.0.2.53 and udp") == 4
    assert count(bpf="tcp") == 0
    # Applied to the datagram that the fragments make, and to packets of IPv6.
    assert count(bpf="ip6") == 1
    assert count(bpf="udp[10] & 0x80 != 0", dnsqr_only="responses") == 3
    assert count(dnsqr_res="2001:db8::/32") == 1
    assert count(dnsqr_auth=[packets.SERVER]) == 4
    monkeypatch.setenv("NMSG_BPF", "tcp")
    assert count() == 0
    assert count(bpf="udp") == 5
    assert count(dnsqr_auth=packets.SERVER) == 4
    with pytest.raises(ValueError, match="unable to compile bpf 'port of call'"):
        count(bpf="port of call")


def test_an_interface_that_is_not_there() -> None:
    with pytest.raises((OSError, nmsg.Error), match=r"if:no-such-interface|libpcap"):
        nmsg.open("if:no-such-interface", msgtype="base:dnsqr")


# -- packets that the program has --


def feed_all(capture: nmsg.packet_capture, seed: int = 0) -> list[nmsg.message]:
    messages: list[nmsg.message] = []
    for sec, usec, frame, wirelen in CAPTURE.frames:
        messages += capture.feed(frame, time_ns=(sec * 10**6 + usec) * 1000, wirelen=wirelen)
    return messages + capture.finish()


@pytest.mark.parametrize("name", ["dnsqr", "packet", "pkt", "ncap"])
def test_fed_packets_give_what_a_file_gives(name: str) -> None:
    wanted = described(nmsg.open(CAPTURE.pcap(), format="pcap", msgtype=f"base:{name}"))
    capture = nmsg.capture(f"base:{name}")
    assert described(feed_all(capture)) == wanted
    assert capture.stats.packets == len(CAPTURE.frames)
    assert capture.stats.messages == len(wanted) > 0


def test_times_of_fed_packets() -> None:
    capture = nmsg.capture("base:packet", linktype=101)
    packet = packets.query(1)
    for time, wanted in (
        (5, 5_000_000_000),
        (1700000000.123457, 1700000000_123457_000),
        (0.9999999, 1_000_000_000),
        (Decimal("12.5"), 12_500_000_000),
    ):
        (message,) = capture.feed(packet, time)
        assert message.time_ns == wanted
    (message,) = capture.feed(packet, time_ns=123456789_123456789)
    assert message.time_ns == 123456789_123456789
    for bad in (-1, -0.5, float("nan"), float("inf"), 10**30, 1e30):
        with pytest.raises(ValueError, match="seconds since 1970"):
            capture.feed(packet, bad)
    for bad in (-1, 2**80):
        with pytest.raises(ValueError, match="nanoseconds since 1970"):
            capture.feed(packet, time_ns=bad)
    with pytest.raises(TypeError, match="either time or time_ns"):
        capture.feed(packet)
    with pytest.raises(TypeError, match="either time or time_ns"):
        capture.feed(packet, 1, time_ns=1)
    with pytest.raises(TypeError):
        capture.feed(packet, "1")


def test_queries_are_given_up_by_the_clock() -> None:
    capture = nmsg.capture("base:dnsqr", linktype=101, dnsqr_timeout=10)
    assert capture.feed(packets.query(1), 1000) == []
    assert capture.stats.waiting == 1
    assert capture.tick(1010) == []
    (message,) = capture.tick(1011.5)
    assert (message["type"], message["timeout"]) == ("UDP_UNANSWERED_QUERY", 11.5)
    assert capture.stats.unanswered == 1


def test_a_finished_capture_takes_no_more() -> None:
    capture = nmsg.capture("base:dnsqr", linktype=101)
    capture.feed(memoryview(packets.query(1)), 1000)
    assert len(capture.finish()) == 1
    for call in (capture.finish, lambda: capture.feed(b"", 1), lambda: capture.tick(1)):
        with pytest.raises(nmsg.Error, match="finished"):
            call()


def test_captures_of_what_is_not_made_of_packets() -> None:
    with pytest.raises(ValueError, match="http"):
        nmsg.capture("base:http")
    with pytest.raises(nmsg.Error, match="nothing"):
        nmsg.capture("base:nothing")
    with pytest.raises(ValueError, match="pkt"):
        nmsg.capture("base:pkt", linktype=101)
    with pytest.raises(TypeError, match="promiscuous"):
        nmsg.capture("base:pkt", promiscuous=True)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        nmsg.packet_capture()


def test_packets_that_nobody_sends_hurt_no_other() -> None:
    chance = random.Random(9)
    capture = nmsg.capture("base:dnsqr", links="all")
    good = 0
    for n in range(3000):
        frame = bytearray(chance.choice(CAPTURE.frames)[2])
        for _ in range(chance.randrange(1, 6)):
            frame[chance.randrange(len(frame))] = chance.randrange(256)
        capture.feed(bytes(frame[: chance.randrange(len(frame) + 1)]), 1000 + n // 100)
        if n % 100 == 0:
            name = f"{n}.good.example"
            capture.feed(packets.ether(packets.query(n % 65536, name)), 1000 + n // 100)
            answers = capture.feed(
                packets.ether(packets.response(n % 65536, name)), 1000 + n // 100
            )
            good += any(m["type"] == "UDP_QUERY_RESPONSE" for m in answers)
    assert good == 30
    capture.finish()
    assert capture.stats.packets == 3060


# -- the way back --


def test_packets_come_back_as_they_were(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.pcap"
    with (
        nmsg.open(f"pcap:{path}", msgtype="base:pkt") as reader,
        nmsg.open(f"pcap:{out}", "w") as writer,
    ):
        for m in reader:
            writer.write(m)
    link_type, got = packets.read_pcap(out.read_bytes())
    assert link_type == packets.ETHERNET
    assert got == [((sec * 10**6 + usec) * 1000, frame) for sec, usec, frame, _ in CAPTURE.frames]


def test_packets_of_transactions(path: Path) -> None:
    memory = io.BytesIO()
    wanted = []
    with (
        nmsg.open(f"pcap:{path}", msgtype="base:dnsqr") as reader,
        nmsg.open(memory, "w", format="pcap") as writer,
    ):
        for m in reader:
            writer.write(m)
            wanted += m.get("query_packet", [])
            wanted += m.get("response_packet", [])
    link_type, got = packets.read_pcap(memory.getvalue())
    assert link_type == packets.RAW
    assert [packet for _, packet in got] == wanted
    assert sorted(
        {frame[14:] for _, _, frame, _ in CAPTURE.frames if frame[23] == 17 or frame[12] == 0x86}
    ) == sorted(set(wanted))


def test_an_empty_capture_file_is_one(tmp_path: Path) -> None:
    nmsg.open(f"pcap:{tmp_path}/none", "w").close()
    assert packets.read_pcap((tmp_path / "none").read_bytes()) == (packets.RAW, [])


def test_messages_without_packets_are_refused(tmp_path: Path) -> None:
    with nmsg.open(f"pcap:{tmp_path}/out", "w") as writer:
        with pytest.raises(nmsg.Error, match="hold no packets"):
            writer.write(nmsg.msgtype.base.logline(message="hello"))
        writer.write(nmsg.msgtype.base.packet(payload_type="IP", payload=packets.query(1)))
        with pytest.raises(nmsg.Error, match="with and without a link layer"):
            writer.write(nmsg.msgtype.base.pkt(len_frame=60, payload=bytes(60)))
    assert len(packets.read_pcap((tmp_path / "out").read_bytes())[1]) == 1
