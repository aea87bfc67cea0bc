"""Ids that the database makes for the rows of one statement: alike where their parts are alike, in the order of time, not to be guessed."""
from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Uuid, cast, func, literal

from core.api import new_id


class Ids:
    """The ids of one statement, as UUIDv7: they begin with the time, so that a batch's rows lie together in each index by id."""

    def __init__(self) -> None:
        self._begin, self._secret = f"{new_id().hex[:12]}7", secrets.token_hex(16)

    def of(self, *parts: Any) -> Any:
        """The expression of an id by columns: the same for the same values, another one in each statement."""
        hashed = func.encode(func.sha256(func.convert_to(func.concat(self._secret, *parts), "UTF8")), "hex")
        text = func.concat(literal(self._begin), func.substr(hashed, 1, 3), "8", func.substr(hashed, 4, 15))
        return cast(text, Uuid)
