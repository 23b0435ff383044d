# SPDX-License-Identifier: Apache-2.0
"""Golden files: what another implementation gave for the same inputs.

NMSG_GOLDEN names their folder; without it these tests are skipped. manifest.json there lists
group -> case -> metadata.
"""

import hashlib
import json
import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nmsg
import pytest
from nmsg_support import Sender, drain, rewritten

FOLDER = Path(os.environ.get("NMSG_GOLDEN", ""))
HAS_GOLDEN = bool(os.environ.get("NMSG_GOLDEN")) and (FOLDER / "manifest.json").is_file()

pytestmark = [
    pytest.mark.skipif(not HAS_GOLDEN, reason="NMSG_GOLDEN does not name a folder of golden files"),
    pytest.mark.filterwarnings("ignore::nmsg.DataWarning"),
]

MANIFEST = json.loads((FOLDER / "manifest.json").read_text()) if HAS_GOLDEN else {}


def names(group: str) -> list[str]:
    return sorted(MANIFEST.get(group, {}))


def cases(group: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", names(group) or ["-"])


def read_whole(path: Path, **options: Any) -> Iterator[nmsg.message]:
    """All messages; the error at the end of a damaged file ends them."""
    with nmsg.input.open_file(path, **options) as reader:
        try:
            yield from reader
        except nmsg.FormatError:
            assert reader.read() is None


def rewrite(source: Path, target: Path, *, touch: bool = False) -> bytes:
    with nmsg.output.open_file(target) as writer:
        for message in read_whole(source):
            if touch:
                repr(message)
                message.items()
            writer.write(message)
    return target.read_bytes()


def check_rewritten(octets: bytes, group: str, name: str) -> None:
    expected = FOLDER / group / f"{name}.rewrite.nmsg"
    if expected.exists():
        assert octets == expected.read_bytes()
        return
    digest = MANIFEST[group][name].get("sha256", {}).get(".rewrite.nmsg")
    assert digest is not None, "nothing to compare with"
    assert hashlib.sha256(octets).hexdigest() == digest


# -- messages and containers --


@cases("messages")
def test_messages_rewritten(name: str, path: Path) -> None:
    octets = rewrite(FOLDER / "messages" / f"{name}.nmsg", path)
    check_rewritten(octets, "messages", name)


@cases("messages")
def test_messages_read_and_rewritten(name: str, path: Path) -> None:
    """Looking at every field must not change what is written."""
    octets = rewrite(FOLDER / "messages" / f"{name}.nmsg", path, touch=True)
    check_rewritten(octets, "messages", name)


@cases("containers")
def test_containers_rewritten(name: str, path: Path) -> None:
    octets = rewrite(FOLDER / "containers" / f"{name}.nmsg", path)
    check_rewritten(octets, "containers", name)


@cases("containers")
def test_messages_of_containers_are_counted(name: str) -> None:
    (totals,) = MANIFEST["containers"][name]["totals"]
    expected = re.search(r"payloads_in (\d+) .* container_recvs (\d+)", totals)
    assert expected
    path = FOLDER / "containers" / f"{name}.nmsg"
    with nmsg.input.open_file(path) as reader:
        count = 0
        try:
            for _ in reader:
                count += 1
        except nmsg.FormatError:
            pass
        assert (count, reader.stats.containers) == tuple(map(int, expected.groups()))


def shown(value: Any) -> Any:
    """As the golden files show a value: bool as the number."""
    if isinstance(value, list):
        return [shown(one) for one in value]
    return int(value) if isinstance(value, bool) else value


def in_sorted_order(message: nmsg.message) -> str:
    """As the golden files show a message."""
    return repr(
        (
            message.vid,
            message.msgtype,
            message.time_sec,
            message.time_nsec,
            message.source if message.has_source else None,
            message.has_operator,
            message.has_group,
            {key: shown(message[key]) for key in sorted(message.keys())},
        )
    )


@cases("messages")
def test_fields_of_messages(name: str) -> None:
    file = FOLDER / "messages" / f"{name}.py.txt"
    messages = read_whole(FOLDER / "messages" / f"{name}.nmsg", strings="bytes")
    if not file.exists():
        pytest.skip("the other implementation cannot read this")
    expected = file.read_text(encoding="utf-8").splitlines()
    assert [in_sorted_order(message) for message in messages] == expected


def fits(message: nmsg.message) -> bool:
    """Whether all values may be assigned, and mean the same then."""
    for value in message.values():
        for one in value if isinstance(value, list) else [value]:
            # One NUL behind a string is not shown, so what is left of two is taken for it.
            if isinstance(one, str) and one.endswith("\0"):
                return False
    return True


# Hidden fields of captures, and the message that is nested in another, are not among the fields.
NOT_ALL_IS_SHOWN = {"ncap", "dnstap"}


def set_again(message: nmsg.message) -> nmsg.message:
    """A new message with all the fields that can be set."""
    fresh = type(message)()
    for key, value in message.items():
        try:
            fresh[key] = value
        except TypeError as error:
            assert "computed" in str(error)
    return fresh


@cases("messages")
def test_fields_set_again_give_the_same_message(name: str, path: Path) -> None:
    for message in read_whole(FOLDER / "messages" / f"{name}.nmsg"):
        try:
            fresh = set_again(message)
        except OverflowError as error:
            assert "16" in str(error)  # Larger than the field's kind, and yet it came.
            continue
        expected = repr(set_again(message) if message.mname in NOT_ALL_IS_SHOWN else message)
        assert repr(fresh) == expected
        if fits(message):
            assert repr(rewritten(fresh, path)) == expected


# -- JSON --


def check_text(text: str, group: str, name: str, suffix: str) -> None:
    """Compare line by line, or by the digest of what was too large to be kept."""
    path = FOLDER / group / f"{name}{suffix}"
    if path.exists():
        assert text.splitlines() == path.read_text(encoding="utf-8").splitlines()
        assert text.encode() == path.read_bytes()
        return
    digest = MANIFEST[group][name].get("sha256", {}).get(suffix)
    if digest is None:
        pytest.skip("nothing to compare with")
    assert hashlib.sha256(text.encode()).hexdigest() == digest


def known(messages: Iterator[nmsg.message]) -> Iterator[nmsg.message]:
    return (message for message in messages if type(message) is not nmsg.message)


@cases("messages")
def test_messages_as_json(name: str) -> None:
    messages = read_whole(FOLDER / "messages" / f"{name}.nmsg")
    check_text("".join(m.to_json() + "\n" for m in messages), "messages", name, ".json")


@cases("containers")
def test_containers_as_json(name: str) -> None:
    messages = known(read_whole(FOLDER / "containers" / f"{name}.nmsg"))
    check_text("".join(m.to_json() + "\n" for m in messages), "containers", name, ".json")


@cases("messages")
def test_messages_as_json_files(name: str, path: Path) -> None:
    with nmsg.output.open_json(path) as writer:
        for message in read_whole(FOLDER / "messages" / f"{name}.nmsg"):
            writer.write(message)
    check_text(path.read_text(encoding="utf-8"), "messages", name, ".json")


@cases("messages")
def test_messages_as_dicts(name: str) -> None:
    for message in read_whole(FOLDER / "messages" / f"{name}.nmsg"):
        assert message.to_dict() == json.loads(message.to_json())


def files_of(group: str, suffix: str) -> list[str]:
    return sorted(path.name.removesuffix(suffix) for path in (FOLDER / group).glob(f"*{suffix}"))


@pytest.mark.parametrize("name", files_of("messages", ".fromjson.nmsg") or ["-"])
def test_messages_from_json(name: str, path: Path) -> None:
    lines = (FOLDER / "messages" / f"{name}.json").read_text(encoding="utf-8").split("\n")[:-1]
    messages = [nmsg.message.from_json(line) for line in lines]
    assert messages == [nmsg.message.from_json(line.encode()) for line in lines]
    with nmsg.output.open_file(path) as writer:
        for message in messages:
            writer.write(message)
    assert path.read_bytes() == (FOLDER / "messages" / f"{name}.fromjson.nmsg").read_bytes()
    check_text(
        "".join(message.to_json() + "\n" for message in messages),
        "messages", name, ".fromjson.json",
    )  # fmt: skip


@pytest.mark.parametrize("name", files_of("messages", ".fromjson.nmsg") or ["-"])
def test_messages_from_json_files(name: str, path: Path) -> None:
    with (
        nmsg.input.open_json(FOLDER / "messages" / f"{name}.json", errors="raise") as reader,
        nmsg.output.open_file(path) as writer,
    ):
        for message in reader:
            writer.write(message)
    assert path.read_bytes() == (FOLDER / "messages" / f"{name}.fromjson.nmsg").read_bytes()


@cases("jsonin")
def test_json_lines_are_accepted_one_by_one(name: str) -> None:
    lines = (FOLDER / "jsonin" / f"{name}.in.json").read_bytes().splitlines()
    lines = [line for line in lines if line.strip()]
    accepted = []
    for line in lines:
        try:
            nmsg.message.from_json(line)
        except nmsg.FormatError:
            accepted.append("0/0")
        else:
            accepted.append("0/1")
    assert accepted == MANIFEST["jsonin"][name]["per_line"]


def without_time(message: nmsg.message) -> nmsg.message:
    message.time_sec = message.time_nsec = 0
    return message


@cases("jsonin")
def test_json_files_cost_no_good_line(name: str, path: Path) -> None:
    source = FOLDER / "jsonin" / f"{name}.in.json"
    expected = list(nmsg.input.open_file(FOLDER / "jsonin" / f"{name}.nmsg"))
    with nmsg.input.open_json(source) as reader:
        messages = list(reader)
        bad = MANIFEST["jsonin"][name]["per_line"].count("0/0")
        assert reader.stats.bad == (0, bad)
    if name == "times":  # Those without a time have that of their reading.
        messages = list(map(without_time, messages))
        expected = list(map(without_time, expected))
    assert [m.payload for m in messages] == [m.payload for m in expected]
    assert messages == expected
    with nmsg.output.open_json(path) as writer:
        for message in messages:
            writer.write(message)
    if name != "times":
        check_text(path.read_text(encoding="utf-8"), "jsonin", name, ".json")


@pytest.mark.parametrize("name", files_of("defects", ".want.json") or ["-"])
def test_defects_as_json(name: str) -> None:
    folder = FOLDER / "defects"
    if (folder / f"{name}.nmsg").exists():
        messages = known(read_whole(folder / f"{name}.nmsg"))
    elif MANIFEST["defects"][name].get("args") == ["-j"]:
        (source,) = (p for p in folder.glob(f"{name}.*") if not p.name.endswith(".want.json"))
        messages = iter(nmsg.input.open_json(source))
    else:
        pytest.skip("input of another kind")
    text = "".join(message.to_json() + "\n" for message in messages)
    assert text == (folder / f"{name}.want.json").read_text(encoding="utf-8")


def test_the_large_message() -> None:
    (message,) = read_whole(FOLDER / "containers" / "big_payload_1mb.nmsg")
    assert message["category"] == "A" * 1_000_000


# -- datagrams --


@cases("datagrams")
def test_datagrams(name: str, receiver: nmsg.input, send: Sender) -> None:
    totals = MANIFEST["datagrams"][name]["totals"]
    expected = re.search(
        r"payloads_in (\d+) .* container_recvs (\d+) container_drops (\d+)", totals
    )
    assert expected
    datagrams = sorted((FOLDER / "datagrams" / name).glob("*.dgram"))
    for datagram in datagrams:
        send(datagram.read_bytes())
    messages = drain(receiver, len(datagrams))
    stats = receiver.stats
    found = (len(messages), stats.containers, stats.lost.sequence)
    assert found == tuple(map(int, expected.groups()))
    assert (stats.lost.kernel, stats.datagrams) == (0, len(datagrams))
    assert stats.bad == (0, 0)


# -- what the other implementation does wrong --

# Inputs whose wanted output says nothing about how many messages there are.
COUNTED_OTHERWISE = {"unknown_type_json"}


@cases("defects")
def test_defects(name: str, path: Path, receiver: nmsg.input, send: Sender) -> None:
    source = FOLDER / "defects" / f"{name}.nmsg"
    datagrams = sorted((FOLDER / "defects" / name).glob("*.dgram"))
    if source.exists():
        messages = list(read_whole(source))
    elif datagrams:
        for datagram in datagrams:
            send(datagram.read_bytes())
        messages = drain(receiver, len(datagrams))
    else:
        pytest.skip("neither a file nor datagrams")
    wanted = FOLDER / "defects" / f"{name}.want.json"
    if wanted.exists():
        lines = wanted.read_text(encoding="utf-8").splitlines()
        known = [m for m in messages if type(m) is not nmsg.message]
        assert len(known) == len(lines)
        if name not in COUNTED_OTHERWISE:
            assert len(messages) >= len(lines)
    for message in messages:
        repr(message)
        assert repr(rewritten(message, path)) == repr(message)


@cases("containers")
def test_containers_in_memory(name: str) -> None:
    """Every container of a file by itself, as far as their lengths tell where one ends."""
    octets = (FOLDER / "containers" / f"{name}.nmsg").read_bytes()
    null = nmsg.nullinput()
    count = 0
    while len(octets) >= 10 and octets[:4] == b"NMSG" and octets[5] == 2:
        length = 10 + struct.unpack(">I", octets[6:10])[0]
        try:
            count += len(null.read(octets[:length]))
        except nmsg.FormatError:
            break
        octets = octets[length:]
    if not octets:
        (totals,) = MANIFEST["containers"][name]["totals"]
        assert f"payloads_in {count} " in totals


def test_every_file_under_every_policy() -> None:
    """No input of any group does harm, whatever it is."""
    for path in sorted(FOLDER.rglob("*")):
        if not path.is_file():
            continue
        for errors in ("warn", "skip", "raise"):
            with nmsg.input.open_file(path, errors=errors) as reader:
                faults = 0
                while True:
                    try:
                        if reader.read() is None:
                            break
                    except nmsg.FormatError:
                        faults += 1
                assert faults <= sum(reader.stats.bad)
