"""Reading ahead, so that the database works on the next batch while Python works on this one."""
from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(batches: Iterator[T]) -> Iterator[T]:
    """The same batches in the same order, each fetched by a thread while the caller still has the one before.

    Meanwhile the caller leaves alone what they are read from: their session above all. An error comes where its batch would.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        following = thread.submit(next, batches, None)
        while (batch := following.result()) is not None:
            following = thread.submit(next, batches, None)
            yield batch
