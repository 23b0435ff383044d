# SPDX-License-Identifier: Apache-2.0
"""Random choices for datasets.py and transactions.py, the same ones on every machine.

Only Random.random() and getrandbits() are used of the random module: they promise the same numbers
for the same seed in every version of Python. Addresses are those set aside for benchmarks
(198.18.0.0/15 and 2001:2::/48).
"""

import ipaddress
import random
from typing import Any

FIRST_TIME_SEC = 1_700_000_000
BENCH_V4 = int(ipaddress.IPv4Address("198.18.0.0"))
BENCH_V6 = int(ipaddress.IPv6Address("2001:2::"))
POOL_LEN = 4096

HOSTS = ["update", "cdn", "www", "api", "mail", "static", "img", "ads", "ns1", "portal"]

Fields = dict[str, Any]


class Chance:
    """Random choices, some of them skewed as traffic is: a few addresses send most of it."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.share = self._random.random  # 0 <= share() < 1
        self.bits = self._random.getrandbits
        self._sources = [self._address() for _ in range(POOL_LEN)]
        self._targets = [self._address() for _ in range(POOL_LEN // 16)]

    def _address(self) -> str:
        if self.share() < 0.12:
            return str(ipaddress.IPv6Address(BENCH_V6 | self.bits(16) << 64 | self.bits(32)))
        return str(ipaddress.IPv4Address(BENCH_V4 | self.bits(17)))

    def pick(self, items: list[Any]) -> Any:
        return items[int(self.share() * len(items))]

    def skewed(self, items: list[Any]) -> Any:
        return items[int(self.share() ** 3 * len(items))]

    def source(self) -> str:
        return str(self.skewed(self._sources))

    def target(self) -> str:
        return str(self.skewed(self._targets))

    def ephemeral_port(self) -> int:
        return 32768 + self.bits(14) + self.bits(13)


def wire_name(text: str) -> bytes:
    """A domain name in wire form (RFC 1035, 3.1)."""
    labels = text.encode().split(b".")
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def domain(chance: Chance) -> str:
    suffix = chance.skewed(["com.example", "net.example", "org.example", "co.example", "example"])
    return f"{chance.pick(HOSTS)}{chance.bits(18):x}.{suffix}"


def record_data(chance: Chance, rrtype: int, owner: str) -> bytes:
    """Data of one record: A, NS, CNAME, SOA, MX, TXT or AAAA."""
    if rrtype == 1:
        return ipaddress.IPv4Address(BENCH_V4 | chance.bits(17)).packed
    if rrtype == 28:
        return ipaddress.IPv6Address(BENCH_V6 | chance.bits(16) << 64 | chance.bits(32)).packed
    if rrtype == 16:
        text = f"v=spf1 ip4:198.18.{chance.bits(8)}.0/24 include:{owner} ~all".encode()
        return bytes([len(text)]) + text
    name = wire_name(f"{chance.pick(HOSTS)}.{domain(chance)}")
    if rrtype == 15:
        return (10 * (1 + chance.bits(2))).to_bytes(2, "big") + name
    if rrtype == 6:
        numbers = (2023_00_00_00 + chance.bits(20), 7200, 3600, 1209600, 3600)
        return (
            name
            + wire_name(f"hostmaster.{owner}")
            + b"".join(number.to_bytes(4, "big") for number in numbers)
        )
    return name
