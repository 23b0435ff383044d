# SPDX-License-Identifier: Apache-2.0
"""Options of packets, for nmsg.open() and nmsg.capture()."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, SupportsIndex, TypeAlias, TypedDict, Unpack

from nmsg import _nmsg

_Number: TypeAlias = SupportsIndex
_Texts: TypeAlias = str | Iterable[str]


class _CaptureOptions(TypedDict, total=False):
    """Keywords of nmsg.capture() and, for packets, of nmsg.open()."""

    bpf: str | None
    links: Literal["usual", "all"] | None
    fragments: _Number | None
    fragment_timeout: _Number | None
    dnsqr_timeout: _Number | None
    dnsqr_queries: _Number | None
    dnsqr_only: Literal["queries", "responses"] | None
    dnsqr_rd: Literal[0, 1] | bool | None
    dnsqr_zero: bool | None
    dnsqr_exclude: _Texts | None
    dnsqr_include: _Texts | None
    dnsqr_auth: _Texts | None
    dnsqr_res: _Texts | None


class _PacketOptions(_CaptureOptions, total=False):
    """The same, and keywords of interfaces."""

    promiscuous: bool | None
    snaplen: _Number | None
    immediate: bool | None
    kernel_buffer: SupportsIndex | str | None


CAPTURE_OPTIONS = frozenset(_CaptureOptions.__annotations__)
PACKET_OPTIONS = frozenset(_PacketOptions.__annotations__)
INTERFACE_OPTIONS = frozenset(PACKET_OPTIONS - CAPTURE_OPTIONS)

_NUMBER_MAX = 2**31 - 1


def _number(options: Mapping[str, Any], name: str, default: int, *, least: int = 1) -> int:
    value = options.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name}= is an int, not {type(value).__name__}")
    number = value.__index__()
    if not least <= number <= _NUMBER_MAX:
        raise ValueError(f"{name}= is a number from {least} to {_NUMBER_MAX}, not {value!r}")
    return int(number)


def _number_text(options: Mapping[str, Any], name: str) -> str | None:
    number = _number(options, name, 0)
    return str(number) if number > 0 else None


def _word(options: Mapping[str, Any], name: str, words: tuple[str, str]) -> int | None:
    value = options.get(name)
    if value is None:
        return None
    if value not in words:
        raise ValueError(f"{name}= is {words[0]!r} or {words[1]!r}, not {value!r}")
    return words.index(value)


def _bit(options: Mapping[str, Any], name: str) -> str | None:
    value = options.get(name)
    if value is None:
        return None
    if value not in (0, 1):
        raise ValueError(f"{name}= is 0 or 1, not {value!r}")
    return str(int(value))


def _list(options: Mapping[str, Any], name: str, separator: str) -> str | None:
    value = options.get(name)
    if value is None or isinstance(value, str):
        return value
    texts = [str(text) for text in value]
    if any(separator in text for text in texts if separator == ","):
        raise ValueError(f"{name}= has an item with {separator!r} in it")
    return separator.join(texts)


def packed(options: Mapping[str, Any], *, asks_environment: bool) -> tuple[Any, ...]:
    """The tuple that ext/packet_options.c takes apart."""
    only = _word(options, "dnsqr_only", ("queries", "responses"))
    dnsqr = (
        _number_text(options, "dnsqr_timeout"),
        _number_text(options, "dnsqr_queries"),
        None if only is None else str(only),
        _bit(options, "dnsqr_rd"),
        _bit(options, "dnsqr_zero"),
        _list(options, "dnsqr_exclude", ":"),
        _list(options, "dnsqr_include", ":"),
        _list(options, "dnsqr_auth", ","),
        _list(options, "dnsqr_res", ","),
    )
    return (
        options.get("bpf"),
        _word(options, "links", ("usual", "all")) == 1,
        _number(options, "fragments", 4096),
        _number(options, "fragment_timeout", 60),
        bool(options.get("promiscuous")),
        bool(options.get("immediate")),
        _number(options, "snaplen", 1522, least=0),
        options.get("kernel_buffer"),
        asks_environment,
        dnsqr,
    )


def check_names(options: Iterable[str], known: frozenset[str], function: str) -> None:
    """Raise TypeError as Python does for keywords that a function does not have."""
    for name in options:
        if name not in known:
            raise TypeError(f"{function}() got an unexpected keyword argument {name!r}")


def msgtype_pair(msgtype: Any) -> tuple[Any, Any] | None:
    """Vendor and type, from what a user calls a message type."""
    if isinstance(msgtype, str):
        vendor, colon, name = msgtype.partition(":")
        if not (vendor and colon and name):
            raise ValueError(f"msgtype is VENDOR:TYPE, such as 'base:dnsqr', not {msgtype!r}")
        return _number_or_name(vendor), _number_or_name(name)
    if isinstance(msgtype, tuple) and len(msgtype) == 2:
        return msgtype
    if isinstance(msgtype, type) and issubclass(msgtype, _nmsg.message):
        return getattr(msgtype, "_vid", 0), getattr(msgtype, "_msgtype", 0)
    if msgtype is None:
        return None
    raise TypeError(
        "msgtype is 'VENDOR:TYPE', a tuple (vid, msgtype) or a class of nmsg.msgtype, "
        f"not {type(msgtype).__name__}"
    )


def _number_or_name(text: str) -> int | str:
    return int(text) if text.isdecimal() and text.isascii() else text


_NumberOrName: TypeAlias = SupportsIndex | str | bytes
MsgType: TypeAlias = str | tuple[_NumberOrName, _NumberOrName] | type[_nmsg.message]


def capture(
    msgtype: MsgType,
    linktype: SupportsIndex = 1,
    *,
    strings: Literal["str", "bytes"] | None = None,
    **options: Unpack[_CaptureOptions],
) -> _nmsg.packet_capture:
    """Make messages of packets that the program has got by itself: with scapy, dpkt, a socket.

    msgtype: the type of the messages: "base:dnsqr", "base:packet", "base:pkt" or "base:ncap", or
      as for nmsg.open().
    linktype: what the packets begin with, by the numbers of libpcap: 1 is Ethernet, 101 an IP
      packet, 113 and 276 what Linux captures on the interface "any".
    strings: as for nmsg.open().
    options: bpf, links, fragments, fragment_timeout and dnsqr_…, as for nmsg.open(). The
      environment is not looked at. bpf needs libpcap, everything else does not.

    Gives an nmsg.packet_capture: feed(octets, time) for each packet gives a list of messages,
    finish() those that were left waiting, and stats the counts.

    >>> import nmsg
    >>> capture = nmsg.capture("base:dnsqr", linktype=101)
    >>> query = bytes.fromhex("450000390001000040110000c0000201c0000235")
    >>> query += bytes.fromhex("9c40003500250000") + bytes.fromhex("000701000001000000000000")
    >>> query += b"\\7example\\3net\\0" + bytes.fromhex("00010001")
    >>> capture.feed(query, 1700000000.25)
    []
    >>> for m in capture.finish():
    ...     print(m["type"], m["query_ip"], m.text("qname"))
    UDP_UNANSWERED_QUERY 192.0.2.1 example.net.
    """
    check_names(options, CAPTURE_OPTIONS, "capture")
    wanted = msgtype_pair(msgtype)
    if wanted is None:
        raise TypeError("msgtype is 'VENDOR:TYPE' or a class of nmsg.msgtype, not None")
    given = packed(options, asks_environment=False)
    return _nmsg._open_capture(wanted, linktype.__index__(), strings, given)
