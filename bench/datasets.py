# SPDX-License-Identifier: Apache-2.0
"""Input for the measurements: the same messages, to the octet, on every machine.

usage: datasets.py NAME COUNT PATH        write COUNT messages of the kind NAME to PATH
       datasets.py json SOURCE PATH       write the messages of the file SOURCE as JSON to PATH
       datasets.py zlib SOURCE PATH       write them compressed
       datasets.py capture SOURCE PATH    write the packets of UDP in them to a capture file
       datasets.py captures SOURCE PATH   the same, five times behind each other

Our module writes the files, so it must not be shadowed by another one in the process that calls
write().
"""

import hashlib
import json
import os
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from chance import FIRST_TIME_SEC, HOSTS, Chance, Fields, domain, record_data, wire_name
from transactions import dnsqr_fields

FOLDER = Path(__file__).resolve().parent
SOURCES = ("datasets.py", "chance.py", "transactions.py")
SEED = 20140524

PATHS = ["", "gate.php", "index.html", "img/logo.png", "api/v2/check", "search", "b/submit.cgi"]
AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:109.0) Gecko/20100101 Firefox/115.0",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)",
    "curl/7.88.1",
    "Wget/1.21.3",
    "",
]
SYSTEMS = [("Windows", "XP/2000"), ("Linux", "2.6 (newer, 1)"), ("FreeBSD", "8.x")]


def ipconn_fields(chance: Chance) -> Fields:
    """A connection attempt: five fields, 30 octets or so; ICMP has no ports."""
    kind = chance.share()
    fields: Fields = {
        "proto": 6 if kind < 0.8 else 17 if kind < 0.98 else 1,
        "srcip": chance.source(),
        "dstip": chance.target(),
    }
    if fields["proto"] != 1:
        fields["srcport"] = chance.ephemeral_port()
        fields["dstport"] = chance.skewed([443, 80, 53, 22, 25, 8080, 3389, 123, 5060, 445])
    return fields


def http_request(chance: Chance, host: str) -> str:
    """A request as a sinkhole sees it, its headers included."""
    path = chance.pick(PATHS)
    if chance.share() < 0.5:
        path += f"?id={chance.bits(64):016x}&v={chance.bits(8)}"
    lines = [
        f"{'POST' if chance.share() < 0.25 else 'GET'} /{path} HTTP/1.1",
        f"Host: {host}",
        "Accept: */*",
        "Connection: close",
    ]
    agent = chance.skewed(AGENTS)
    if agent:
        lines.insert(2, f"User-Agent: {agent}")
    if chance.share() < 0.3:
        lines.append("Accept-Language: en-US,en;q=0.5")
        lines.append(f"Cookie: session={chance.bits(128):032x}")
    return "\r\n".join(lines) + "\r\n\r\n"


def http_fields(chance: Chance) -> Fields:
    """A web request to a sinkhole: six to thirteen fields, 300 octets or so."""
    host = f"{chance.pick(HOSTS)}.{chance.bits(20):05x}.example"
    fields: Fields = {
        "type": "sinkhole",
        "srcip": chance.source(),
        "srcport": chance.ephemeral_port(),
        "dstip": chance.target(),
        "dstport": 80 if chance.share() < 0.9 else 8080,
        "request": http_request(chance, host),
    }
    if chance.share() < 0.3:
        fields["srchost"] = f"host-{chance.bits(16)}.pool.{chance.pick(HOSTS)}.example"
    if chance.share() < 0.25:
        fields["p0f_genre"], fields["p0f_detail"] = chance.pick(SYSTEMS)
        fields["p0f_dist"] = chance.bits(4)
        fields["p0f_link"] = "ethernet/modem"
        fields["p0f_fw"], fields["p0f_nat"] = chance.bits(1), chance.bits(1)
    return fields


# How many records of each type a stream of passive DNS has, in percent.
RECORD_TYPES = [1] * 55 + [28] * 12 + [5] * 13 + [2] * 10 + [15] * 4 + [16] * 4 + [6] * 2


def dnsdedupe_fields(chance: Chance) -> Fields:
    """A record set as the deduplicated channels of SIE carry it: 120 octets or so."""
    bailiwick = domain(chance)
    owner = bailiwick if chance.share() < 0.4 else f"{chance.pick(HOSTS)}.{bailiwick}"
    rrtype = chance.pick(RECORD_TYPES)
    first = FIRST_TIME_SEC - chance.bits(16)
    records = 1 if rrtype in (5, 6) else 1 + int(chance.share() ** 2 * 4)
    fields: Fields = {
        "type": "INSERTION" if chance.share() < 0.3 else "EXPIRATION",
        "count": 1 + int(chance.share() ** 4 * 200),
        "time_first": first,
        "time_last": first + chance.bits(12),
        "bailiwick": wire_name(bailiwick),
        "rrname": wire_name(owner),
        "rrclass": 1,
        "rrtype": rrtype,
        "rrttl": chance.pick([60, 300, 3600, 86400]),
        "rdata": [record_data(chance, rrtype, owner) for _ in range(records)],
    }
    if chance.share() < 0.7:
        fields["response_ip"] = chance.target()
    return fields


# Name -> vendor, and what makes the fields.
MAKERS: dict[str, tuple[str, Callable[[Chance], Fields]]] = {
    "ipconn": ("base", ipconn_fields),
    "http": ("base", http_fields),
    "dnsqr": ("base", dnsqr_fields),
    "dnsdedupe": ("sie", dnsdedupe_fields),
}


