# SPDX-License-Identifier: Apache-2.0
"""Files read, written, damaged and refused leave nothing behind."""

import asyncio
import contextlib
import os
import sys
import warnings
from io import BytesIO
from pathlib import Path

import measure
import nmsg
import nmsg_wire as wire

FOLDER = Path(sys.argv[1])
GOOD = FOLDER / "good.nmsg"
BAD = FOLDER / "bad.nmsg"
ENDS_EARLY = FOLDER / "early.nmsg"
OUT = FOLDER / "out.nmsg"
BODY = wire.body(wire.conns(1, 2, 3))


def make_files() -> None:
    email = wire.Payload(msgtype=2, data=wire.octets(7, b"a") + wire.octets(7, b"b"))
    unknown = wire.Payload(vid=99, msgtype=9, data=b"?" * 5000)
    good = wire.container(wire.conn(1), email, unknown)
    GOOD.write_bytes(
        good
        + wire.frame(wire.zblock(BODY), flags=wire.ZLIB)
        + b"".join(wire.fragments(BODY, 20))
        + wire.frame(BODY, version=1)
    )
    BAD.write_bytes(
        wire.frame(b"\xff\xff")
        + wire.frame(b"\0\0\0\5\xff\xff", flags=wire.ZLIB)
        + wire.fragment(1, 2, 1, b"x")
        + wire.fragment(2, 0, 5, b"never complete")
        + wire.frame(wire.body(wire.conns(1), crcs=[0]))
        + wire.container(wire.Payload(data=b"\xff"))
        + good
        + b"garbage instead of a header"
    )
    ENDS_EARLY.write_bytes(good + good[:-1])


def read() -> None:
    with nmsg.input.open_file(GOOD) as reader:
        assert sum(len(m.items()) for m in reader) == 11
        _ = reader.stats, repr(reader)


def read_some_and_drop() -> None:
    reader = nmsg.input.open_file(GOOD, strings="bytes")
    reader.set_filter_msgtype("base", "email")
    message = reader.read()
    message["rcpt"].append(b"c")


def read_batches() -> None:
    with nmsg.input.open_file(GOOD) as reader:
        assert sum(len(batch) for batch in reader.batches(4)) == 12
        assert reader.at_end
    reader = nmsg.input.open_file(GOOD, strings="bytes")
    reader.read_batch(5)[3].items()
    with nmsg.open(BytesIO(GOOD.read_bytes())) as reader:
        assert len(next(reader.batches(9))) == 9
    for wrong in ((0,), (1, -1), ("x",), (1, "x")):
        with contextlib.suppress(ValueError, TypeError):
            reader.batches(*wrong)


def read_bad_batches() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for errors in ("warn", "skip", "raise"):
            reader = nmsg.input.open_file(BAD, errors=errors)
            for _ in range(2):  # What is left then goes with the input.
                with contextlib.suppress(nmsg.FormatError, nmsg.DataWarning):
                    reader.read_batch(100)


def interrupted_batches() -> None:
    pieces = iter([GOOD.read_bytes(), KeyboardInterrupt(), b""])

    class Interrupting:
        def read(self, _size: int) -> bytes:
            piece = next(pieces)
            if isinstance(piece, KeyboardInterrupt):
                raise piece
            return piece

    reader = nmsg.open(Interrupting())
    with contextlib.suppress(KeyboardInterrupt):
        reader.read_batch(100)
    assert reader.read()["srcport"] == 1
    assert len(reader.read_batch(3)) == 3


def async_batches() -> None:
    async def main() -> None:
        async with nmsg.input.open_file(GOOD) as reader:
            assert sum([len(batch) async for batch in reader.batches(4)]) == 12
        async with nmsg.input.open_file(BAD, errors="raise") as reader:
            for _ in range(6):
                with contextlib.suppress(nmsg.FormatError):
                    await reader.read_batch_async(2, timeout=1)
        reading, writing = os.pipe()
        async with nmsg.input.open_file(reading) as reader:
            task = asyncio.create_task(reader.read_batch_async(2))
            os.write(writing, wire.container(wire.conn(1)))
            await asyncio.sleep(0.001)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        os.close(reading)
        os.close(writing)

    asyncio.run(main())


def read_bad() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for errors in ("warn", "skip", "raise"):
            with nmsg.input.open_file(BAD, errors=errors) as reader:
                while True:
                    try:
                        if reader.read() is None:
                            break
                    except nmsg.FormatError:
                        pass


def read_truncated() -> None:
    with contextlib.suppress(nmsg.TruncatedError):
        list(nmsg.input.open_file(ENDS_EARLY))


def warned() -> None:
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        with contextlib.suppress(nmsg.FormatError):
            list(nmsg.input.open_file(BAD))


def write() -> None:
    with nmsg.output.open_file(OUT, 512) as writer:
        for port in range(20):
            writer.write(nmsg.msgtype.base.ipconn(srcport=port))
        writer.write(nmsg.msgtype.base.pkt(payload=b"x" * 2000))
        writer.set_zlibout(True)
        writer.set_buffered(False)
        writer.write(nmsg.msgtype.base.email(rcpt=["a", "b"]))
        _ = writer.stats, repr(writer)


def write_and_drop() -> None:
    nmsg.output.open_file(OUT).write(nmsg.msgtype.base.ipconn())


def write_to_a_full_disk() -> None:
    writer = nmsg.output.open_file("/dev/full")
    writer.write(nmsg.msgtype.base.ipconn())
    for attempt in (writer.flush, writer.close):
        with contextlib.suppress(OSError):
            attempt()


def write_to_nobody() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with contextlib.suppress(BrokenPipeError), nmsg.output.open_file(writing) as writer:
        writer.write(nmsg.msgtype.base.ipconn())
    os.close(writing)


def read_a_growing_pipe() -> None:
    reading, writing = os.pipe()
    with nmsg.input.open_file(reading) as reader:
        reader.set_blocking_io(False)
        octets = wire.container(wire.conn(1))
        for part in (octets[:7], octets[7:]):
            assert reader.read() is None
            os.write(writing, part)
        assert reader.read()["srcport"] == 1
    os.close(reading)
    os.close(writing)


def refused() -> None:
    for function in (nmsg.input.open_file, nmsg.output.open_file):
        for what in (FOLDER / "no" / "file", FOLDER, None, 987654):
            with contextlib.suppress(OSError, TypeError):
                function(what)
    for options in ({"strings": "x"}, {"errors": "x"}, {"nothing": 1}):
        with contextlib.suppress(ValueError, TypeError):
            nmsg.input.open_file(GOOD, **options)
    for options in ({"bufsz": -1}, {"flush_interval": -1}, {"bufsz": "x"}):
        with contextlib.suppress(ValueError):
            nmsg.output.open_file(OUT, **options)
    with nmsg.input.open_file(GOOD) as reader:
        for name, value in (("operator", "x"), ("group", "x"), ("source", -1)):
            with contextlib.suppress(nmsg.Error, OverflowError):
                getattr(reader, f"set_filter_{name}")(value)
    nmsg.input().close()
    nmsg.output().close()


def main() -> None:
    make_files()
    measure.check(read, read_some_and_drop, read_truncated, read_bad, warned, runs=1200)
    measure.check(read_batches, read_bad_batches, interrupted_batches, runs=1200)
    measure.check(async_batches, runs=600)
    measure.check(write, write_and_drop, write_to_a_full_disk, write_to_nobody, runs=1200)
    measure.check(read_a_growing_pipe, refused, runs=1200)


if __name__ == "__main__":
    main()
