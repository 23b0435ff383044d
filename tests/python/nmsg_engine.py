# SPDX-License-Identifier: Apache-2.0
"""What the tests of the engine share."""

from collections.abc import Callable

import nmsg


def collect(engine: nmsg.io) -> list[nmsg.message]:
    """What a callback of the engine gets."""
    messages: list[nmsg.message] = []
    engine.add_output_callback(messages.append)
    return messages


def collect_all(engine: nmsg.io) -> list[nmsg.message]:
    messages = collect(engine)
    engine.loop()
    return messages


class Calls:
    """A callback that remembers the ports, and does something at each message."""

    def __init__(self, then: Callable[[], object] = lambda: None) -> None:
        self.ports: list[int] = []
        self.then = then

    def __call__(self, message: nmsg.message) -> None:
        self.ports.append(message["srcport"])
        self.then()
