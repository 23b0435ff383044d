# SPDX-License-Identifier: Apache-2.0
"""Messages as JSON, as dicts and as text, and back."""

import io
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import nmsg
import nmsg_wire as wire
import pytest

base = nmsg.msgtype.base
sie = nmsg.msgtype.sie

NAME = b"\3www\7example\3com\0"


def record_set(**changes: Any) -> nmsg.message:
    fields: dict[str, Any] = {
        "type": "INSERTION",
        "count": 3,
        "time_first": 1_600_000_000,
        "rrname": NAME,
        "rrclass": 1,
        "rrtype": 1,
        "rdata": [bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])],
    }
    message = sie.dnsdedupe(**(fields | changes))
    message.time_sec, message.time_nsec = 1_600_000_000, 5
    return message


RECORD_SET_JSON = (
    '{"time":"2020-09-13 12:26:40.000000005","vname":"SIE","mname":"dnsdedupe","message":'
    '{"type":"INSERTION","count":3,"time_first":"2020-09-13 12:26:40",'
    '"rrname":"www.example.com.","rrclass":"IN","rrtype":"A","rdata":["192.0.2.1","192.0.2.2"]}}'
)


# -- writing --


def test_to_json() -> None:
    assert record_set().to_json() == RECORD_SET_JSON


def test_to_json_shows_the_header() -> None:
    message = base.logline(category="x")
    message.time_sec, message.time_nsec = 0, 0
    message.source, message.operator, message.group = 0xA1, 6, 7
    assert message.to_json() == (
        '{"time":"1970-01-01 00:00:00.000000000","vname":"base","mname":"logline",'
        '"source":"000000a1","operator":6,"group":7,"message":{"category":"x"}}'
    )


def test_to_json_shows_what_was_changed() -> None:
    message = record_set()
    message["rdata"].append(bytes([192, 0, 2, 3]))
    message["rrname"] = None
    shown = json.loads(message.to_json())["message"]
    assert shown["rdata"] == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
    assert "rrname" not in shown
    del message["rdata"]
    assert json.loads(message.to_json())["message"]["rdata"] == []


def test_to_json_of_unknown_types() -> None:
    (message,) = nmsg.nullinput().read(wire.container(wire.Payload(vid=9, msgtype=9, data=b"x")))
    for show in (message.to_json, message.to_dict):
        with pytest.raises(nmsg.Error, match="no message type 9:9"):
            show()


def test_to_json_is_always_json() -> None:
    message = base.logline(message=b'\xff"\\\1\0hidden\xed\xa0\x80')
    assert json.loads(message.to_json())["message"]["message"] == '\ufffd"\\\1\ufffd'
    message = sie.delay(delay=float("nan"))
    assert json.loads(message.to_json())["message"]["delay"] is None


# -- reading --


def test_from_json() -> None:
    message = nmsg.message.from_json(RECORD_SET_JSON)
    assert type(message) is sie.dnsdedupe
    assert message == record_set()
    assert (message.vid, message.msgtype, message.time_nsec) == (2, 1, 5)


@pytest.mark.parametrize("kind", [str.encode, lambda s: bytearray(s.encode()), str])
def test_from_json_takes_text_and_octets(kind: Any) -> None:
    assert nmsg.message.from_json(kind(RECORD_SET_JSON)) == record_set()
    assert nmsg.message_from_json(kind(RECORD_SET_JSON)) == record_set()


def test_from_json_fills_the_header() -> None:
    message = nmsg.message.from_json(
        '{"time":"2001-09-09 01:46:40.000000007","vname":"isc","mname":"LOGLINE",'
        '"source":"0xa1","operator":6,"group":7,"message":{}}'
    )
    header = (message.time_sec, message.time_nsec, message.source, message.operator, message.group)
    assert header == (1_000_000_000, 7, 0xA1, 6, 7)
    assert type(message) is base.logline


