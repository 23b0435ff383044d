# SPDX-License-Identifier: Apache-2.0
"""nmsg.open(): finds out what it was given, and refuses what does not go together.

The opening itself is done by two functions of the extension (ext/input_open.c, ext/output_open.c).
"""

import io as _io
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    NoReturn,
    Protocol,
    SupportsIndex,
    TypeAlias,
    Unpack,
    overload,
)

from nmsg import _kafka, _nmsg, _packets, _zmq
from nmsg._partitions import partition

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# What is opened, as ext/open.h numbers it.
_FILE, _OBJECT, _MEMORY, _SOCKETS, _ZMQ, _HANDED, _INTERFACE, _KAFKA = range(8)

_MODES = {"r": -1, "w": 0, "a": 1, "x": 2}  # Numbers: nm_file_mode in io/output.h
# nm_format in io/format.h; Kafka has its own.
_FORMATS = {"nmsg": 0, "json": 1, "pcap": 3, "nmsgp": 0}

_SCHEME = re.compile(r"(udp|channel|zmq\+tcp|zmq\+ipc|kafka|pcap|if):|([a-z][a-z0-9+.-]+)://")
_UDP = re.compile(r"udp://(?:\[(?P<literal>[^\]]*)\]|(?P<host>[^:/\[\]]*)):(?P<port>[0-9]{1,5})/?")

_NumberOrName: TypeAlias = SupportsIndex | str | bytes
_MsgType: TypeAlias = _packets.MsgType
_Size: TypeAlias = SupportsIndex | str


class _Readable(Protocol):
    def read(self, size: int, /) -> Any: ...


class _Writable(Protocol):
    # bytes, or str for text; what write() gives is the number of octets or None.
    write: Any


class _HasFileno(Protocol):
    def fileno(self) -> int: ...


_Place: TypeAlias = str | bytes | os.PathLike[str] | os.PathLike[bytes] | int | _HasFileno


@dataclass
class _Target:
    """What `where` stands for."""

    kind: int
    where: Any  # As the function of the extension takes it.
    name: Any  # For messages.
    owner: Any = None  # Kept alive while it is read or written.
    before: bytes = b""  # Was read from a file object's descriptor, but not by us.
    is_path: bool = False
    part: tuple[int, int] = (0, 0)  # Offset and length; (0, 0): all.
    is_capture: bool = False  # Named by a scheme of packets.
    options: dict[str, str] = field(default_factory=dict)  # That the URL has; format among them.


# -- URLs and other names --


def _udp_target(url: str, is_writing: bool) -> _Target:
    match = _UDP.fullmatch(url)
    if match is None:
        raise ValueError(
            f"{url!r} is not of the form udp://ADDRESS:PORT, with IPv6 addresses in brackets"
        )
    host = match["literal"] if match["literal"] is not None else match["host"]
    if match["literal"] is not None and ":" not in host:
        raise ValueError(f"{url!r}: brackets are for IPv6 addresses")
    port = int(match["port"])
    if is_writing and port == 0:
        raise ValueError(f"{url!r}: port 0 cannot be sent to, only listened on (any free port)")
    return _Target(_SOCKETS, [(host, port)], url)


def _capture_target(url: str) -> _Target:
    path = url.removeprefix("pcap:")
    if not path:
        raise ValueError(f"{url!r} has no path behind pcap:")
    if path == "-":
        return _Target(_FILE, None, url, is_capture=True)
    return _Target(_FILE, path, url, is_path=True, is_capture=True)


def _interface_target(url: str, is_writing: bool) -> _Target:
    name = url.removeprefix("if:")
    if is_writing:
        raise ValueError(f"{url!r}: an interface can be read only, mode 'r'")
    if not name:
        raise ValueError(f"{url!r} has no interface behind if:")
    return _Target(_INTERFACE, name, url, is_capture=True)


def _take_kafka_options(target: _Target, given: Mapping[str, object]) -> None:
    """Have options of nmsg.open() join those of the URL."""
    for name, value in given.items():
        if value is None:
            continue
        if target.kind != _KAFKA:
            _refuse(name, f"is for topics of Kafka (kafka://), not for {target.name}")
        if target.options.setdefault(name, str(value)) != str(value):
            raise ValueError(f"{target.name}: {name}={value!r} says otherwise")


