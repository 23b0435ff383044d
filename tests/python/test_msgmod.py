# SPDX-License-Identifier: Apache-2.0
"""Numbers and names of vendors, types, operators and groups; addresses; what pynmsg called so."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nmsg
import pytest
from nmsg_support import run_python

MSGMOD = nmsg.msgmod


def test_a_type_as_text() -> None:
    assert str(MSGMOD(1, 4)) == "[1:4 base http] message module"
    assert str(MSGMOD(vid=2, msgtype=1)).startswith("[2:1 SIE ")


@pytest.mark.parametrize(("vid", "msgtype"), [(1, 0), (1, 999), (0, 4), (77, 1)])
def test_an_unknown_type(vid: int, msgtype: int) -> None:
    with pytest.raises(nmsg.Error, match=r"^nmsg_msgmod_lookup\(\) failed$"):
        MSGMOD(vid, msgtype)


def test_names_of_all_types() -> None:
    """Every class of messages is found by its names and numbers."""
    count = 0
    for vendor in (nmsg.msgtype.base, nmsg.msgtype.sie):
        vid = vendor._vid
        vname = MSGMOD.vid_to_vname(vid)
        assert vname.lower() == vendor._vname
        types = [value for value in vars(vendor).values() if isinstance(value, type)]
        for kind in types:
            number = kind._msgtype
            name = kind.__name__.partition("_")[2]
            assert MSGMOD.mname_to_msgtype(vid, name) == number
            assert MSGMOD.mname_to_msgtype(vid, name.upper()) == number
            assert MSGMOD.msgtype_to_mname(vid, number) == name
            text = f"[{vid}:{number} {vname} {name}] message module"
            assert str(MSGMOD(vid, number)) == text
            count += 1
        assert MSGMOD.get_max_msgtype(vid) == max(kind._msgtype for kind in types)
    assert count >= 20


@pytest.mark.parametrize(
    ("name", "vid"), [("base", 1), ("BASE", 1), ("isc", 1), ("ISC", 1), ("SIE", 2), ("sie", 2)]
)
def test_vendors(name: str, vid: int) -> None:
    assert MSGMOD.vname_to_vid(name) == vid


ERRORS: list[tuple[Callable[..., object], tuple[Any, ...], str]] = [
    (MSGMOD.vid_to_vname, (77,), "unknown vendor ID"),
    (MSGMOD.vid_to_vname, (0,), "unknown vendor ID"),
    (MSGMOD.vname_to_vid, ("nobody",), "unknown vendor name"),
    (MSGMOD.vname_to_vid, ("",), "unknown vendor name"),
    (MSGMOD.msgtype_to_mname, (1, 999), "unknown message type"),
    (MSGMOD.msgtype_to_mname, (77, 1), "unknown message type"),
    (MSGMOD.mname_to_msgtype, (1, "x"), "unknown vendor ID or message type name"),
    (MSGMOD.mname_to_msgtype, (77, "http"), "unknown vendor ID or message type name"),
    (MSGMOD.get_max_msgtype, (77,), "unknown vendor ID"),
    (MSGMOD.oname_to_oid, ("nobody",), "unknown operator name: nobody"),
    (MSGMOD.grname_to_grid, ("nobody",), "unknown group name: nobody"),
]


@pytest.mark.parametrize(("function", "args", "text"), ERRORS)
def test_unknown_names_and_numbers(
    function: Callable[..., object], args: tuple[Any, ...], text: str
) -> None:
    with pytest.raises(nmsg.Error) as caught:
        function(*args)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (MSGMOD.vid_to_vname, ("base",)),
        (MSGMOD.vname_to_vid, (1,)),
        (MSGMOD.vname_to_vid, (b"base",)),
        (MSGMOD.msgtype_to_mname, (1,)),
        (MSGMOD.msgtype_to_mname, (1, "http")),
        (MSGMOD.mname_to_msgtype, (1, 4)),
        (MSGMOD.mname_to_msgtype, (1, "http", 1)),
        (MSGMOD.oname_to_oid, (None,)),
        (MSGMOD.grname_to_grid, (1,)),
        (MSGMOD, (1,)),
        (MSGMOD, ("base", "http")),
        (nmsg.ip_pton, (b"127.0.0.1",)),
        (nmsg.ip_pton, (1,)),
    ],
)
def test_arguments_of_the_wrong_type(
    function: Callable[..., object], args: tuple[Any, ...]
) -> None:
    with pytest.raises(TypeError):
        function(*args)


def test_numbers_out_of_range() -> None:
    for number in (-1, 1 << 32):
        with pytest.raises(OverflowError):
            MSGMOD.vid_to_vname(number)


def test_functions_of_the_module() -> None:
    for name in (
        "vid_to_vname",
        "vname_to_vid",
        "msgtype_to_mname",
        "mname_to_msgtype",
        "get_max_msgtype",
        "oname_to_oid",
        "grname_to_grid",
    ):
        assert getattr(nmsg, f"msgmod_{name}") == getattr(MSGMOD, name)
        assert f"msgmod_{name}" in nmsg.__all__
    assert nmsg.msgmod_msgtype_to_mname(1, 5) == "ipconn"


def test_names_of_operators_and_groups(tmp_path: Path) -> None:
    for name, text in (("opalias", "7 Op7\n0x20 op32\n"), ("gralias", "9 Group\n")):
        (tmp_path / name).write_text(text)
    code = (
        "import nmsg\n"
        "m = nmsg.msgmod\n"
        "print(m.oname_to_oid('op7'), m.oname_to_oid('OP32'), m.grname_to_grid('group'))\n"
    )
    environment = {
        **os.environ,
        "NMSG_OPALIAS_FILE": str(tmp_path / "opalias"),
        "NMSG_GRALIAS_FILE": str(tmp_path / "gralias"),
    }
    assert run_python(code, env=environment) == "7 32 9\n"


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("192.0.2.1", b"\xc0\0\2\1"),
        ("0.0.0.0", bytes(4)),
        ("::", bytes(16)),
        ("2001:db8::1", b"\x20\1\x0d\xb8" + bytes(11) + b"\1"),
        ("::ffff:192.0.2.1", bytes(10) + b"\xff\xff\xc0\0\2\1"),
    ],
)
def test_addresses(text: str, octets: bytes) -> None:
    assert nmsg.ip_pton(text) == octets


@pytest.mark.parametrize(
    "text", ["", "192.0.2", "192.0.2.256", "example.org", "::1%lo", "1.2.3.4\0"]
)
def test_what_is_no_address(text: str) -> None:
    for kind in (nmsg.AddressError, nmsg.Error, OSError, ValueError):
        with pytest.raises(kind, match=r"^illegal IP address string passed to inet_pton$"):
            nmsg.ip_pton(text)


def test_names_that_pynmsg_leaked_are_not_exported() -> None:
    for name in ("os", "sys", "time", "socket", "threading", "ctypes", "raise_kbint"):
        assert not hasattr(nmsg, name)
