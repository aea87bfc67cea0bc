"""What a refused piece of work says, for tests that compare whole sentences."""
from __future__ import annotations

from collections.abc import Callable

import pytest

from core.errors import BaodaoError


def refusal(work: Callable[[], object]) -> tuple[str, dict[str, list[str]]]:
    """The sentence of a refusal, and the words beside its fields."""
    with pytest.raises(BaodaoError) as caught:
        work()
    return caught.value.message, dict(getattr(caught.value, "fields", {}))


def sentences(work: Callable[[], object]) -> tuple[str, ...]:
    """The sentence of a refusal, then the words beside its fields."""
    said, fields = refusal(work)
    return said, *(text for texts in fields.values() for text in texts)
