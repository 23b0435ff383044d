# SPDX-License-Identifier: Apache-2.0
"""A long stream through a writer and a reader costs no more memory than a short one.

usage: flat_memory.py write COUNT        write messages to standard output
       flat_memory.py read COUNT         read them from standard input, write them again to nowhere,
                                         keep every 10,000th

Prints, as JSON, octets: what the process grew by after the first tenth of the messages, and of the
messages kept their payloads, their sizes as Python sees them, and what they cost.
"""

import json
import os
import sys
import tracemalloc

import measure
import nmsg

KEPT_EVERY = 10_000
TEXT = b"x" * 400


def write(count: int) -> dict[str, int]:
    before = 0
    with nmsg.output.open_file(sys.stdout) as writer:
        message = nmsg.msgtype.base.logline(message=TEXT)
        for number in range(count):
            if number == count // 10:
                before = measure.holdings().resident
            if number % 10 == 0:
                message["category"] = str(number)
            writer.write(message)
        grown = measure.holdings().resident - before
    return {"grown": grown, "messages": writer.stats.messages}


def read(count: int) -> dict[str, int]:
    before = 0
    kept = []
    number = 0
    with (
        nmsg.input.open_file(sys.stdin, strings="bytes") as reader,
        nmsg.output.open_file(os.devnull) as writer,
    ):
        for message in reader:
            if number == count // 10:
                before = measure.holdings().resident
            if number % KEPT_EVERY == 0:
                kept.append(message)
                assert message["category"]
            writer.write(message)
            number += 1
        grown = measure.holdings().resident - before
    assert [int(m["category"]) for m in kept] == list(range(0, count, KEPT_EVERY))
    payloads = sum(len(m.payload) for m in kept)
    sizes = sum(sys.getsizeof(m) for m in kept)
    return {"grown": grown, "messages": number, "payloads": payloads, "sizes": sizes}


def keep(count: int) -> dict[str, int]:
    """What messages that are kept cost, to the octet."""
    kept = []
    tracemalloc.start()
    with nmsg.input.open_file(sys.stdin) as reader:
        before = 0
        for number, message in enumerate(reader):
            if number == 0:
                before = tracemalloc.get_traced_memory()[0]
            if number % (KEPT_EVERY // 100) == 0:
                _ = message["category"]
                kept.append(message)
        del message
        cost = tracemalloc.get_traced_memory()[0] - before - sys.getsizeof(kept)
    return {
        "messages": number + 1,
        "payloads": sum(len(m.payload) for m in kept),
        "sizes": sum(sys.getsizeof(m) for m in kept),
        "kept": len(kept),
        "cost": cost,
    }


def main() -> None:
    function = {"write": write, "read": read, "keep": keep}[sys.argv[1]]
    print(json.dumps(function(int(sys.argv[2]))), file=sys.stderr)


if __name__ == "__main__":
    main()
