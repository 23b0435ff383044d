# SPDX-License-Identifier: Apache-2.0
"""The type stubs of the message classes: up to date, true to the module, and of use to mypy."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nmsg
import pytest

TOP = Path(__file__).resolve().parents[2]
SCRIPT = TOP / "scripts" / "make_stubs.py"
STUB = Path("python/nmsg/_nmsg.pyi")
TABLES = Path("src/message/schema")


def run(*arguments: str | Path) -> tuple[int, str]:
    """Exit status of the script and what it says."""
    done = subprocess.run(
        [sys.executable, SCRIPT, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


# -- the script --


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the script reads and writes."""
    shutil.copytree(TOP / TABLES, tmp_path / TABLES)
    (tmp_path / STUB).parent.mkdir(parents=True)
    shutil.copy(TOP / STUB, tmp_path / STUB)
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_stub_is_up_to_date() -> None:
    assert run("--check") == (0, "")


def test_new_field_is_noticed_and_written(tree: Path) -> None:
    table = tree / TABLES / "base_ipconn.c"
    row = '{5, NM_NAME("dstport"), NM_PB_UINT32, NM_KIND_UINT16, 0, NULL},'
    added = '{6, NM_NAME("ends"), NM_PB_DOUBLE,\n NM_KIND_DOUBLE, NM_FIELD_REPEATED, NULL}'
    edit(table, row, f"{row}\n{added}")
    status, output = run("--check", tree)
    assert (status, "not up to date" in output) == (1, True)
    assert run(tree) == (0, "")
    assert run("--check", tree) == (0, "")
    stub = (tree / STUB).read_text(encoding="utf-8")
    assert 'Literal["ends"]' in stub
    assert "ends: _FloatsArg = ..." in stub


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("NM_KIND_IP, 0", "NM_KIND_PLANET, 0", "base_ipconn.c:7: unknown kind or flag: {2,"),
        ("NM_KIND_IP, 0", "NM_KIND_IP, NM_FIELD_ODD", "base_ipconn.c:7: unknown kind or flag"),
        ("NM_KIND_IP, 0, NULL", "NM_KIND_IP, 0, &a", "base_ipconn.c:7: enums have symbols"),
        ("{2, ", "{TWO, ", "base_ipconn.c:7: row not understood: {TWO,"),
        ("NM_KIND_IP, 0, NULL}", "NM_KIND_IP, 0}", "base_ipconn.c:7: row not understood"),
        ("0, NULL},", "0, NULL}", "base_ipconn.c:7: comma expected"),
        (".type = 5", ".type = FIVE", "base_ipconn.c:13: not understood: const nm_schema"),
        ("SCHEMA_FIELDS(ipconn", "SCHEMA_FIELDS(other", "base_ipconn.c:13: no rows other_fields"),
        ("NM_VENDOR_BASE", "NM_VENDOR_NOBODY", "tables.h:1: no number for NOBODY"),
        ("static const nm_field", "const nm_field", "base_ipconn.c:5: not understood"),
    ],
)
def test_script_refuses_what_it_does_not_understand(
    tree: Path, old: str, new: str, complaint: str
) -> None:
    edit(tree / TABLES / "base_ipconn.c", old, new)
    status, output = run("--check", tree)
    assert (status, complaint in output) == (1, True), output


def test_script_refuses_a_file_without_a_type(tree: Path) -> None:
    (tree / TABLES / "base_new.c").write_text("/* Nothing yet. */\n")
    assert run("--check", tree) == (1, f"{TABLES}/base_new.c:1: no message type in this file\n")


def test_script_refuses_a_stub_without_marks(tree: Path) -> None:
    edit(tree / STUB, "# -- end of", "# -- somewhere in")
    status, output = run(tree)
    assert (status, "marks are missing" in output) == (1, True)