def messages(name: str, count: int) -> Iterator[tuple[int, int, Fields]]:
    """Seconds, nanoseconds and fields of each message."""
    chance = Chance(SEED)
    _, make = MAKERS[name]
    time_ns = FIRST_TIME_SEC * 1_000_000_000
    for _ in range(count):
        time_ns += chance.bits(17)  # 15,000 messages a second.
        yield time_ns // 1_000_000_000, time_ns % 1_000_000_000, make(chance)


def write(name: str, count: int, path: str) -> None:
    """The messages in containers of 1 MiB, as file outputs make them, whatever time it takes."""
    import nmsg

    message_class = getattr(getattr(nmsg.msgtype, MAKERS[name][0]), name)
    with nmsg.output.open_file(path, flush_interval=0) as output:
        for sec, nsec, fields in messages(name, count):
            message = message_class(**fields)
            message.time_sec = sec
            message.time_nsec = nsec
            output.write(message)


def write_json(source: str, path: str) -> None:
    """The messages of a file, one JSON object per line."""
    import nmsg

    with nmsg.input.open_file(source) as reader, nmsg.output.open_json(path) as output:
        for message in reader:
            output.write(message)


def write_compressed(source: str, path: str) -> None:
    """The messages of a file, in compressed containers."""
    import nmsg

    with (
        nmsg.input.open_file(source) as reader,
        nmsg.output.open_file(path, flush_interval=0) as output,
    ):
        output.set_zlibout(True)
        for message in reader:
            output.write(message)


ETHERNET = bytes.fromhex("020000000001020000000002")
CAPTURE_HEAD = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
RECORD = struct.Struct("<IIII")
REPEATS = 5
PAUSE_SEC = 100  # Between repeats: what waited for a response has been given up.


def packets(source: str) -> Iterator[tuple[int, bytes]]:
    """Nanoseconds and octets of the packets of UDP in a file of dnsqr, in no order."""
    import nmsg

    with nmsg.input.open_file(source) as reader:
        for message in reader:
            for which in ("query", "response"):
                found = message.get(f"{which}_packet", [])
                if found:
                    sec = message[f"{which}_time_sec"][0]
                    yield sec * 1_000_000_000 + message[f"{which}_time_nsec"][0], found[0]


def write_capture(source: str, path: str, repeats: int = 1) -> None:
    """The packets in the order of their times, in Ethernet frames."""
    found = sorted(packets(source))
    span_ns = (found[-1][0] - found[0][0]) + PAUSE_SEC * 1_000_000_000
    with open(path, "wb") as file:
        file.write(CAPTURE_HEAD)
        for number in range(repeats):
            for time_ns, packet in found:
                kind = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\0"
                sec, nsec = divmod(time_ns + number * span_ns, 1_000_000_000)
                size = len(ETHERNET) + len(kind) + len(packet)
                file.write(RECORD.pack(sec, nsec // 1000, size, size) + ETHERNET + kind + packet)


def write_captures(source: str, path: str) -> None:
    write_capture(source, path, REPEATS)


def packet_count(path: str) -> int:
    """Packets in a capture file of ours."""
    octets = Path(path).read_bytes()
    at, count = len(CAPTURE_HEAD), 0
    while at < len(octets):
        at += RECORD.size + RECORD.unpack_from(octets, at)[2]
        count += 1
    return count


# What can be made of a dataset: its suffix, and what makes it.
FORMS: dict[str, tuple[str, Callable[[str, str], None]]] = {
    "json": (".lines", write_json),
    "zlib": (".zlib", write_compressed),
    "capture": (".pcap", write_capture),
    "captures": (".pcaps", write_captures),
}


@dataclass(frozen=True)
class Dataset:
    """A file of messages, and what is known of it."""

    name: str
    path: str
    messages: int
    octets: int
    sha256: str


def generator_digest() -> str:
    """Of all that decides what the messages are."""
    octets = b"".join((FOLDER / name).read_bytes() for name in SOURCES)
    return hashlib.sha256(octets).hexdigest()


def ensure(name: str, count: int, folder: Path, generate: Callable[[list[str]], None]) -> Dataset:
    """The dataset, from an earlier run if its generator has not changed since.

    `generate` runs this file with the arguments given, in a process where `nmsg` is our module.
    """
    path = folder / f"{name}-{count}.nmsg"
    notes = path.with_suffix(".json")
    wanted = {"generator": generator_digest()}
    if path.exists() and notes.exists():
        known = json.loads(notes.read_text(encoding="utf-8"))
        if known.pop("generator", None) == wanted["generator"] and (
            known["octets"] == path.stat().st_size
        ):
            return Dataset(**(known | {"path": str(path)}))
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    generate([name, str(count), str(unfinished)])
    os.replace(unfinished, path)
    octets = path.read_bytes()
    dataset = Dataset(name, str(path), count, len(octets), hashlib.sha256(octets).hexdigest())
    notes.write_text(json.dumps(asdict(dataset) | wanted, indent=2) + "\n", encoding="utf-8")
    return dataset


def ensure_form(form: str, dataset: Dataset, generate: Callable[[list[str]], None]) -> str:
    """Path of the same messages in another form (see FORMS), made anew when the file is."""
    source = Path(dataset.path)
    path = source.with_suffix(FORMS[form][0])
    if not path.exists() or path.stat().st_mtime < source.stat().st_mtime:
        unfinished = path.with_suffix(".tmp")
        generate([form, dataset.path, str(unfinished)])
        os.replace(unfinished, path)
    return str(path)


if __name__ == "__main__":
    if sys.argv[1] in FORMS:
        FORMS[sys.argv[1]][1](sys.argv[2], sys.argv[3])
    else:
        write(sys.argv[1], int(sys.argv[2]), sys.argv[3])
