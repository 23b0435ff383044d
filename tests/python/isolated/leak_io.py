# SPDX-License-Identifier: Apache-2.0
"""Engines made, run, broken, dropped and refused leave nothing behind."""

import contextlib
import os
import sys
import warnings
from pathlib import Path

import measure
import nmsg
import nmsg_wire as wire

FOLDER = Path(sys.argv[1])
GOOD = FOLDER / "good.nmsg"
BAD = FOLDER / "bad.nmsg"
CHANNELS = FOLDER / "chalias"


def make_files() -> None:
    GOOD.write_bytes(wire.container(*wire.conns(*range(10))))
    GOOD.with_suffix(".json").write_text(
        "".join(m.to_json() + "\n" for m in nmsg.input.open_file(GOOD))
    )
    BAD.write_bytes(wire.container(wire.Payload(msgtype=5, data=b"\xff")) + GOOD.read_bytes()[:-1])
    CHANNELS.write_text("ch1 127.0.0.1/0 127.0.0.1/0\nch2 127.0.0.1/0 x\nch3 192.0.2.1/1\nch4\n")
    os.environ["NMSG_CHALIAS_FILE"] = str(CHANNELS)


def run() -> None:
    with nmsg.io() as engine:
        engine.add_input(nmsg.input.open_file(GOOD))
        engine.add_input(nmsg.input.open_json(GOOD.with_suffix(".json")))
        engine.add_output(nmsg.output.open_file(os.devnull))
        engine.add_output(nmsg.output.open_json(os.devnull))
        engine.add_output_callback(lambda m: m["srcport"])
        engine.add_output_callback(len, batch=True)
        engine.loop()


def drop_in_a_cycle() -> None:
    engine = nmsg.io()
    engine.add_input(nmsg.input.open_file(GOOD))
    engine.add_output_callback(lambda _: engine.break_loop())
    engine.loop()


def fail() -> None:
    engine = nmsg.io()
    engine.add_input(nmsg.input.open_file(GOOD))
    engine.add_input(nmsg.input.open_file(BAD, errors="raise"))
    engine.add_output_callback(lambda m: m["nothing"])
    for _ in range(3):
        with contextlib.suppress(KeyError, nmsg.FormatError):
            engine.loop()


def fail_with_lists() -> None:
    engine = nmsg.io()
    engine.add_input(nmsg.input.open_file(GOOD))
    engine.add_input(nmsg.input.open_file(BAD, errors="raise"))
    engine.add_output_callback(lambda messages: messages[0]["nothing"], batch=True)
    engine.add_output_callback(lambda messages: (engine, messages), batch=True)
    for _ in range(3):
        with contextlib.suppress(KeyError, nmsg.FormatError):
            engine.loop()


def hold_and_drop() -> None:
    """A message that a full pipe did not take."""
    ends = os.pipe()
    os.set_blocking(ends[1], False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(ends[1], bytes(4096))
    engine = nmsg.io()
    for _ in range(100):
        engine.add_input(nmsg.input.open_file(GOOD))
    engine.add_output(nmsg.output.open_file(ends[1], 512))
    engine.add_output_callback(lambda _: len(os.listdir("/proc/self/task")) and None)
    os.close(ends[0])
    with contextlib.suppress(BrokenPipeError):
        engine.loop()
    with contextlib.suppress(BrokenPipeError):
        engine.close()
    os.close(ends[1])


def callback_outputs() -> None:
    output = nmsg.output.open_callback(lambda _: output.close())
    output.write(nmsg.msgtype.base.ipconn())
    other = nmsg.output.open_callback(lambda _: other)
    for wrong in (None, 1):
        with contextlib.suppress(TypeError):
            nmsg.output.open_callback(wrong)  # type: ignore[arg-type]


def names() -> None:
    str(nmsg.msgmod(1, 4))
    nmsg.ip_pton("192.0.2.1")
    nmsg.msgmod.vid_to_vname(1)
    nmsg.msgmod.vname_to_vid("sie")
    nmsg.msgmod.mname_to_msgtype(1, "http")
    nmsg.msgmod.msgtype_to_mname(1, 4)
    nmsg.msgmod.get_max_msgtype(1)
    for function, args in (
        (nmsg.msgmod, (1, 77)),
        (nmsg.msgmod.oname_to_oid, ("nobody",)),
        (nmsg.msgmod.vname_to_vid, ("nobody",)),
        (nmsg.ip_pton, ("nothing",)),
    ):
        with contextlib.suppress(nmsg.Error):
            function(*args)


def unknown_channels() -> None:
    engine = nmsg.io()
    for name in ("ch2", "ch3", "ch4", "ch5"):
        with contextlib.suppress(nmsg.Error, OSError):
            engine.add_input_channel(name, ring="64K")
    os.environ["NMSG_CHALIAS_FILE"] = "/nowhere"
    with contextlib.suppress(nmsg.Error):
        engine.add_input_channel("ch1")
    os.environ["NMSG_CHALIAS_FILE"] = str(CHANNELS)


def channels() -> None:
    with nmsg.io() as engine:
        engine.add_input_channel("ch1", ring="64K")
    nmsg.io().add_input_channel("ch1", ring="64K")


def main() -> None:
    warnings.simplefilter("ignore")
    make_files()
    measure.check(callback_outputs, names, runs=10_000)
    measure.check(run, drop_in_a_cycle, fail, fail_with_lists, hold_and_drop, runs=1200)
    measure.check(channels, unknown_channels, runs=300)


if __name__ == "__main__":
    main()
