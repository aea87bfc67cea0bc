"""Names of core.api on their way out: each still answers, and warns whoever asks for it, so that a plugin learns of it in time."""
from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Leaving:
    """What stands behind a name that is going, from which API_VERSION on it is gone, and what to use instead."""

    value: Callable[[], Any]
    gone_in: int
    instead: str


#: The names that are going; docs/stability.md says how long each stays.
LEAVING: dict[str, Leaving] = {}


def leaving(name: str) -> Any:
    """core.api's `__getattr__`: the value of a name that is going, with a DeprecationWarning at the line that asks for it.

    Raises AttributeError, as every module does, for a name that there is not.
    """
    if (found := LEAVING.get(name)) is None:
        raise AttributeError(f"module 'core.api' has no attribute {name!r}")
    warnings.warn(f"core.api.{name} is gone in API version {found.gone_in}; use {found.instead}", DeprecationWarning, stacklevel=2)
    return found.value()