def test_from_json_without_time_is_now(path: Path) -> None:
    made = base.logline()
    message = nmsg.message.from_json('{"vname":"base","mname":"logline","message":{}}')
    assert 0 <= message.time_sec - made.time_sec < 60


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line 1, column 1"),
        ("nonsense", "line 1, column 1"),
        ('{"vname":"base",\n"mname":"logline",\n"message":{"category":5}}', "line 3, column 23"),
        ('{"vname":"base","mname":"nothing","message":{}}', "column 25"),
        ('{"vname":"base","mname":"logline","message":{}} x', "column 49"),
        ('{"vname":"base","mname":"logline"}', "message"),
    ],
)
def test_from_json_names_what_is_wrong(text: str, place: str) -> None:
    with pytest.raises(nmsg.FormatError, match=place) as caught:
        nmsg.message.from_json(text)
    assert str(caught.value).startswith("nmsg_message_from_json() failed: ")
    assert isinstance(caught.value.offset, int)


def test_from_json_takes_nothing_else() -> None:
    for thing in (None, 5, ["{}"]):
        with pytest.raises(TypeError, match="takes str or bytes"):
            nmsg.message.from_json(thing)  # type: ignore[arg-type]


# -- files --


def test_json_files(path: Path) -> None:
    messages = [record_set(count=n) for n in range(1000)]
    with nmsg.output.open_json(path) as writer:
        for message in messages:
            writer.write(message)
        assert "type=json" in repr(writer)
    assert writer.stats.messages == 1000
    with nmsg.input.open_json(path) as reader:
        assert "type=json" in repr(reader)
        assert list(reader) == messages
        assert reader.stats.messages == 1000
        assert reader.stats.octets == path.stat().st_size


def test_bad_lines_cost_no_good_ones(path: Path) -> None:
    good = RECORD_SET_JSON.encode()
    lines = [good, b"{", b"", good, b"\xff\xfe", b'{"vname":"x","mname":"y","message":{}}', good]
    path.write_bytes(b"\n".join(lines))  # The last one without an end.
    with pytest.warns(nmsg.DataWarning, match="line 2") as caught:
        reader = nmsg.input.open_json(path)
        assert list(reader) == [record_set()] * 3
    assert len(caught) == 1
    assert reader.stats.bad == (0, 3)

    reader = nmsg.input.open_json(path, errors="raise")
    outcomes = []
    while True:
        try:
            message = reader.read()
        except nmsg.FormatError as error:
            assert error.offset is not None
            outcomes.append(path.read_bytes()[: error.offset].count(b"\n") + 1)
            continue
        if message is None:
            break
        outcomes.append(0)
    assert outcomes == [0, 2, 0, 5, 6, 0]


def test_lines_are_bounded(path: Path) -> None:
    good = RECORD_SET_JSON.encode()
    path.write_bytes(good + b"\n" + b" " * 5000 + good + b"\n" + good + b"\n")
    with nmsg.input.open_json(path, max_line="1K", errors="skip") as reader:
        assert list(reader) == [record_set()] * 2
        assert reader.stats.bad == (0, 1)
    for size in (0, -1, 1 << 40, "x"):
        with pytest.raises(ValueError, match="max_line"):
            nmsg.input.open_json(path, max_line=size)


def test_filters_of_json_inputs(path: Path) -> None:
    with nmsg.output.open_json(path) as writer:
        writer.write(base.logline(category="a"))
        writer.write(record_set())
    with nmsg.input.open_json(path) as reader:
        reader.set_filter_msgtype("SIE", "dnsdedupe")
        assert [m.mname for m in reader] == ["dnsdedupe"]
        assert reader.stats.filtered == 1


def test_json_pipes() -> None:
    read_end, write_end = os.pipe()
    with open(read_end, "rb") as source, open(write_end, "wb") as target:
        reader = nmsg.input.open_json(source)
        writer = nmsg.output.open_json(target, flush_interval=0.01)
        reader.set_blocking_io(False)
        assert reader.read() is None
        writer.write(record_set())
        writer.flush()
        assert reader.read() == record_set()
        reader.set_blocking_io(True)
        writer.write(record_set(count=9))  # Sent by its age.
        assert reader.read() == record_set(count=9)
        writer.close()
        target.close()
        assert reader.read() is None


def test_json_outputs_refuse_unknown_types(path: Path) -> None:
    (unknown,) = nmsg.nullinput().read(wire.container(wire.Payload(vid=9, msgtype=9, data=b"x")))
    with nmsg.output.open_json(path) as writer:
        writer.write(record_set())
        with pytest.raises(nmsg.Error, match="unknown message type"):
            writer.write(unknown)
        writer.write(record_set())
    assert path.read_text() == f"{RECORD_SET_JSON}\n" * 2


