"""Reading ahead changes neither the order nor where an error comes, and never runs further than one batch."""
from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.ahead import ahead


def batches(fetched: list[int], fail_at: int = 99) -> Iterator[int]:
    for number in range(1, 5):
        if number == fail_at:
            raise RuntimeError("the connection is gone")
        fetched.append(number)
        yield number


def test_the_same_batches_in_the_same_order() -> None:
    assert list(ahead(batches([]))) == [1, 2, 3, 4]
    assert list(ahead(iter(()))) == []


def test_an_error_comes_where_its_batch_would() -> None:
    reader = ahead(batches([], fail_at=3))
    assert [next(reader), next(reader)] == [1, 2]
    with pytest.raises(RuntimeError, match="gone"):
        next(reader)


def test_whoever_stops_has_fetched_one_more_at_most() -> None:
    fetched: list[int] = []
    reader = ahead(batches(fetched))
    next(reader)
    reader.close()
    assert fetched == [1, 2]
