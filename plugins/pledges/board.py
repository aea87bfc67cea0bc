"""What stands on a community's board (R56): read from one index in order; no name that is not to be shown leaves the database."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, case, func, null, select, tuple_

from core.api import consent_refused, matter_rows, member_places, organization_names, session, settings, tenant_id, today
from plugins.pledges.models import Pledge
from plugins.pledges.words import public_name, state_word, tone

PAGE = 20
MOST = 1000
TABS = ("open", "late", "kept", "not_kept")
SCREEN_OPEN, SCREEN_KEPT = 40, 20


def page(community_id: uuid.UUID, tab: str, after: uuid.UUID | None = None, limit: int = PAGE) -> list[dict[str, Any]]:
    """A page of the board, one more than `limit` where there is a next one: id, who, unit, title, text, deadline, ended_on, state, tone."""
    values = settings("pledges", community_id)
    query = _where(_shown(values), community_id, tab, values)
    forward = tab in ("open", "late")
    order = (Pledge.board_on, Pledge.id) if forward else (Pledge.board_on.desc(), Pledge.id.desc())
    if after is not None and (place := _place(community_id, after)) is not None:
        here, there = tuple_(Pledge.board_on, Pledge.id), tuple_(*place)
        query = query.where(here > there if forward else here < there)
    return _lines(session().execute(query.order_by(*order).limit(limit + 1)).all(), values)


def totals(community_id: uuid.UUID) -> dict[str, int]:
    """How many stand in each part; counted up to 1000, so that it costs the same however many there are."""
    values = settings("pledges", community_id)
    parts = [select(func.count()).select_from(_where(select(Pledge.id), community_id, tab, values).limit(MOST).subquery())
             .scalar_subquery().label(tab) for tab in TABS]
    return dict(session().execute(select(*parts)).one()._mapping)


def counted(number: int) -> str:
    """A total in words."""
    return str(number) if number < MOST else f"{MOST - 1}+"


def screen(community_id: uuid.UUID) -> list[dict[str, Any]]:
    """What the hall's screen shows in turn: what is open, the next deadline first, then what was kept of late."""
    return [*page(community_id, "late", limit=SCREEN_KEPT)[:SCREEN_KEPT], *page(community_id, "open", limit=SCREEN_OPEN)[:SCREEN_OPEN],
            *page(community_id, "kept", limit=SCREEN_KEPT)[:SCREEN_KEPT]]


def public_pledge(community_id: uuid.UUID, pledge_id: uuid.UUID) -> dict[str, Any] | None:
    """One pledge as the board shows it; None when it does not stand there."""
    values = settings("pledges", community_id)
    rows = session().execute(_shown(values).where(Pledge.id == pledge_id, Pledge.community_id == community_id, Pledge.board.is_not(None))).all()
    return _lines(rows, values)[0] if rows else None


def _shown(values: Mapping[str, Any]) -> Select:
    matters, people = matter_rows(), member_places()
    query = (select(Pledge.id, Pledge.text, Pledge.deadline, Pledge.ended_on, Pledge.state, Pledge.member_id, Pledge.unit_id, matters.c.title,
                    (null() if values["name_display"] == "none" else _name(people.c.name)).label("name"))
             .join(matters, matters.c.id == Pledge.matter_id))
    if values["name_display"] != "none":
        query = query.outerjoin(people, people.c.id == Pledge.member_id)
    return query.where(Pledge.tenant_id == tenant_id())


def _name(name: Any) -> Any:
    """A name, unless its bearer has taken consent to stand on public boards back: from then on nobody is shown it."""
    return case((consent_refused("board", Pledge.member_id), null()), else_=name)


def _where(query: Select, community_id: uuid.UUID, tab: str, values: Mapping[str, Any]) -> Select:
    query = query.where(Pledge.tenant_id == tenant_id(), Pledge.community_id == community_id,
                        Pledge.board == ("open" if tab == "late" else tab))
    if tab == "open":
        return query.where(Pledge.board_on >= today())
    if tab == "late":
        return query.where(Pledge.board_on < today())
    return query.where(Pledge.board_on >= today() - dt.timedelta(days=values["board_days"]))


def _place(community_id: uuid.UUID, after: uuid.UUID) -> Any:
    return session().execute(select(Pledge.board_on, Pledge.id).where(
        Pledge.tenant_id == tenant_id(), Pledge.id == after, Pledge.community_id == community_id, Pledge.board.is_not(None))).one_or_none()


def _lines(rows: Sequence[Row], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    shown = {row.unit_id for row in rows if row.member_id is None or values["show_unit"]}
    units = organization_names(shown)
    return [_line(row, units, values) for row in rows]


def _line(row: Row, units: Mapping[uuid.UUID, str], values: Mapping[str, Any]) -> dict[str, Any]:
    own = row.member_id is None
    unit = units.get(row.unit_id, "")
    return {"id": row.id, "who": unit if own else public_name(row.name, values["name_display"]), "unit": "" if own else unit, "title": row.title,
            "text": row.text, "deadline": row.deadline, "ended_on": row.ended_on, "state": row.state,
            "word": state_word(row.state, row.deadline, today()), "tone": tone(row.state, row.deadline, today())}
