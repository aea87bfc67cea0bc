"""What the pages of co-building share: forms on a page of their own, rows in words."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Row

from core.api import organization_names
from core.pages import one_form
from plugins.cobuilding.words import STATES, TONES, kind_word, quantity

Route = tuple[str, str, Callable[..., Any], tuple[str, ...]]
GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")


#: One of the forms that stand on a page of their own, as `core.pages.one_form`; `lead` says what it is about.
answered = partial(one_form, "cobuilding/form.html", lead="")


def item_lines(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Offers and needs in words; the names of their owners in one query."""
    names = organization_names({row.unit_id or row.community_id for row in rows})
    return [{**row._mapping, "owner": names.get(row.unit_id or row.community_id, ""), "kind_word": kind_word(row.kind),
             "quantity": quantity(row._mapping)} for row in rows]


def agreement_lines(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Agreements in words; the names of both sides in one query."""
    names = organization_names({one for row in rows for one in (row.unit_id, row.community_id)})
    return [{**row._mapping, "unit": names.get(row.unit_id, ""), "community": names.get(row.community_id, ""), "kind_word": kind_word(row.kind),
             "quantity": quantity(row._mapping), "word": str(STATES[row.state]), "tone": TONES[row.state]} for row in rows]