def test_opening_fails(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        nmsg.input.open_json(tmp_path / "nothing")
    with pytest.raises(IsADirectoryError):
        nmsg.input.open_json(tmp_path)
    with pytest.raises(FileNotFoundError):
        nmsg.output.open_json(tmp_path / "no" / "folder")
    with pytest.raises(io.UnsupportedOperation):
        nmsg.input.open_json(io.BytesIO())
    assert nmsg.input_open_json == nmsg.input.open_json
    assert nmsg.output_open_json == nmsg.output.open_json


# -- dicts and text --


@pytest.mark.parametrize(
    "message",
    [
        record_set(),
        base.http(type="sinkhole", srcip="192.0.2.1", srcport=70, request="GET /\r\n"),
        base.encode(type="JSON", payload=b'{"a":[1,2.5,null,true,"\\u00e9\\n",{}],"b":-7e2}'),
        base.pkt(payload=b"\0\1"),
        base.pkt(payload=b""),
        sie.newdomain(new_rr=[True, False], keys=["a", "\U0001f600"]),
        sie.delay(query_ip="2001:db8::1", delay=0.1, response_time_sec=-1),
        base.dnsobs(qname=NAME, rcode=3, sensor_id=0xDEADBEEF),
        base.dnstap(),
        base.ncap(payload=b"x", type="Legacy", ltype="TCP", srcip="192.0.2.1"),
    ],
    ids=lambda m: str(m.mname),
)
def test_to_dict_is_what_json_holds(message: nmsg.message) -> None:
    message.source = 5
    assert message.to_dict() == json.loads(message.to_json())
    assert list(message.to_dict()["message"]) == list(json.loads(message.to_json())["message"])


def assert_dict_is_json(message: nmsg.message) -> None:
    wanted = json.loads(message.to_json())
    for _ in range(3):  # Dicts are made in another way from the second time on.
        made = message.to_dict()
        assert made == wanted
        assert list(made) == list(wanted)
        assert list(made["message"]) == list(wanted["message"])


def test_to_dict_of_any_set_of_fields() -> None:
    fields = {"count": 3, "time_first": 1, "rrname": NAME, "rrclass": 1, "rrtype": 1, "rrttl": 5}
    for chosen in range(1 << len(fields)):
        message = sie.dnsdedupe()
        message.update({k: v for i, (k, v) in enumerate(fields.items()) if chosen >> i & 1})
        assert_dict_is_json(message)


def test_to_dict_with_and_without_header_fields() -> None:
    for chosen in range(8):
        message = record_set()
        message.source = 0xA1 if chosen & 1 else 0
        message.operator = 6 if chosen & 2 else 0
        message.group = 7 if chosen & 4 else 0
        assert_dict_is_json(message)


def test_dicts_are_the_program_s_own() -> None:
    wanted = record_set().to_dict()
    for _ in range(3):
        made = record_set().to_dict()
        assert made == wanted
        made["message"]["rdata"].clear()
        made["message"].clear()
        made.clear()


@pytest.mark.parametrize("number", [0, 1, 28, 255, 256, 257, 32769, 65280, 65535, 65536 + 28])
def test_to_dict_of_numbers_with_names(number: int) -> None:
    kept = number & 65535
    assert_dict_is_json(sie.dnsdedupe(rrtype=kept, rrclass=kept, rrname=NAME, rdata=[b"\0"]))
    assert_dict_is_json(base.dns(qname=NAME, qtype=kept, qclass=kept))
    assert_dict_is_json(base.dnsobs(qname=NAME, rcode=kept))
    assert_dict_is_json(base.dnsqr(proto=kept, rcode=kept, qtype=kept, qclass=kept))
    wide = wire.uint(2, number) + wire.uint(3, number)  # More than 16 bits may be stored.
    (message,) = nmsg.nullinput().read(wire.container(wire.Payload(vid=2, msgtype=1, data=wide)))
    assert_dict_is_json(message)


@pytest.mark.parametrize(
    "text", ["", "plain", "a\\b", "\\", "1234567\\", "12345678", "ü", "1234567ü", "\x7f"]
)
def test_to_dict_of_text(text: str) -> None:
    assert_dict_is_json(base.logline(message=text, category=text))
    assert_dict_is_json(sie.newdomain(keys=[text, "x"]))


@pytest.mark.parametrize("octet", range(0, 256, 5))
def test_to_dict_of_dns_text(octet: int) -> None:
    name = b"\7" + bytes([octet]) * 7 + NAME
    text = b"\x08" + bytes([octet]) * 8
    for octets in (name, name[:-1], text, text * 20, bytes([octet]), b"", b"x" * 300):
        assert_dict_is_json(sie.dnsdedupe(rrname=octets, bailiwick=octets))
        for rrtype in (1, 2, 16, 257, 64, 65000):
            assert_dict_is_json(
                sie.dnsdedupe(rrname=NAME, rrtype=rrtype, rrclass=1, rdata=[octets, text])
            )
        assert_dict_is_json(sie.dnsdedupe(rrname=NAME, rdata=[octets]))


def test_to_dict_of_dns_messages() -> None:
    header = b"\x12\x34\x81\x80\0\1\0\1\0\0\0\0"
    question = b"\1a\0\0\1\0\1"
    answer = b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1"
    message = base.dnsobs(qname=b"\1a\0", response=header + question + answer)
    response = message.to_dict()["message"]["response_json"]
    assert response["answer"] == [
        {"rrname": "a.", "rrttl": 300, "rrclass": "IN", "rrtype": "A", "rdata": ["192.0.2.1"]}
    ]
    assert message["response_json"] == header + question + answer
    assert "a. 300 IN A 192.0.2.1\n" in (message.text("response") or "")


def test_text() -> None:
    message = record_set(type=77)
    assert message.text("rrname") == "www.example.com."
    assert message.text("rdata") == ["192.0.2.1", "192.0.2.2"]
    assert message.text("rrtype") == "A (1)"
    assert message.text("rrclass") == "IN (1)"
    assert message.text("type") == "<UNKNOWN ENUM VAL=77>"
    assert message.text("time_first") == "2020-09-13 12:26:40"
    assert message.text("count") == "3"
    assert message.text("bailiwick") is None
    with pytest.raises(KeyError):
        message.text("nothing")
    assert base.logline(message=b"\xff").text("message") == "\udcff"
    assert base.pkt(payload=b"abc").text("payload") == "<BYTE ARRAY LEN=3>"
    assert sie.newdomain(new_rr=[]).text("new_rr") is None
    message["rrtype"] = 28  # The data does not fit any longer.
    assert all("PARSE ERROR" in text for text in message.text("rdata") or [""])


# -- other readers of JSON --

UNIT_TEST = Path(__file__).resolve().parents[2] / "build/release/tests/unit/text/test_json_identity"
MESSAGES = int(os.environ.get("NMSG_TEST_JSON_MESSAGES", "1000000"))

NODE_PROGRAM = """
const lines = require("readline").createInterface({ input: process.stdin });
let count = 0;
lines.on("line", (line) => {
    if (typeof JSON.parse(line).message !== "object") throw new Error(line);
    count++;
});
lines.on("close", () => console.log(count));
"""


def random_lines(count: int) -> subprocess.Popen[bytes]:
    """JSON of random messages of all types, which the program checks to be read back the same."""
    if not UNIT_TEST.exists():
        pytest.skip(f"{UNIT_TEST} was not built (make test builds it)")
    return subprocess.Popen([UNIT_TEST, str(count), "lines"], stdout=subprocess.PIPE)


@pytest.mark.slow
def test_every_line_is_json_to_python() -> None:
    with random_lines(MESSAGES) as program:
        assert program.stdout is not None
        count = 0
        for line in program.stdout:
            if line.startswith(b"{"):
                assert isinstance(json.loads(line)["message"], dict)
                count += 1
    assert (program.returncode, count) == (0, MESSAGES)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_every_line_is_json_to_node(tmp_path: Path) -> None:
    script = tmp_path / "count.js"
    script.write_text(NODE_PROGRAM)
    with random_lines(MESSAGES) as program:
        filtered = subprocess.Popen(
            ["grep", "-a", "^{"], stdin=program.stdout, stdout=subprocess.PIPE
        )
        done = subprocess.run(
            ["node", str(script)], stdin=filtered.stdout, capture_output=True, text=True, check=True
        )
        assert filtered.wait() == 0
    assert (program.returncode, int(done.stdout)) == (0, MESSAGES)
