# SPDX-License-Identifier: Apache-2.0
"""What the tests ask of a broker beside what they test: topics made and deleted, offsets that were
committed. Spoken by hand, so that it does not depend on the client library under test.

Source: the Kafka protocol guide, versions of requests that have no tagged fields.
"""

import socket
import struct

_CREATE_TOPICS, _DELETE_TOPICS, _OFFSET_FETCH, _LIST_OFFSETS = 19, 20, 9, 2
_LATEST = -1


def _text(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()


class Admin:
    """Requests to the one broker of the tests."""

    def __init__(self, address: str) -> None:
        host, port = address.rsplit(":", 1)
        self.address = host, int(port)

    def _ask(self, api: int, version: int, body: bytes) -> bytes:
        head = struct.pack(">hhi", api, version, 7) + _text("tests")
        with socket.create_connection(self.address, timeout=10) as connection:
            connection.sendall(struct.pack(">i", len(head + body)) + head + body)
            stream = connection.makefile("rb")
            (length,) = struct.unpack(">i", stream.read(4))
            answer = stream.read(length)
        return answer[4:]

    def create(self, topic: str, partitions: int = 1) -> None:
        entry = _text(topic) + struct.pack(">ihii", partitions, 1, 0, 0)
        answer = self._ask(_CREATE_TOPICS, 2, struct.pack(">i", 1) + entry + b"\0\0\x27\x10\0")
        (code,) = struct.unpack_from(">h", answer, 4 + 4 + 2 + len(topic))
        assert code == 0, f"creating {topic}: error {code}"

    def delete(self, topic: str) -> None:
        self._ask(_DELETE_TOPICS, 1, struct.pack(">i", 1) + _text(topic) + b"\0\0\x27\x10")

    def committed(self, group: str, topic: str, partition: int = 0) -> int:
        """The offset that a group has committed; -1: none."""
        body = _text(group) + struct.pack(">i", 1) + _text(topic)
        answer = self._ask(_OFFSET_FETCH, 1, body + struct.pack(">ii", 1, partition))
        if answer == struct.pack(">i", 0):
            return -1  # No group has committed anything, anywhere.
        return struct.unpack_from(">q", answer, 4 + 2 + len(topic) + 4 + 4)[0]

    def end(self, topic: str, partition: int = 0) -> int:
        """The offset behind the last record."""
        body = struct.pack(">ii", -1, 1) + _text(topic)
        answer = self._ask(_LIST_OFFSETS, 1, body + struct.pack(">iiq", 1, partition, _LATEST))
        return struct.unpack_from(">q", answer, 4 + 2 + len(topic) + 4 + 4 + 2 + 8)[0]
