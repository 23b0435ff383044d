# SPDX-License-Identifier: Apache-2.0
"""Topics of Kafka as nmsg.open() is given them, as URL and options."""

import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass

_OPTIONS = ("group", "partition", "offset", "format", "key")
_URL = re.compile(r"kafka://(?P<broker>[^/?#@]+)/(?P<topic>[A-Za-z0-9._-]+)(?:\?(?P<query>[^#]*))?")


@dataclass
class Place:
    """A URL, taken apart."""

    url: str
    topic: str
    broker: str
    options: dict[str, str]


def parse_url(url: str) -> Place:
    match = _URL.fullmatch(url)
    if match is None:
        raise ValueError(f"{url!r} is not of the form kafka://BROKER[:PORT]/TOPIC[?group=NAME…]")
    options: dict[str, str] = {}
    for pair in filter(None, (match["query"] or "").split("&")):
        name, equals, value = pair.partition("=")
        if not equals or name not in _OPTIONS or name in options:
            raise ValueError(
                f"{url!r}: {pair!r} is no option, or given twice; there are {', '.join(_OPTIONS)}"
            )
        options[name] = urllib.parse.unquote_plus(value)
    return Place(url, match["topic"], match["broker"], options)


def endpoint(place: Place, format: str) -> str:
    """The same as io/kafka_endpoint.h reads it."""
    options = place.options
    if "group" in options and "partition" in options:
        raise ValueError(f"{place.url}: either a group or a partition, not both")
    if "," in place.broker:
        raise ValueError(
            f"{place.url}: one broker tells of the others of its cluster; for more to begin with "
            "there is config={'bootstrap.servers': …}"
        )
    middle = ""
    if "group" in options:
        middle = "%" + options["group"]
    elif "partition" in options:
        middle = "#" + options["partition"]
    if any(mark in middle[1:] for mark in "#%@"):
        raise ValueError(f"{place.url}: no '#', '%' or '@' in group or partition")
    offset = "," + options["offset"] if "offset" in options else ""
    return f"{format}:{place.topic}{middle}@{place.broker}{offset}"


def settings(config: Mapping[str, object] | None) -> list[tuple[str, str]]:
    """Settings of the client library as it takes them."""
    return [
        (key, str(value).lower() if isinstance(value, bool) else str(value))
        for key, value in (config or {}).items()
    ]