def test_generated_lines_do_not_make_a_file_too_long(tree: Path) -> None:
    """But those that somebody wrote do."""
    check_style = SCRIPT.with_name("check_style.py")
    for count, status in ((100, 0), (800, 1)):
        begin, end = (f"# -- {what} of what scripts/x.py writes --\n" for what in ("begin", "end"))
        licence = "# SPDX-License-Identifier: Apache-2.0\n"
        text = licence + "a\n" * count + begin + "b\n" * 5000 + end
        (tree / "python/nmsg/_nmsg.pyi").write_text(text)
        done = subprocess.run([sys.executable, check_style, tree / "python"], check=False)
        assert done.returncode == status


# -- stub and module --

# Type of values in the stub -> something to assign, and the class of what comes back.
SAMPLES: dict[str, tuple[Any, type]] = {
    "_Enum": (77, int),
    "_Bytes": (b"\0\xff", bytes),
    "_Text": ("text", str),
    "_IP": ("192.0.2.1", str),
    "_Int": (7, int),
    "_Float": (1.5, float),
    "_Bool": (True, bool),
}


def members(node: ast.ClassDef, kind: type[ast.stmt]) -> Iterator[Any]:
    return (member for member in node.body if isinstance(member, kind))


def read_stub() -> dict[str, tuple[dict[str, str], set[str]]]:
    """Message class, as "base.http" -> its fields with their types, and the constructor's names."""
    tree = ast.parse((TOP / STUB).read_text(encoding="utf-8"))
    aliases = {
        node.target.id: re.findall(r"'(\w+)'", ast.unparse(node.value))
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value
    }
    found = {}
    (msgtype,) = (n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "msgtype")
    for vendor in members(msgtype, ast.ClassDef):
        for node in members(vendor, ast.ClassDef):
            functions = list(members(node, ast.FunctionDef))
            fields = {
                name: ast.unparse(function.returns)
                for function in functions
                if function.name == "__getitem__"
                for name in aliases.get(ast.unparse(function.args.posonlyargs[1].annotation), ())
            }
            (init,) = (function for function in functions if function.name == "__init__")
            names = {argument.arg for argument in init.args.kwonlyargs}
            found[f"{vendor.name}.{node.name}"] = (fields, names)
    return found


CLASSES = read_stub()


def class_of(name: str) -> type[Any]:
    vendor, mname = name.split(".")
    found: type[Any] = getattr(getattr(nmsg.msgtype, vendor), mname)
    return found


def test_stub_has_the_classes_of_the_module() -> None:
    in_module = {
        f"{vendor}.{name}"
        for vendor, classes in vars(nmsg.msgtype).items()
        if isinstance(classes, type) and vendor != "isc"
        for name, value in vars(classes).items()
        if isinstance(value, type)
    }
    assert set(CLASSES) == in_module
    assert nmsg.msgtype.isc is nmsg.msgtype.base


def described(name: str) -> dict[str, nmsg.field_info]:
    return {field.name: field for field in nmsg.describe(class_of(name)).fields}


def computed(name: str) -> set[str]:
    return {name for name, field in described(name).items() if field.computed}


@pytest.mark.parametrize("name", CLASSES)
def test_stub_has_the_fields_of_the_module(name: str) -> None:
    fields, arguments = CLASSES[name]
    in_module = {name: field.repeated for name, field in described(name).items()}
    assert {field: value.startswith("list[") for field, value in fields.items()} == in_module
    assert arguments == set(fields) - {"from"} - computed(name)


@pytest.mark.parametrize("name", CLASSES)
def test_types_of_values_are_those_of_the_module(name: str) -> None:
    fields, _ = CLASSES[name]
    for field in fields.keys() - computed(name):
        value = fields[field]
        element = value.removeprefix("list[").removesuffix("]")
        sample, kind = SAMPLES[element]
        message = class_of(name)(**{field: [sample] if element != value else sample})
        read = message[field]
        if element != value:
            assert type(read) is list
            (read,) = read
        assert type(read) is kind, field
        assert read == sample
        with pytest.raises((TypeError, OSError)):
            message[field] = object()


# -- mypy --

