"""What a process may hold, and what is done when it holds more: with a process of its own for what cannot be undone."""
from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from core.memory import MIB, Memory, memory, outgrown, resident, set_memory, watching

EATER = """
import sys
from core.memory import MIB, Memory, cap, set_memory
set_memory(Memory(int(sys.argv[1]) * MIB))
cap()
try:
    bytearray(400 * MIB)
    print("eaten")
except MemoryError:
    print("refused", len(bytearray(10 * MIB)) // MIB)
"""


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = memory()
    yield
    set_memory(before)
    outgrown()


@pytest.mark.parametrize(("most", "said"), [(300, "refused 10"), (900, "eaten"), (0, "eaten")])
def test_what_asks_for_too_much_gets_an_error_and_the_process_goes_on(most: int, said: str) -> None:
    done = subprocess.run([sys.executable, "-c", EATER, str(most)], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == said


def test_the_system_says_what_is_held() -> None:
    before = resident()
    held = bytearray(b"x") * (64 * MIB)
    assert 60 * MIB < resident() - before < 80 * MIB
    del held


@pytest.mark.parametrize(("times", "expected"), [(1.5, (True, True)), (3, (False, True)), (6, (False, False))])
def test_a_quarter_of_it_is_watched_and_half_replaced(times: float, expected: tuple[bool, bool]) -> None:
    set_memory(Memory(int(resident() * times)))
    assert (outgrown(), watching()) == expected


def test_without_a_limit_nothing_is_watched() -> None:
    set_memory(Memory(0))
    assert (outgrown(), watching()) == (False, False)
