# SPDX-License-Identifier: Apache-2.0
"""nmsg_encode_hello_client and nmsg_encode_hello_server, in all encodings.

PyYAML and msgpack are optional: what needs them is skipped where they are missing.
"""

import importlib.util
import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_examples import ENCODE, Tool, has_ipv6, held_port, ran, started
from nmsg_support import Sender, connection, take, wait_until

PLACE = "127.0.0.1"
PACKAGES = {"YAML": ("yaml", "PyYAML"), "MSGPACK": ("msgpack", "msgpack")}


def needs(*names: str) -> Any:
    """Skips a test unless these modules are there."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    return pytest.mark.skipif(
        bool(missing), reason=f"{missing} missing here: pip install PyYAML msgpack"
    )


KINDS = [
    "TEXT",
    "JSON",
    pytest.param("YAML", marks=needs("yaml")),
    pytest.param("MSGPACK", marks=needs("msgpack")),
    "XML",
]


def shown(kind: str, i: int) -> str:
    """What the server prints for the i-th payload of the client."""
    payloads = {
        "TEXT": f"hello world {i}",
        "JSON": f'{{\n    "foo": "bar",\n    "hello": "world",\n    "id": {i}\n}}',
        "YAML": repr({"foo": "bar", "hello": "world", "id": i}),
        "MSGPACK": repr({"hello": "world", "foo": "bar", "id": i}),
        "XML": "<hello>world</hello>",
    }
    return f"{ENCODE}type: {kind}\npayload: {payloads[kind]}\n\n"


def sent(kind: str, count: int) -> str:
    return f"sent {count} {'dummy ' if kind == 'XML' else ''}{kind}-encoded payloads\n"


class Server:
    """A server, and a socket that sends to it."""

    def __init__(self, tool: Tool, port: int) -> None:
        self.tool = tool
        self.place = f"{PLACE}/{port}"
        self.sender = Sender((PLACE, port))
        self.expected = ""

    def send(self, kind: int, payload: bytes) -> None:
        data = wire.uint(1, kind) + wire.octets(2, payload)
        self.sender(wire.container(wire.Payload(msgtype=11, data=data)))

    def shows(self, kind: int, payload: bytes, name: object, text: str) -> None:
        """Send a payload; what is printed for it, and nothing else."""
        self.send(kind, payload)
        self.expected += f"{ENCODE}type: {name}\npayload: {text}\n\n"
        self.tool.expect(self.expected, self.tool.err)

    def error(self, kind: int, payload: bytes) -> str:
        """Send a payload that does not decode; what is printed for it."""
        start = len(self.tool.err.text)
        self.send(kind, payload)
        wait_until(lambda: self.tool.err.text[start:].endswith("\n\n"), f"{payload[:40]!r}")
        lines = self.tool.err.text[start:].split("\n")
        assert lines[3:] == ["", ""]
        assert lines[2].startswith("payload: error: ")
        return lines[2].removeprefix("payload: error: ")


@pytest.fixture
def start_server() -> Iterator[Callable[..., Server]]:
    with ExitStack() as stack:

        def start(**env: str) -> Server:
            port = stack.enter_context(held_port())
            tool = stack.enter_context(started("encode_hello_server", f"{PLACE}/{port}", **env))
            tool.expect(f"listening on {PLACE}/{port}\n")
            server = Server(tool, port)
            stack.callback(server.sender.close)
            return server

        yield start


@pytest.fixture
def server(start_server: Callable[..., Server]) -> Server:
    return start_server()


TEXT, JSON, YAML, MSGPACK, XML = range(5)

# -- both --


@pytest.mark.parametrize("kind", KINDS)
def test_each_type(kind: str, server: Server) -> None:
    status, output, errors = ran("encode_hello_client", f"-t{kind}", "-i3", server.place)
    assert (status, errors) == (0, "")
    assert output == f"sending NMSG datagrams to {server.place}\n{sent(kind, 3)}"
    server.tool.expect("".join(shown(kind, i) for i in range(3)), server.tool.err)
    assert server.tool.interrupt() == 130
    assert server.tool.out.text == f"listening on {server.place}\n"


@needs("yaml", "msgpack")
def test_all_types(server: Server) -> None:
    status, output, errors = ran("encode_hello_client", "-tALL", "-i2", server.place)
    assert (status, errors) == (0, "")
    kinds = ("TEXT", "JSON", "YAML", "MSGPACK", "XML")
    assert output == (
        f"sending NMSG datagrams to {server.place}\n"
        "sent 2 TEXT-encoded payloads\n"
        "sent 2 JSON-encoded payloads\n"
        "sent 2 YAML-encoded payloads\n"
        "sent 2 MSGPACK-encoded payloads\n"
        "sent 2 dummy XML-encoded payloads\n"
    )
    expected = "".join(shown(kind, i) for kind in kinds for i in range(2))
    server.tool.expect(expected, server.tool.err)


def test_the_defaults_of_the_client(server: Server) -> None:
    output = ran("encode_hello_client", server.place)[1]
    assert output == f"sending NMSG datagrams to {server.place}\n{sent('TEXT', 1)}"
    server.tool.expect(shown("TEXT", 0), server.tool.err)


def test_ipv6() -> None:
    if not has_ipv6():
        pytest.skip("no IPv6 here")
    with held_port("::1") as port, started("encode_hello_server", f"::1/{port}") as tool:
        tool.expect(f"listening on ::1/{port}\n")
        assert ran("encode_hello_client", "-tJSON", f"::1/{port}")[0] == 0
        tool.expect(shown("JSON", 0), tool.err)


# -- what the client sends --


@pytest.mark.parametrize("kind", KINDS)
def test_payloads_are_of_their_format(kind: str, receiver: nmsg.input) -> None:
    place = "{}/{}".format(*receiver.address)
    assert ran("encode_hello_client", "-t", kind, "-i", "3", place)[0] == 0
    messages = take(receiver, 3)
    assert receiver.stats.datagrams == 3
    assert {m["type"] for m in messages} == {kind}
    payloads = [m["payload"] for m in messages]
    if kind == "TEXT":
        assert payloads == [b"hello world 0", b"hello world 1", b"hello world 2"]
    elif kind == "XML":
        assert {ElementTree.fromstring(payload).tag for payload in payloads} == {"hello"}
    else:
        assert [loads(kind, payload)["id"] for payload in payloads] == [0, 1, 2]


def loads(kind: str, payload: bytes) -> Any:
    if kind == "JSON":
        return json.loads(payload)
    module = importlib.import_module(PACKAGES[kind][0])
    return module.safe_load(payload) if kind == "YAML" else module.unpackb(payload)


# -- missing libraries --


@pytest.fixture
def without_libraries(tmp_path: Path) -> dict[str, str]:
    """An environment in which PyYAML and msgpack cannot be imported."""
    for name, _ in PACKAGES.values():
        (tmp_path / f"{name}.py").write_text(f"raise ModuleNotFoundError('No module {name}')")
    return {"PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}


def test_a_client_without_libraries(
    without_libraries: dict[str, str], receiver: nmsg.input
) -> None:
    place = "{}/{}".format(*receiver.address)
    for kind, package in (("YAML", "PyYAML"), ("MSGPACK", "msgpack"), ("ALL", "PyYAML")):
        assert ran("encode_hello_client", "-t", kind, place, **without_libraries) == (
            1,
            "",
            "nmsg_encode_hello_client.py: error: "
            f"{package} is missing, install it by: pip install {package}\n",
        )
    for kind in ("TEXT", "JSON", "XML"):
        assert ran("encode_hello_client", "-t", kind, place, **without_libraries)[0] == 0
    assert [m["type"] for m in take(receiver, 3)] == ["TEXT", "JSON", "XML"]
    assert receiver.read() is None


def test_a_server_without_libraries(
    without_libraries: dict[str, str], start_server: Callable[..., Server]
) -> None:
    server = start_server(**without_libraries)
    for kind, name, package in ((YAML, "YAML", "PyYAML"), (MSGPACK, "MSGPACK", "msgpack")):
        error = f"error: ImportError: {package} is missing, install it by: pip install {package}"
        server.shows(kind, b"\x01", name, error)
    server.shows(TEXT, b"still there", "TEXT", "still there")


# -- what the server makes of it --


def test_other_types_are_dropped(server: Server) -> None:
    sender = server.sender
    sender(wire.container(wire.conn(1), wire.Payload(vid=2, msgtype=1, data=b"")), b"garbage")
    server.shows(TEXT, b"hello", "TEXT", "hello")


def test_what_lacks_its_fields_is_dropped(server: Server) -> None:
    for data in (b"", wire.uint(1, JSON), wire.octets(2, b"x")):
        server.sender(wire.container(wire.Payload(msgtype=11, data=data)))
    server.shows(TEXT, b"hello", "TEXT", "hello")


def test_header_fields(server: Server) -> None:
    with nmsg.output.open_sock(PLACE, int(server.place.split("/")[1])) as writer:
        message = nmsg.msgtype.base.encode(type="TEXT", payload=b"x")
        message.source, message.operator, message.group = 0xA1, 4_000_000_000, 4_000_000_001
        writer.write(message)
        writer.write(connection(1))
    server.tool.expect(
        "[TIME] [1:11 base encode] [000000a1] [4000000000] [4000000001] \n"
        "type: TEXT\npayload: x\n\n",
        server.tool.err,
    )


def test_json_is_sorted_and_indented(server: Server) -> None:
    server.shows(JSON, b'{"b":[1,"\\u001b"],"a":{}}', "JSON", JSON_SHOWN)
    server.shows(JSON, b'"text"', "JSON", '"text"')


JSON_SHOWN = '{\n    "a": {},\n    "b": [\n        1,\n        "\\u001b"\n    ]\n}'


def test_text(server: Server) -> None:
    server.shows(TEXT, b"", "TEXT", "")
    server.shows(TEXT, "gr\u00fc\u00df\ntwo\tlines".encode(), "TEXT", "gr\u00fc\u00df\ntwo\tlines")


def test_commands_for_the_terminal_are_not_passed_on(server: Server) -> None:
    server.shows(TEXT, "\x1b]0;x\x07\x9b".encode(), "TEXT", ESCAPED)
    server.shows(TEXT, "\u202eabc".encode(), "TEXT", "\\u202eabc")
    server.shows(XML, "<a>\u009b2J</a>".encode(), "XML", "<a>\\x9b2J</a>")


ESCAPED = "\\x1b]0;x\\x07\\x9b"

UNDECODABLE = [
    (TEXT, b"\xff\xfe", "UnicodeDecodeError"),
    (JSON, b"", "JSONDecodeError"),
    (JSON, b'{"id": 1', "JSONDecodeError"),
    (JSON, b"\xff", "UnicodeDecodeError"),
    (JSON, b"[" * 100_000, "RecursionError"),
    (JSON, b"9" * 10_000, "ValueError"),
    (XML, b"", "ParseError"),
    (XML, b"<a>", "ParseError"),
    (XML, b"\xff", "ParseError"),
    (XML, b"<a>&nothing;</a>", "ParseError"),
    (XML, b"<a>" * 100_000 + b"</a>" * 100_000, "RecursionError"),
]

UNDECODABLE_YAML = [
    (YAML, b"[1, 2", "ParserError"),
    (YAML, b"\xff", "ReaderError"),
    (YAML, b"!!python/object/apply:os.system ['touch /tmp/owned']", "ConstructorError"),
    (YAML, b"[" * 100_000, "ValueError: more than 100 levels are refused"),
    (YAML, b"- " * 40_000, "ValueError: more than 100 levels are refused"),
    (YAML, b"{a: " * 10_000, "ValueError: more than 100 levels are refused"),
    (YAML, b"? [a]\n: b", "ConstructorError"),
]

UNDECODABLE_MSGPACK = [
    (MSGPACK, b"", "ValueError"),
    (MSGPACK, b"\x92\x01", "ValueError"),
    (MSGPACK, b"\x01\x02", "ExtraData"),
    (MSGPACK, b"\xc1", "FormatError"),
    (MSGPACK, b"\x91" * 100_000, "StackError"),
    (MSGPACK, b"\xdd\xff\xff\xff\xff", "ValueError"),
]


def check_undecodable(server: Server, cases: list[tuple[int, bytes, str]]) -> None:
    with nmsg.output.open_sock(PLACE, int(server.place.split("/")[1])) as writer:
        for kind, payload, expected in cases:
            if len(payload) < 50_000:
                error = server.error(kind, payload)
            else:  # In fragments.
                start = len(server.tool.err.text)
                writer.write(nmsg.msgtype.base.encode(type=kind, payload=payload))
                writer.flush()
                wait_until(lambda start=start: server.tool.err.text[start:].endswith("\n\n"))
                error = server.tool.err.text[start:].partition("payload: error: ")[2]
            assert error.startswith(expected), error
            assert len(error) < 400
    start = len(server.tool.err.text)
    server.send(TEXT, b"still there")
    wait_until(lambda: server.tool.err.text[start:].endswith("payload: still there\n\n"))


def test_what_does_not_decode(server: Server) -> None:
    check_undecodable(server, UNDECODABLE)


@needs("yaml")
def test_yaml_that_does_not_decode(server: Server) -> None:
    check_undecodable(server, UNDECODABLE_YAML)


@needs("msgpack")
def test_msgpack_that_does_not_decode(server: Server) -> None:
    check_undecodable(server, UNDECODABLE_MSGPACK)


def test_an_unknown_encoding(server: Server) -> None:
    server.shows(77, b"x", 77, "error: ValueError: nobody here knows this type")


@pytest.mark.parametrize(
    "dtd",
    [
        '<!ENTITY a "boom">',
        '<!ENTITY a SYSTEM "file:///etc/hostname">',
        '<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p; <!ENTITY a "x">',
        '<!ENTITY a0 "ha"><!ENTITY a "&a0;&a0;&a0;">',
    ],
)
def test_entities_of_xml_are_refused(dtd: str, server: Server) -> None:
    for start in ("", "<?xml version='1.0' encoding='us-ascii'?>\n", "<!-- x -->"):
        error = server.error(XML, f"{start}<!DOCTYPE r [{dtd}]><r>&a;</r>".encode())
        assert error == "ValueError: DTDs are refused"
    for encoding in ("utf-16", "utf-16-be", "utf-16-le"):
        payload = f"<!DOCTYPE r [{dtd}]><r>&a;</r>".encode(encoding)
        assert server.error(XML, payload) == "ValueError: DTDs are refused"
    server.send(XML, b"<r>&lt;&#65;</r>")
    wait_until(lambda: server.tool.err.text.endswith("payload: <r>&lt;A</r>\n\n"))


def test_a_million_laughs(server: Server) -> None:
    entities = ['<!ENTITY a0 "ha">']
    entities += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)]
    payload = f"<!DOCTYPE r [{''.join(entities)}]><r>&a11;</r>"
    assert server.error(XML, payload.encode()) == "ValueError: DTDs are refused"


@needs("yaml")
def test_aliases_of_yaml_are_refused(server: Server) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert server.error(YAML, "\n".join(lines).encode()) == "ValueError: aliases are refused"
