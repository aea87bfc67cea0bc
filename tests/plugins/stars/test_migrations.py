"""The history of stars leads down and up again to the same tables, walls and rights."""
from __future__ import annotations

import re
from collections.abc import Callable

from migrations.runner import histories
from tests.migrations.test_core_history import Shape, move, shape
from tests.support.databases import TestDatabase


def test_the_history_goes_down_and_comes_back_as_it_was(new_database: Callable[..., TestDatabase]) -> None:
    made = new_database()
    before = named_once(shape(made))
    history = next(one for one in histories() if one.name == "stars")
    for target, up in (("base", False), ("heads", True)):
        move(made, history.script(), target, up=up, versions=history.version_table)
        gone = {line.split()[1] for line in before - shape(made) if line.startswith("walls")}
        assert gone == (set() if up else {line.split()[1] for line in before if line.startswith("walls stars_")})
    assert named_once(shape(made)) == before


def named_once(found: Shape) -> Shape:
    """The first migration named its checks without op.f: which prefix they bear depends on who runs it."""
    return frozenset(re.sub(r"\bck_(\w+)_ck_\1_", r"ck_\1_", line) for line in found)
