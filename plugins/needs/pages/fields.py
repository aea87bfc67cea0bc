"""Fields of forms as core's macro shows them: a name, what was typed, and what is wrong with it."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.api import FormField

NOTHING: Mapping[str, Any] = {}


class Form:
    """What was typed and what is wrong with it, out of which fields are made one by one."""

    def __init__(self, values: Mapping[str, Any] = NOTHING, errors: Mapping[str, list[str]] = NOTHING, message: str | None = None) -> None:
        self.values, self.errors, self.message = values, errors, message

    def field(self, name: str, label: Any, kind: str = "text", default: Any = "", *, help: Any = "", required: bool = False,  # noqa: A002
              choices: Iterable[tuple[str, Any]] = (), filter: bool = False, **attributes: object) -> FormField:  # noqa: A002  the macro's words
        """A field; `attributes` with an underscore stand in the page with a hyphen."""
        value = self.values.get(name, default)
        return FormField(name, kind, label, help, required, (str(value),) if value not in (None, "") else (), tuple(choices),
                     tuple(self.errors.get(name, ())), {key.replace("_", "-"): one for key, one in attributes.items()}, filter=filter)