def _named_target(where: str, is_writing: bool) -> _Target | None:
    """A target with a scheme; None for a path."""
    match = _SCHEME.match(where)
    if match is None:
        return None
    scheme = match[1] or match[2]
    if scheme == "udp":
        return _udp_target(where, is_writing)
    if scheme == "channel" and is_writing:
        raise ValueError(f"{where!r}: a channel can be read only, mode 'r'")
    if scheme == "channel":
        return _Target(_SOCKETS, _nmsg._channel_endpoints(where.removeprefix("channel:")), where)
    if scheme in {"zmq+tcp", "zmq+ipc"}:
        return _Target(_ZMQ, _zmq.endpoint(where, is_writing), where)
    if scheme == "pcap":
        return _capture_target(where)
    if scheme == "if":
        return _interface_target(where, is_writing)
    if scheme == "kafka":
        place = _kafka.parse_url(where)
        return _Target(_KAFKA, place, where, options=place.options)
    raise ValueError(
        f"{where!r}: {scheme}: is unknown; there are paths (of a file with such a name: ./NAME), "
        "'-', udp://ADDRESS:PORT, channel:NAME, zmq+tcp://ADDRESS:PORT, zmq+ipc://PATH, "
        "kafka://BROKER/TOPIC, pcap:PATH and if:INTERFACE"
    )


# -- file objects --


def _is_plain(raw: object) -> bool:
    """Whether a raw file does nothing but read and write its descriptor."""
    if type(raw) is _io.FileIO:
        return True
    socket = sys.modules.get("socket")
    return socket is not None and type(raw) is socket.SocketIO


def _read_ahead(file: _io.BufferedReader, descriptor: int) -> bytes:
    """What the file object has taken from a pipe or socket and not given out yet."""
    was_blocking = os.get_blocking(descriptor)
    os.set_blocking(descriptor, False)
    try:
        return file.read1(len(file.peek()))
    finally:
        os.set_blocking(descriptor, was_blocking)


def _reading_descriptor(file: Any) -> tuple[int, bytes] | None:
    """The descriptor of a plain file, put where the object stands, and what comes before that.

    None: the object has to be read by its methods.
    """
    if type(file) is _io.TextIOWrapper:
        if file.seekable():
            file.seek(file.tell())  # Takes what it had decoded ahead back.
        file = file.buffer
    if type(file) is _io.FileIO:
        return file.fileno(), b""
    if type(file) not in (_io.BufferedReader, _io.BufferedRandom) or not _is_plain(file.raw):
        return None
    descriptor: int = file.fileno()
    if not file.seekable():
        return descriptor, _read_ahead(file, descriptor)
    if file.writable():
        file.flush()
    os.lseek(descriptor, file.tell(), os.SEEK_SET)
    return descriptor, b""


def _writing_descriptor(file: Any) -> int | None:
    """The same for writing, after what the object holds was written."""
    if type(file) is _io.TextIOWrapper:
        file.flush()
        file = file.buffer
    if type(file) is _io.FileIO:
        return file.fileno()
    if type(file) not in (_io.BufferedWriter, _io.BufferedRandom) or not _is_plain(file.raw):
        return None
    file.flush()
    descriptor: int = file.fileno()
    if type(file) is _io.BufferedRandom:
        os.lseek(descriptor, file.tell(), os.SEEK_SET)
    return descriptor


def _object_name(file: object) -> object:
    name = getattr(file, "name", None)
    return name if isinstance(name, str | bytes) else f"<{type(file).__name__}>"