PROGRAM = """
import sys
from collections.abc import MutableMapping
from datetime import datetime, timezone
from pathlib import Path
from typing import assert_type

import nmsg
from nmsg import msgtype

http: nmsg.msgtype.base.http = msgtype.isc.http(type="sinkhole", srcip="192.0.2.1", srcport=80)
assert_type(http["srcip"], str)
assert_type(http["type"], str | int)
assert_type(http["request"], str | bytes)
assert_type(http.get("srcport"), int | None)
assert_type(http.get("srcport", 0), int)
assert_type(http.operator, str | bytes | int | None)
http.source, http.operator = 1, None
http["p0f_dist"] = None
mail = msgtype.base.email(rcpt=["a@example.org"], **{"from": "b@example.org"})
mail["rcpt"].append("c@example.org")
assert_type(mail["rcpt"], list[str | bytes])
assert_type(http.pop("srcport"), int)
assert_type(http.pop("srcport", None), int | None)
assert_type(http.setdefault("srcip", "192.0.2.1"), str)
assert_type(http.copy(), nmsg.msgtype.base.http)
http.update({"srcport": 1}, dstport=80)
http.update(mail)
http.time = datetime.now(timezone.utc)
http.time_ns += 1
http.fields["srcport"] = 5
fields: MutableMapping[str, object] = http.fields
names: set[str] = http.field_names | set(http.field_types)
info = nmsg.describe(type(http))
assert_type(info.fields[0].symbols, dict[str, int] | None)
assert_type(nmsg.types(), list[str])

def copy(source: Path, target: Path) -> int:
    with nmsg.output.open_file(target, flush_interval=0) as writer:
        writer.set_zlibout(True)
        for m in nmsg.input.open_file(source, strings="bytes"):
            writer.write(m)
            nmsg.print_nmsg_header(m, sys.stdout)
            if isinstance(m, msgtype.base.pkt):
                assert_type(m["payload"], bytes)
            for key in m:
                print(key, m[key])
            print(dict(m))
    assert_type(writer.stats.octets, int)
    return writer.stats.messages

reader = nmsg.input.open_sock("::1", 9430, ring="1M", errors="warn")
assert_type(reader.read(), nmsg.message | None)
assert_type(reader.stats.lost.kernel, int)
assert_type(reader.stats[5].payloads, int)
assert_type(nmsg.nullinput(strings="str").read(b"", tv=1.5), list[nmsg.message])
try:
    reader.close()
except nmsg.TruncatedError as e:
    assert_type(e.offset, int | None)
"""

MISTAKES = [
    'nmsg.msgtype.base.ipconn(srcip=b"1234")',
    'nmsg.msgtype.base.ipconn(srcipp="192.0.2.1")',
    "nmsg.msgtype.base.ipconn(1, 5)",
    "nmsg.msgtype.base.logline(message=1)",
    'nmsg.msgtype.base.ipconn()["srcip"] + 1',
    "nmsg.msgtype.base.nothing()",
    "nmsg.message(1, 5).vid = 2",
    "nmsg.message(1, 5).time = 5",
    "nmsg.message(1, 5).fields = {}",
    'nmsg.msgtype.base.ipconn().update(srcport="80")',
    "nmsg.msgtype.base.ipconn().update(nothing=80)",
    "nmsg.describe(5)",
    'nmsg.input.open_file("a", errors="ignore")',
    'nmsg.output.open_file("a").write("message")',
    "nmsg.input.open_file('a').read().keys()",
]


@pytest.mark.slow
def test_mypy_understands_programs(tmp_path: Path) -> None:
    """Right lines are right to mypy, and each of the wrong ones is wrong to it."""
    lines = PROGRAM.splitlines() + MISTAKES
    (tmp_path / "program.py").write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "program.py"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    first = len(PROGRAM.splitlines()) + 1
    wrong = {int(number) for number in re.findall(r"^program\.py:(\d+): error", done.stdout, re.M)}
    assert wrong == set(range(first, first + len(MISTAKES))), done.stdout
