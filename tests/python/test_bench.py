# SPDX-License-Identifier: Apache-2.0
"""The measurements: every row runs, figures are compared with what was asked for, and the page and
the picture that show them are not stale. How fast something is is not tested."""

import copy
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import nmsg
import pytest
from nmsg_support import PATIENCE_SEC

TOP = Path(__file__).resolve().parents[2]
BENCH = TOP / "bench"
sys.path.insert(0, str(BENCH))

import chart  # noqa: E402
import datasets  # noqa: E402
import instructions  # noqa: E402
import report  # noqa: E402
import rows  # noqa: E402
import run  # noqa: E402
import shares  # noqa: E402

Results = dict[str, Any]
ALL_ROWS = rows.command_rows() + rows.python_rows() + rows.limit_rows()


def bench(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("PEER_")}
    return subprocess.run(
        [sys.executable, BENCH / program, *map(str, arguments)],
        env=env,
        capture_output=True,
        text=True,
        timeout=10 * PATIENCE_SEC,
        check=False,
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Of a run with few messages, once for all tests."""
    folder = tmp_path_factory.mktemp("bench")
    arguments = ("--scale", "0.001", "--runs", "1", "--no-instructions", "--folder", folder)
    done = bench("run.py", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    found: Results = json.loads((folder / "results.json").read_text())
    return found


@pytest.mark.slow
def test_zeromq_is_measured(results: Results) -> None:
    try:
        nmsg.open("zmq+tcp://127.0.0.1:*").close()
    except nmsg.Error as error:
        pytest.skip(str(error))
    labels = [f"zmq {mode}, nmsgtool, ours to ours" for mode in rows.ZEROMQ_SHARE]
    assert [entry["label"] for entry in results["zeromq"]] == labels
    for entry in results["zeromq"]:
        assert entry["containers_per_sec"] > 0


def beside_a_peer(results: Results) -> Results:
    """As if a peer had been there that is ten times slower."""
    found = copy.deepcopy(results)
    found["machine"]["peer_version"] = "libother 1.0"
    for entry in found["files"]:
        own = entry["ours"]
        if "rate" in own:
            entry["peer"] = {"rate": own["rate"] / 10}
            entry["ratio"] = 10.0
            entry["reached"] = None if entry["goal"] is None else entry["goal"] <= 10
    return found


@pytest.mark.slow
def test_every_row_runs(results: Results) -> None:
    figures = {entry["label"]: entry["ours"] for entry in results["files"]}
    assert list(figures) == [row.label for row in ALL_ROWS]
    for label, figure in figures.items():
        assert figure.get("rate", 0) > 0, label
    assert [
        name for name in rows.MESSAGES if name not in {d["name"] for d in results["datasets"]}
    ] == []
    assert {entry["label"] for entry in results["udp"] if "error" in entry} == set()
    assert len(results["udp"]) == 2 + len(rows.UDP_WAYS)


@pytest.mark.slow
def test_kafka_is_measured(results: Results) -> None:
    if not results["kafka"]:
        pytest.skip("there is no broker to be had, or no librdkafka")
    ways = itertools.product(rows.KAFKA_SHARE, ("into", "out of"))
    labels = [f"kafka {form}, {way} a topic, ours" for form, way in ways]
    assert [entry["label"] for entry in results["kafka"]] == labels
    for entry in results["kafka"]:
        assert entry["records_per_sec"] > 0


@pytest.mark.slow
def test_page_and_picture_show_what_was_measured(results: Results) -> None:
    page = report.render(beside_a_peer(results))
    assert "libother 1.0" in page
    assert "`nmsgtool -r X -J /dev/null`, two cores" in page
    assert "| 10 \N{MULTIPLICATION SIGN} | 20 \N{MULTIPLICATION SIGN} | **no** |" in page
    for name in rows.MESSAGES:
        assert f"### {name}\n" in page
    picture = ElementTree.fromstring(chart.draw(beside_a_peer(results)))
    words = "".join(picture.itertext())
    assert "JSON to NMSG" in words and "libother 1.0" in words


@pytest.mark.slow
def test_without_a_peer_there_is_no_picture(results: Results) -> None:
    assert chart.draw(results) == ""
    assert "### dnsdedupe" in report.render(results)


def test_samples_are_summed_by_what_a_function_belongs_to() -> None:
    text = """# Overhead;Shared Object;Symbol
 40.00%;nmsgtool            ;[.] crc32c_sse42.lto_priv.0  ;-
 20.00%;_nmsg.cpython-311.so;[.] nm_dns_name_format       ;-
 10.00%;[kernel.kallsyms]   ;[k] _copy_to_iter            ;-
 10.00%;libdeflate.so.0     ;[.] 0x00000000000174c9       ;-
"""
    found = {name: share for name, share in shares.shares_of(text).items() if share}
    assert found == {
        "CRC-32C": 50.0,
        "names, record data": 25.0,
        "kernel": 12.5,
        "compressor": 12.5,
    }
    kept = {"x": dict.fromkeys(shares.COLUMNS, 7)}
    page = report.render_shares({"version": "1", "cpu": "C", "shares": kept})
    assert page.endswith("| `x` |" + " 7 |" * len(shares.COLUMNS))


def test_what_the_picture_shows_is_measured() -> None:
    shown = {label for labels in chart.SHOWN.values() for label in labels}
    assert shown <= {row.label for row in ALL_ROWS}


def test_limits_are_those_of_rows() -> None:
    limited = {f"dnsdedupe: {what}" for _, labels in rows.LIMITS.values() for what in labels}
    assert limited <= {row.label for row in ALL_ROWS}


def test_rows_have_names_of_their_own() -> None:
    labels = [row.label for row in ALL_ROWS]
    assert len(set(labels)) == len(labels)
    paths = [path.label for path in instructions.PATHS]
    assert len(set(paths)) == len(paths)


@pytest.mark.parametrize(
    ("rate", "octets", "reached"), [(20.0, 102, True), (19.0, 102, False), (20.0, 103, False)]
)
def test_a_goal_is_one_of_rate_and_of_size(rate: float, octets: int, reached: bool) -> None:
    row = rows.Command("-z", "http", "-r {source} -z -w {target}", "", goal=4.0)
    figures = run.compared(row, {"rate": rate, "octets": octets}, {"rate": 5.0, "octets": 100})
    assert figures["reached"] is reached
    assert figures["ratio"] == rate / 5
    assert run.compared(row, {"rate": rate}, {})["reached"] is None


def test_who_begins_changes() -> None:
    order: list[str] = []

    def measure(name: str) -> Any:
        return lambda: order.append(name) or {"messages": 1}

    run.alternate(3, {name: measure(name) for name in "abc"})
    assert "".join(order) == "abcbcacab"


def test_page_is_not_stale() -> None:
    done = bench("report.py", "--check")
    assert done.returncode == 0, done.stderr


def test_kept_instruction_counts_are_those_of_the_paths() -> None:
    kept = json.loads(instructions.KEPT.read_text())
    assert list(kept["instructions"]) == [path.label for path in instructions.PATHS]
    assert kept["conditions"]["compiler"]


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not installed")
def test_instruction_counts_are_compared(tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    label = "http: nmsgtool -r X -w Y"
    options = ("--only", label, "--kept", kept, "--folder", tmp_path)
    done = bench("instructions.py", *options, "--update")
    assert done.returncode == 0, done.stderr
    found = json.loads(kept.read_text())
    assert list(found["instructions"]) == [label]
    found["instructions"][label] = round(found["instructions"][label] / 2)
    kept.write_text(json.dumps(found))
    done = bench("instructions.py", *options)
    assert done.returncode == 0 and re.search(r"\+(99|100)\.\d %", done.stdout), done.stdout
    done = bench("instructions.py", *options, "--fail-above", "50")
    assert done.returncode == 1 and label in done.stderr


def test_transactions_have_packets_with_right_checksums() -> None:
    kinds = set()
    for _, _, fields in datasets.messages("dnsqr", 300):
        kinds.add(fields["type"])
        fields.pop("udp_checksum", None)  # So that it is computed.
        message = nmsg.msgtype.base.dnsqr(**fields)
        shown = json.loads(message.to_json())["message"]
        if "response_packet" in fields:
            assert message["udp_checksum"] == "CORRECT"
            assert shown["response_json"]["header"]["id"] == fields["id"]
        if "query_packet" in fields:
            assert shown["query_json"]["header"]["id"] == fields["id"]
    assert kinds == {
        "UDP_QUERY_RESPONSE",
        "UDP_UNANSWERED_QUERY",
        "UDP_UNSOLICITED_RESPONSE",
        "TCP",
        "ICMP",
    }