def _object_target(file: Any, is_writing: bool) -> _Target | None:
    """A file object, or something else that has a descriptor; None for neither."""
    name = _object_name(file)
    able = getattr(file, "writable" if is_writing else "readable", None)
    if able is not None and not able():
        raise ValueError(f"{name} is not open for {'writing' if is_writing else 'reading'}")
    if is_writing:
        descriptor = _writing_descriptor(file)
        if descriptor is not None:
            return _Target(_FILE, descriptor, name, file)
    else:
        found = _reading_descriptor(file)
        if found is not None:
            return _Target(_FILE, found[0], name, file, found[1])
    if hasattr(file, "write" if is_writing else "read"):
        return _Target(_OBJECT, file, name, file)
    if hasattr(file, "fileno"):
        return _Target(_FILE, file.fileno(), name, file)
    return None


# -- all that may be opened --


def _is_data(octets: bytes, format: str) -> bool:
    """Whether bytes are messages; else they are a path, which never has a NUL octet."""
    if not octets or b"\0" in octets:
        return True
    return format == "json" and octets.lstrip()[:1] == b"{"


def _is_buffer(where: object) -> bool:
    try:
        memoryview(where).release()  # type: ignore[arg-type]
    except TypeError:
        return False
    return True


def _part_target(where: partition, is_writing: bool, format: str) -> _Target:
    if is_writing or format != "nmsg":
        raise ValueError("a piece of partitions() can be read only, as format='nmsg'")
    if where.offset < 0 or where.length <= 0:
        raise ValueError(f"{where!r} is no piece of a file")
    return _Target(_FILE, where.path, where.path, part=(where.offset, where.length))


def _target(where: Any, is_writing: bool, format: str) -> _Target:
    if isinstance(where, str):
        if where == "-":
            return _Target(_FILE, int(is_writing), "<stdout>" if is_writing else "<stdin>")
        target = _named_target(where, is_writing)
        if target is not None and target.where is None:
            target.where = int(is_writing)  # "pcap:-"
        return target or _Target(_FILE, where, where, is_path=True)
    if isinstance(where, bytes) and (is_writing or not _is_data(where, format)):
        return _Target(_FILE, where, where, is_path=True)
    if hasattr(where, "__fspath__"):
        return _Target(_FILE, where, where, is_path=True)
    if isinstance(where, partition):
        return _part_target(where, is_writing, format)
    if isinstance(where, int) and not isinstance(where, bool):
        return _Target(_FILE, where, f"descriptor {where}")
    receiver = _zmq.receiver(where, is_writing)
    if receiver is not None:
        return _Target(_HANDED, receiver, f"<{type(where).__name__}>", receiver)
    target = _object_target(where, is_writing)
    if target is not None:
        return target
    if _is_buffer(where) and not is_writing:
        return _Target(_MEMORY, where, f"<{type(where).__name__}>", where)
    if _is_buffer(where):
        raise TypeError(f"{type(where).__name__} can be read only; io.BytesIO can be written to")
    raise TypeError(
        "where is a path, a URL, a descriptor, a file object or, for reading, octets, "
        f"not {type(where).__name__}"
    )


# -- what goes together --


def _refuse(option: str, why: str) -> NoReturn:
    raise ValueError(f"{option}= {why}")


def _check_format(format: object) -> None:
    if format == "pres":
        raise _nmsg.Error("format='pres' is not supported yet")
    if format not in _FORMATS:
        raise ValueError(
            f"format is 'nmsg', 'json', 'pcap' or 'pres', not {format!r}; "
            "for Kafka there is 'nmsgp', too"
        )


def _take_format(target: _Target, format: str) -> str:
    """The format that a URL has, unless there is another."""
    named = target.options.setdefault("format", format)
    _check_format(named)
    if format not in ("nmsg", named):
        raise ValueError(f"{target.name}: format={format!r} says otherwise")
    return named


def _check_direction(given: set[str], is_writing: bool) -> None:
    reading = {"source", "operator", "group", "strings", "errors", "ring", "max_container"}
    reading |= {"max_line", "blocking", "offset"} | _packets.PACKET_OPTIONS
    writing = {"compress", "zlevel", "bufsz", "flush_interval", "buffered", "broadcast", "key"}
    for option in sorted(given & (reading if is_writing else writing)):
        if is_writing and option in {"source", "operator", "group"}:
            _refuse(option, "is a filter for reading; what is written has it in the message")
        elif is_writing:
            _refuse(option, "is for reading, mode 'r'")
        _refuse(option, "is for writing, mode 'w', 'a' or 'x'")


