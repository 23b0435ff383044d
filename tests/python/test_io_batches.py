# SPDX-License-Identifier: Apache-2.0
"""Callbacks of the engine that get lists of messages."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import nmsg
import nmsg_wire as wire
import pytest
from nmsg_support import Sender, ports

READ = nmsg.input.open_file

BAD_PAYLOAD = wire.container(wire.conn(3), wire.Payload(msgtype=5, data=b"\xff"), wire.conn(4))


def container(*values: int) -> bytes:
    return wire.container(*wire.conns(*values))


@pytest.fixture
def engine() -> Iterator[nmsg.io]:
    with nmsg.io() as one:
        yield one


class Lists:
    """A callback that remembers what it got, and does something each time."""

    def __init__(self, then: Callable[[], object] = lambda: None) -> None:
        self.lists: list[list[int]] = []
        self.then = then

    def __call__(self, messages: list[nmsg.message]) -> None:
        self.lists.append(ports(messages))
        self.then()

    @property
    def ports(self) -> list[int]:
        return list(itertools.chain(*self.lists))


def test_a_callback_gets_lists(engine: nmsg.io, make_file: Callable[..., Path]) -> None:
    count = 2000
    engine.add_input(READ(make_file(container(*range(count)))))
    calls = Lists()
    engine.add_output_callback(calls, batch=True)
    engine.loop()
    assert calls.ports == list(range(count))
    assert len(calls.lists) < 10
    (output,) = engine.outputs
    assert output.stats.messages == count
    assert output.func is calls


def test_lists_are_the_program_s_own(engine: nmsg.io, make_file: Callable[..., Path]) -> None:
    kept: list[list[nmsg.message]] = []
    engine.add_input(READ(make_file(container(*range(1500)))))
    engine.add_output_callback(kept.append, batch=True)
    engine.loop()
    assert ports(itertools.chain(*kept)) == list(range(1500))
    assert len({id(batch) for batch in kept}) == len(kept) > 1


def test_messages_do_not_wait_for_others(
    engine: nmsg.io, receiver: nmsg.input, send: Sender
) -> None:
    left = list(range(5))

    def send_next() -> None:
        if left:
            send(container(left.pop(0)))
        else:
            engine.break_loop()

    calls = Lists(send_next)
    engine.add_input(receiver)
    engine.add_output_callback(calls, batch=True)
    send_next()
    engine.loop()
    assert calls.lists == [[0], [1], [2], [3], [4]]


def test_outputs_of_both_kinds_take_turns(engine: nmsg.io, make_file: Callable[..., Path]) -> None:
    engine.add_input(READ(make_file(container(*range(9)))))
    one, other, single = Lists(), Lists(), []
    engine.add_output_callback(one, batch=True)
    engine.add_output_callback(single.append)
    engine.add_output_callback(other, batch=True)
    engine.loop()
    assert (one.ports, ports(single), other.ports) == ([0, 3, 6], [1, 4, 7], [2, 5, 8])


def test_damage_ends_the_loop_behind_what_stands_before_it(
    engine: nmsg.io, make_file: Callable[..., Path]
) -> None:
    calls = Lists()
    engine.add_input(READ(make_file(container(1, 2), BAD_PAYLOAD, container(5)), errors="raise"))
    engine.add_output_callback(calls, batch=True)
    with pytest.raises(nmsg.FormatError):
        engine.loop()
    assert calls.ports == [1, 2, 3]
    engine.loop()
    assert calls.ports == [1, 2, 3, 4, 5]


def test_what_a_callback_raises_takes_nothing_from_others(
    engine: nmsg.io, make_file: Callable[..., Path]
) -> None:
    def fail() -> None:
        raise LookupError

    failing, other = Lists(fail), Lists()
    engine.add_input(READ(make_file(container(*range(4)))))
    engine.add_output_callback(failing, batch=True)
    engine.add_output_callback(other, batch=True)
    with pytest.raises(LookupError):
        engine.loop()
    assert (failing.ports, other.ports) == ([0, 2], [1, 3])
    engine.loop()
    assert (failing.ports, other.ports) == ([0, 2], [1, 3])


def test_break_loop_leaves_nothing_behind(engine: nmsg.io, make_file: Callable[..., Path]) -> None:
    calls = Lists()
    engine.add_input(READ(make_file(container(*range(9)))))
    engine.add_output_callback(calls, batch=True)
    engine.add_output_callback(lambda m: m["srcport"] == 3 and engine.break_loop())
    engine.loop()
    assert calls.ports == [0, 2]
    engine.loop()
    assert calls.ports == [0, 2, 4, 6, 8]


def test_a_callback_with_lists_may_close_the_engine(make_file: Callable[..., Path]) -> None:
    engine = nmsg.io()
    calls = Lists(engine.close)
    engine.add_input(READ(make_file(container(1, 2))))
    engine.add_output_callback(calls, batch=True)
    engine.loop()
    assert calls.ports == [1, 2]
    with pytest.raises(TypeError):
        engine.add_output_callback(calls, True)  # type: ignore[misc]
