"""The list of checks, in the order in which they are run and told."""
from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from web.testing.kit.stage import Stage
    from web.testing.kit.subject import Subject

Static = Callable[["Subject"], Iterator[str]]
Staged = Callable[["Subject", "Stage"], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Check:
    """One promise of the kit. `run` yields a sentence for each thing that is wrong; staged ones need the plugin to be let in."""

    name: str
    title: str
    run: Callable[..., Iterator[str]]
    staged: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found; None: it could not be run, as the plugin is not let in."""

    check: Check
    faults: tuple[str, ...] | None


CHECKS: dict[str, Check] = {}


def static(title: str) -> Callable[[Static], Static]:
    """Add a check that reads the plugin's manifest and files."""
    def add(function: Static) -> Static:
        CHECKS[function.__name__] = Check(function.__name__, title, function, staged=False)
        return function
    return add


def staged(title: str) -> Callable[[Staged], Staged]:
    """Add a check that tries the plugin on the stage."""
    def add(function: Staged) -> Staged:
        CHECKS[function.__name__] = Check(function.__name__, title, function, staged=True)
        return function
    return add


def run_check(check: Check, subject: Subject, stage: Stage | None) -> Outcome:
    """Run one check; without a stage those that need one are not run. What the plugin raises meanwhile is what is wrong with it."""
    if check.staged and stage is None:
        return Outcome(check, None)
    faults: list[str] = []
    try:
        faults.extend(check.run(subject, stage) if check.staged else check.run(subject))
    except Exception as error:  # noqa: BLE001  a plugin may raise anything
        faults.append(f"检验时插件出错：{described(error)}。请改正后再检验。")
    return Outcome(check, tuple(faults))


def described(error: Exception) -> str:
    """The error with the last place in the files of the plugin, or of whoever raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    text = str(error).splitlines()[0] if str(error) else ""
    return f"{type(error).__name__}: {text}（{Path(frames[-1].filename).name}:{frames[-1].lineno}）"


def examine(subject: Subject, stage: Stage | None) -> Iterator[Outcome]:
    """Run every check, those of the manifest and the files first."""
    return (run_check(check, subject, stage) for check in sorted(CHECKS.values(), key=lambda check: check.staged))