def _check_packets(given: set[str], target: _Target, mode: str, format: str) -> None:
    """What is special about packets."""
    if format != "pcap":
        for option in sorted(given & _packets.PACKET_OPTIONS):
            _refuse(option, f"is for packets (pcap:, if:, format='pcap'), not for {target.name}")
        return
    if target.kind != _INTERFACE:
        for option in sorted(given & _packets.INTERFACE_OPTIONS):
            _refuse(option, f"is for interfaces (if:), not for {target.name}")
    if mode == "a":
        raise ValueError("mode 'a' is not for capture files, which begin with a header")
    if mode == "r" and "msgtype" not in given:
        raise ValueError("msgtype= says which messages are made of packets, such as 'base:dnsqr'")
    for option in sorted(given & {"source", "operator", "group", "max_line"}):
        _refuse(option, "does not go with packets")


def _check_target(given: set[str], target: _Target, mode: str, format: str) -> None:
    is_socket = target.kind in {_SOCKETS, _ZMQ, _HANDED}
    is_remote = is_socket or target.kind == _KAFKA
    if format == "nmsgp" and target.kind != _KAFKA:
        raise ValueError("format='nmsgp' is for topics of Kafka (kafka://)")
    if format == "pcap" and target.kind == _KAFKA:
        raise ValueError("format='pcap' is for files, not for topics of Kafka")
    if is_socket and format != "nmsg":
        what = "datagrams" if target.kind == _SOCKETS else "messages of ZeroMQ"
        raise ValueError(f"format='{format}' is for files; {what} are containers, 'nmsg'")
    _check_packets(given, target, mode, format)
    if not target.is_path and mode in {"a", "x"}:
        raise ValueError(
            f"mode '{mode}' is for paths; for {target.name} there is 'w', "
            f"which {'sends' if is_remote else 'writes where it stands'}"
        )
    if target.kind != _SOCKETS:
        for option in sorted(given & {"ring", "broadcast"}):
            instead = "; how much waits is ?hwm=" if target.kind == _ZMQ else ""
            _refuse(option, f"is for sockets (udp://, channel:), not for {target.name}{instead}")
    if format != "nmsg":
        for option in sorted(given & {"compress", "zlevel", "bufsz", "max_container"}):
            instead = "; the limit of lines is max_line=" if option == "max_container" else ""
            _refuse(option, f"is for containers, format='nmsg', not for '{format}'{instead}")
    elif "max_line" in given:
        _refuse("max_line", "is for format='json'; the limit of containers is max_container=")
    if target.kind == _OBJECT and "flush_interval" in given:
        _refuse(
            "flush_interval",
            "is for descriptors; what is written by write() of a file object waits until the "
            "container is full, flush() or close()",
        )


def _check_zlevel(zlevel: Any, compress: bool) -> int:
    if zlevel is None:
        return 0
    if not compress:
        _refuse("zlevel", "goes with compress=True")
    level = zlevel.__index__() if hasattr(zlevel, "__index__") else 0
    if not 1 <= level <= 9:
        _refuse("zlevel", f"is a number from 1 (fastest) to 9 (smallest), not {zlevel!r}")
    return int(level)


