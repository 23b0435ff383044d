# SPDX-License-Identifier: Apache-2.0
"""Seeds of the targets that read DNS data."""

from collections.abc import Callable, Iterator

Seeds = Iterator[tuple[str, bytes]]

TARGETS: dict[str, Callable[[], Seeds]] = {}
