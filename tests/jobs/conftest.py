"""Two cities for the tests of this room."""
from __future__ import annotations

import pytest

from tests.support.cities import configure_keys, make_city
from tests.support.databases import TestDatabase


@pytest.fixture
def city(database: TestDatabase) -> int:
    """A tenant with a data key."""
    configure_keys()
    return make_city(1)


@pytest.fixture
def other_city(city: int) -> int:
    """A second tenant."""
    return make_city(2)