@overload
def open(
    where: "_Place | partition | _Readable | ReadableBuffer",
    mode: Literal["r"] = "r",
    *,
    format: Literal["nmsg", "json", "nmsgp", "pcap", "pres"] = "nmsg",
    msgtype: _MsgType | None = None,
    source: SupportsIndex | None = None,
    operator: _NumberOrName | None = None,
    group: _NumberOrName | None = None,
    strings: Literal["str", "bytes"] | None = None,
    errors: Literal["warn", "skip", "raise"] | None = None,
    ring: _Size | None = None,
    max_container: _Size | None = None,
    max_line: _Size | None = None,
    blocking: bool = True,
    partition: SupportsIndex | None = None,
    offset: SupportsIndex | str | None = None,
    config: Mapping[str, object] | None = None,
    **packets: Unpack[_packets._PacketOptions],
) -> _nmsg.input: ...
@overload
def open(
    where: _Place | _Writable,
    mode: Literal["w", "a", "x"],
    *,
    format: Literal["nmsg", "json", "nmsgp", "pcap", "pres"] = "nmsg",
    msgtype: _MsgType | None = None,
    compress: bool = False,
    zlevel: SupportsIndex | None = None,
    bufsz: _Size | None = None,
    flush_interval: float | None = None,
    buffered: bool = True,
    broadcast: bool = False,
    partition: SupportsIndex | None = None,
    key: str | None = None,
    config: Mapping[str, object] | None = None,
) -> _nmsg.output: ...
def open(
    where: Any,
    mode: Literal["r", "w", "a", "x"] = "r",
    *,
    format: Literal["nmsg", "json", "nmsgp", "pcap", "pres"] = "nmsg",
    msgtype: _MsgType | None = None,
    source: SupportsIndex | None = None,
    operator: _NumberOrName | None = None,
    group: _NumberOrName | None = None,
    strings: Literal["str", "bytes"] | None = None,
    errors: Literal["warn", "skip", "raise"] | None = None,
    ring: _Size | None = None,
    max_container: _Size | None = None,
    max_line: _Size | None = None,
    blocking: bool = True,
    compress: bool = False,
    zlevel: SupportsIndex | None = None,
    bufsz: _Size | None = None,
    flush_interval: float | None = None,
    buffered: bool = True,
    broadcast: bool = False,
    partition: SupportsIndex | None = None,
    offset: SupportsIndex | str | None = None,
    key: str | None = None,
    config: Mapping[str, object] | None = None,
    **packets: Unpack[_packets._PacketOptions],
) -> _nmsg.input | _nmsg.output:
    """Open a file, socket or anything else for reading (an nmsg.input) or writing (nmsg.output).

    where:
      a path (str, bytes or os.PathLike; a file that is called like a URL: "./udp:…");
      a piece of a file, as nmsg.partitions() gives it (reading);
      "-": standard input, or standard output for writing;
      a descriptor (int), which close() leaves open;
      "udp://ADDRESS:PORT": datagrams to that address. Reading: port 0 is any free one,
        "udp://:9430" any IPv4 address of this host. IPv6 addresses stand in brackets, names of
        hosts are looked up (IPv4 preferred);
      "channel:NAME" (reading): all UDP addresses of a channel, from the file of channel aliases;
      "zmq+tcp://ADDRESS:PORT", "zmq+ipc://PATH": ZeroMQ, one container in a message. Behind it may
        stand ?type=pubsub (the default) or pushpull, &mode=accept (the default for reading) or
        connect (that for writing), and &hwm=1000, how many messages wait for each other side.
        Port "*" accepts at any free one; `name` then has the address. Writing with pushpull waits
        while nobody takes what was sent, and so does close(), which raises TimeoutError after a
        second without anybody, or ten in which those who are there took nothing;
      a socket of pyzmq (reading), which is received from by its own methods and left open;
      "pcap:PATH" ("pcap:-"): a capture file; "if:NAME" (reading): a network interface. Messages of
        the type msgtype are made of the packets, or the packets in messages are written;
      "kafka://BROKER[:PORT]/TOPIC": a topic of Kafka, see below;
      a file object, which is kept alive and left open. Of plain files, pipes and sockets the
        descriptor is used, from where the object stands; others (io.BytesIO, gzip, bz2, lzma,
        zipfile, your own) are used by their read1() or read(), or by their write(), whose
        exceptions reach you. While nmsg has it, use it for nothing else;
      octets (reading): bytearray, memoryview and other buffers, and bytes that are no path: those
        that are empty or have a NUL octet, as every container has, or with format="json" begin
        with "{". They are not copied, apart from what is being decoded.

    mode: "r" reads; "w" writes, and empties a file that exists; "a" appends to it; "x" raises
      FileExistsError if it exists.
    format: "nmsg" (containers), "json" (an object per line, for files; an object per record, for
      Kafka) or "pcap" (a capture file, as behind "pcap:", of whatever is opened; of both formats
      for reading); for Kafka also "nmsgp" (a message per record, as it stands in a container).

    msgtype, source, operator, group: only these messages; "base:dnsqr" or a tuple (vid, msgtype)
      or a class of nmsg.msgtype; a number; a name or number. When writing, msgtype only.
      For reading packets msgtype is needed: base:dnsqr, base:packet, base:pkt or base:ncap.

    For reading:
    strings: "str" or "bytes" for string fields; None is the default of the program.
    errors: what to do with damaged data. "warn" skips it and warns once (nmsg.DataWarning; the
      default for files), "skip" only counts it in stats (the default for sockets, ZeroMQ and
      Kafka), "raise" raises nmsg.FormatError and goes on with the next read().
    ring (sockets): octets that are held while the program does not read; 64M.
    max_container, max_line: octets of the largest container or line to read; 16M, 64M.
    blocking: False: read() returns None when no message is there.

    For reading packets; where one is not given, the environment variables NMSG_BPF and DNSQR_…
    count, as for nmsgtool:
    bpf: which packets to take, in the language of libpcap ("udp port 53").
    links: "all" reads more link layers than the "usual": several VLAN tags, the loopback of BSD.
    fragments, fragment_timeout: IP datagrams that may lack fragments, 4096, and for how many
      seconds, 60.
    dnsqr_timeout: seconds after which a query counts as unanswered, 60.
    dnsqr_queries: queries that may wait for their response, 131072; with more the oldest count as
      unanswered.
    dnsqr_only: "queries" or "responses": each of them is a message, at once.
    dnsqr_rd: 0 or 1: only messages with this flag RD.
    dnsqr_exclude, dnsqr_include: names (a list, or str with ":" between them): no messages about
      them and those below, but for those included.
    dnsqr_auth, dnsqr_res: addresses or prefixes (a list, or str with "," between them) of
      authoritative servers or resolvers whose traffic alone is wanted. No effect with bpf.
    dnsqr_zero: True: leave out the address of the resolver.
    promiscuous, snaplen, immediate, kernel_buffer (interfaces): also packets for others; octets of
      each that are captured, 1522, 0 for all; True: packets come at once, not up to 0.1 seconds
      later together with others; octets of buffer in the kernel, 16M.

    For writing:
    compress, zlevel: compress containers; level 1 (fastest) to 9 (smallest).
    bufsz: target size of containers in octets; 1M for files, 1280 for sockets, 8192 for ZeroMQ.
    flush_interval: seconds that a message waits in the buffer at most, 0: until the container is
      full, flushed or closed. 5 for files, 0.5 for sockets; file objects that are used by their
      write() have no limit.
    buffered: False: every message is written at once, in a container of its own.
    broadcast (sockets): allow broadcast addresses.

    For Kafka (those of these that are no setting may as well stand in the URL, as "?group=g"):
    group (in the URL only): read as one of a group of readers, among which the broker divides the
      partitions. What a reader has had (all messages of a record, and the next was asked for) the
      broker notes every five seconds, at close() and at input.commit(); another reader goes on
      behind it. So each message comes at least once.
    partition: this one only; without it all are read, and one is chosen for each record written.
    offset (reading): "newest" (what comes after opening; the default), "oldest", a number, or, if
      negative, so many records before the end; for a group, where it starts the first time.
    key (writing "json" and "nmsgp"): name of the field whose value is the key of records.
    config: settings of the client library, librdkafka, that come after those of the file that
      NMSG_KAFKA_CONFIG names; and "nmsg.open.patience.ms" (10000: without an answer of the broker,
      opening fails after that) and "nmsg.close.patience.ms" (30000: as long may flush() and close()
      hear nothing of the broker).
    Writing waits when the client's queue is full, flush() and close() until the broker has
    confirmed all; stats of an output has what was queued, delivered and failed. Containers are of
    64K where bufsz says nothing else, and wait for 0.5 s.

    Sizes are numbers of octets or text such as "64M". Raises OSError (socket.gaierror for unknown
    hosts), ValueError for what does not go together, TypeError, nmsg.RemoteError for brokers
    that do not answer and topics that are not there, and nmsg.Error for names that are unknown
    and for transports that this build does not have.

    After fork() inputs and outputs that have a thread are the parent's (nmsg.Error in the child);
    a socket input that nobody had used goes over to the child, see input.open_sock().

    >>> import io, nmsg
    >>> with nmsg.open("three.nmsg", "w", compress=True) as writer:
    ...     for port in 25, 53, 80:
    ...         writer.write(nmsg.msgtype.base.ipconn(srcport=port))
    >>> with nmsg.open("three.nmsg", msgtype="base:ipconn") as reader:
    ...     print([m["srcport"] for m in reader])
    [25, 53, 80]
    >>> memory = io.BytesIO()
    >>> with nmsg.open(memory, "w") as writer:
    ...     writer.write(nmsg.msgtype.base.ipconn(srcport=53))
    >>> nmsg.open(memory.getvalue()).read()["srcport"]
    53
    >>> with nmsg.open("pcap:out.pcap", "w") as writer:
    ...     writer.write(nmsg.msgtype.base.packet(payload_type="IP", payload=b"\\x45" + bytes(27)))
    >>> nmsg.open("pcap:out.pcap", msgtype="base:packet").read()["payload_type"]
    'IP'
    """
    _packets.check_names(packets, _packets.PACKET_OPTIONS, "open")
    if mode not in _MODES:
        raise ValueError(f"mode is 'r', 'w', 'a' or 'x', not {mode!r}")
    _check_format(format)
    options = {
        "source": source,
        "operator": operator,
        "group": group,
        "strings": strings,
        "errors": errors,
        "ring": ring,
        "max_container": max_container,
        "max_line": max_line,
        "blocking": None if blocking else False,
        "compress": compress or None,
        "zlevel": zlevel,
        "bufsz": bufsz,
        "flush_interval": flush_interval,
        "buffered": None if buffered else False,
        "broadcast": broadcast or None,
        "offset": offset,
        "key": key,
        "msgtype": msgtype,
        **packets,
    }
    given = {name for name, value in options.items() if value is not None}
    is_writing = mode != "r"
    _check_direction(given, is_writing)
    level = _check_zlevel(zlevel, compress)
    wanted = _packets.msgtype_pair(msgtype)
    target = _target(where, is_writing, format)
    form = _take_format(target, format)
    kafka = {"partition": partition, "offset": offset, "key": key}
    _take_kafka_options(target, kafka)
    if target.is_capture and form == "nmsg":
        form = "pcap"
    elif target.is_capture and form != "pcap":
        raise ValueError(f"format={format!r} does not go with {target.name}")
    _check_target(given, target, mode, form)
    if config is not None and target.kind != _KAFKA:
        _refuse("config", f"is for topics of Kafka (kafka://), not for {target.name}")
    if target.kind == _KAFKA:
        _check_direction(target.options.keys() & {"offset", "key"}, is_writing)
        target.where = _kafka.endpoint(target.where, form)
    if is_writing:
        return _nmsg._open_output(
            kind=target.kind,
            where=target.where,
            name=target.name,
            owner=target.owner,
            file_mode=_MODES[mode],
            format=_FORMATS[form],
            msgtype=wanted,
            compress=compress,
            zlevel=level,
            bufsz=bufsz,
            flush_interval=flush_interval,
            buffered=buffered,
            broadcast=broadcast,
            key=target.options.get("key"),
            config=_kafka.settings(config),
        )
    return _nmsg._open_input(
        kind=target.kind,
        where=target.where,
        name=target.name,
        owner=target.owner,
        before=target.before,
        part=target.part,
        format=_FORMATS[form],
        strings=strings,
        errors=errors,
        ring=ring,
        blocking=blocking,
        msgtype=wanted,
        source=source,
        operator=operator,
        group=group,
        max_container=max_container,
        max_line=max_line,
        packets=_packets.packed(packets, asks_environment=True) if form == "pcap" else None,
        config=_kafka.settings(config),
    )
