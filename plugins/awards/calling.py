"""Calling a selection (R84): what is asked and of whom, changed while it is open, cancelled with a reason."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from core.api import Conflict, Invalid, NotFound, _, acting, audit, deed_kinds, now, organization, session, settings, tenant_id, today
from plugins.awards.finding import locked_selection, needed, of_selection
from plugins.awards.models import LEVELS, NOMINATION_STATES, SUBJECTS, AwardSelection

TABLE = "awards_selection"
SUBORDINATE = {"committee": LEVELS, "county": ("unit", "community", "street"), "sector": ("unit",), "street": ("community",), "community": ()}


@dataclass(frozen=True, slots=True)
class SelectionInput:
    """What the form says; `deed` is a kind and a level of the rules with a colon between, or empty."""

    kind: str
    title: str
    criteria: str
    subject: str = "member"
    steps: tuple[str, ...] = ()
    total: int | None = None
    each: int | None = None
    nominate_until: dt.date | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    least_records: int = 1
    least_hours: int = 0
    deed: str = ""


def call(selection_id: uuid.UUID, organization_id: uuid.UUID, given: SelectionInput) -> uuid.UUID:
    """Call a selection for a place's subtree; `selection_id` makes the same form sent twice one. Raises Invalid, NotFound."""
    place = organization(organization_id)
    if place.kind not in SUBORDINATE:
        raise NotFound
    if session().get(AwardSelection, (tenant_id(), selection_id)) is not None:
        return selection_id
    row = AwardSelection(id=selection_id, organization_id=organization_id, state="open", made_by=acting().account_id, version=1, created_at=now())
    _fill(row, given, place.kind)
    session().add(row)
    session().flush()
    audit("awards.called", TABLE, row.id, {"kind": row.kind, "subject": row.subject})
    return row.id


def change(selection_id: uuid.UUID, version: int | None, given: SelectionInput) -> None:
    """Change the call while it is open; whom it is for stays once somebody is nominated. Raises Conflict, Invalid, NotFound."""
    row = locked_selection(selection_id, version)
    if row.state != "open":
        raise Conflict(_("这次评选已经公示或办结，不能再改。"))
    if (given.subject, tuple(given.steps)) != (row.subject, tuple(filter(None, row.steps.split(",")))) and _has_nominations(row.id):
        raise Conflict(_("已经有提名，评选对象和推荐层级不能再改。"))
    _fill(row, given, organization(row.organization_id).kind)
    row.version += 1
    session().flush()
    audit("awards.changed", TABLE, row.id)


def cancel(selection_id: uuid.UUID, version: int | None, reason: str) -> None:
    """Cancel it, with a reason that those concerned may read. Raises Conflict, Invalid, NotFound."""
    row = locked_selection(selection_id, version)
    if row.state not in ("open", "published"):
        raise Conflict(_("这次评选已经办结。"))
    row.note, row.state = needed(reason), "cancelled"
    row.version += 1
    session().flush()
    audit("awards.cancelled", TABLE, row.id)


def deed_choices() -> list[tuple[str, str]]:
    """As what the rules in force could know an award: a kind and a level each, in words; empty where no rule asks for such."""
    found = []
    for key, kind in deed_kinds().items():
        found += [(f"{key}:{level}", f"{kind['title']}·{level}") for level in kind["levels"]] or [(f"{key}:", str(kind["title"]))]
    return found


def _has_nominations(selection_id: uuid.UUID) -> bool:
    return bool(of_selection(selection_id, *NOMINATION_STATES))


def _fill(row: AwardSelection, given: SelectionInput, kind: str) -> None:
    wrong = _wrong(row, given, kind)
    if wrong:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), wrong)
    year = today().year
    row.kind, row.title, row.criteria, row.subject = given.kind, given.title.strip(), given.criteria.strip(), given.subject
    row.steps = ",".join(one for one in LEVELS if one in given.steps)
    row.total, row.each, row.nominate_until = given.total, given.each, given.nominate_until
    row.since, row.until = given.since or dt.date(year, 1, 1), given.until or dt.date(year, 12, 31)
    row.least_records, row.least_minutes = given.least_records, given.least_hours * 60
    key, _colon, level = given.deed.partition(":")
    row.deed_kind, row.deed_level = key or None, level or None


def _wrong(row: AwardSelection, given: SelectionInput, kind: str) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    if given.kind not in (*settings("awards", row.organization_id)["kinds"], row.kind):
        wrong["kind"] = [_("请从列表中选择")]
    if not 2 <= len(given.title.strip()) <= 60:
        wrong["title"] = [_("请用 2 至 60 个字")]
    if not 4 <= len(given.criteria.strip()) <= 1000:
        wrong["criteria"] = [_("请用 4 至 1000 个字写明条件")]
    if given.subject not in SUBJECTS:
        wrong["subject"] = [_("请从列表中选择")]
    if set(given.steps) - set(SUBORDINATE[kind]):
        wrong["steps"] = [_("只能选本级以下的层级")]
    if (given.since or given.until) and not (given.since and given.until and given.since <= given.until):
        wrong["until"] = [_("请填起止日期，止不能早于起")]
    if given.deed and given.deed not in dict(deed_choices()):
        wrong["deed"] = [_("请从列表中选择")]
    return wrong
