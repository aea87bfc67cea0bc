"""Near matches: the street that the code names comes before a like name elsewhere, and another city's code is not guessed at."""
from __future__ import annotations

import uuid

import pytest

from tenants.importing.places import Place, Places

NAMES = {"420103009008": "天门墩社区居委会", "420103009001": "西桥社区居委会", "420102007008": "金门社区", "420117002033": "天城社区",
         "420111001003": "街道口社区居民委员会"}


@pytest.fixture
def places() -> Places:
    """Some communities of one city."""
    found = Places()
    for code, name in NAMES.items():
        place = Place(uuid.uuid5(uuid.NAMESPACE_OID, code), code, name, f"/{code}/", "")
        found.by_code[code] = place
        for key in {name, name.removesuffix("社区居委会").removesuffix("社区")}:
            found.by_name[key].append(place)
    return found


@pytest.mark.parametrize(("name", "code", "first"), [
    ("天门敦社区", "420103009999", "天门墩社区居委会（420103009008）"),
    ("天门敦社区", "", "天门墩社区居委会（420103009008）"),
    ("街道口", "420103009999", "街道口社区居民委员会（420111001003）"),
])
def test_the_likely_community_comes_first(places: Places, name: str, code: str, first: str) -> None:
    assert places.near(name, code)[0] == first


def test_a_code_alone_is_looked_for_in_its_street(places: Places) -> None:
    assert sorted(places.near("", "420103009003")) == sorted(str(places.by_code[c]) for c in ("420103009001", "420103009008"))


def test_another_citys_community_has_no_near_match(places: Places) -> None:
    assert places.near("金门社区居委会", "422801003001") == (str(places.by_code["420102007008"]),)  # the very name is worth a look
    assert places.near("天门社区", "422801003001") == ()
