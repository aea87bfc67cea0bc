"""Proposes an agreement on an offer, a need, or one of each: what is known of them is filled in, and the reason is asked for."""
from __future__ import annotations

import calendar
import datetime as dt
import uuid
from typing import Any

from flask import request, url_for
from sqlalchemy import Row

from core.api import (
    Conflict,
    Forbidden,
    NotFound,
    _,
    acting,
    authorize,
    new_id,
    organization,
    organization_names,
    place_target,
    requires,
    settings,
    today,
)
from core.pages import me
from plugins.cobuilding import agreeing, queries, rights
from plugins.cobuilding.agreeing import AgreementInput
from plugins.cobuilding.pages.doing import BOTH, Route, answered
from plugins.cobuilding.pages.forms import TERMS, ByCommunitySchema, ByUnitSchema, ProposalSchema, terms
from plugins.cobuilding.words import kind_word, kinds


def last_day(since: dt.date, months: int) -> dt.date:
    """The last day of so many months that begin on `since`."""
    year, month = divmod(since.month - 1 + months, 12)
    day = min(since.day, calendar.monthrange(since.year + year, month + 1)[1])
    return dt.date(since.year + year, month + 1, day) - dt.timedelta(days=1)


@requires("cobuilding.propose")
def propose(item_id: uuid.UUID) -> Any:
    """The form; the address may name the item of the other side, or the community to which a unit gives what it offers."""
    row, other = queries.one_item(item_id), _other()
    if other is not None and (other.side == row.side or other.kind != row.kind):
        raise NotFound
    offer, need = (row, other) if row.side == "offer" else (other, row)
    given = _given(offer, need)
    _may(offer, need, given)
    schema = ProposalSchema() if other is not None or given else ByCommunitySchema() if need is None else ByUnitSchema()
    values = {name: getattr(offer, name, None) or getattr(need, name, None) for name in TERMS}  # what is given goes before what was missing
    chosen = "" if other is not None or given else "community_id" if need is None else "unit_id"
    places = schema.fields[chosen].metadata["choices"]() if chosen else []
    since = today()

    def do(data: dict[str, Any]) -> None:
        unit_id: Any = data.get("unit_id") or getattr(offer, "unit_id", None)
        community_id: Any = data.get("community_id") or given or getattr(need, "community_id", None)
        sides = rights.sides(unit_id, community_id)
        agreeing.propose(data["ticket"], AgreementInput(
            unit_id, community_id, terms(data), data["since"], data["until"], data["reason"], getattr(offer, "id", None), getattr(need, "id", None)),
            sides, by=me())
    return answered(schema, {"ticket": new_id(), **values, "since": since, "until": last_day(since, int(settings("cobuilding")["months"])),
                             **({chosen: places[0][0]} if len(places) == 1 else {})},
                    do, title=_("拟订共建协议"), submit=_("提出，请对方确认"), back=url_for("cobuilding.fitting", item_id=item_id),
                    then=url_for("cobuilding.index"), done=_("已提出，双方确认后生效。"), lead=_lead(offer, need, given),
                    choices={**({chosen: places} if chosen else {}), "kind": [(row.kind, kinds().get(row.kind, kind_word(row.kind)))]})


def _other() -> Row | None:
    identity = request.args.get("with", type=uuid.UUID)
    return queries.one_item(identity) if identity else None


def _given(offer: Row | None, need: Row | None) -> uuid.UUID | None:
    """The community that the address names, where a unit proposes on what it offers itself. Raises NotFound for anything else."""
    community_id = request.args.get("community", type=uuid.UUID)
    if community_id is None or offer is None or need is not None:
        return None
    if organization(community_id).kind != "community":
        raise NotFound
    return community_id


def _may(offer: Row | None, need: Row | None, given: uuid.UUID | None) -> None:
    """Whoever proposes acts for one side, or for an office above one of them. Raises NotFound, Forbidden, Conflict."""
    if any(one is not None and one.closed_on is not None for one in (offer, need)):
        raise Conflict(_("这项供给或需求已经关闭，请另选。"))
    if offer is not None and need is not None:
        authorize(acting(), rights.PROPOSE, rights.pair_target(offer.unit_id, need.community_id))
    elif offer is not None and given is not None:
        authorize(acting(), rights.OFFER, place_target(offer.unit_id))
    elif not acting().can(rights.NEED if need is None else rights.OFFER):
        raise Forbidden


def _lead(offer: Row | None, need: Row | None, given: uuid.UUID | None) -> str:
    names = organization_names([one for one in (getattr(offer, "unit_id", None), getattr(need, "community_id", None), given) if one])
    parts = [_("%(unit)s能提供：%(title)s", unit=names.get(offer.unit_id, ""), title=offer.title)] if offer is not None else []
    return "　".join([*parts, *([_("%(community)s需要：%(title)s", community=names.get(need.community_id, ""), title=need.title)]
                                if need is not None else []), *([_("提供给：%(community)s", community=names[given])] if given else [])])


ROUTES: tuple[Route, ...] = (("/items/<uuid:item_id>/propose", "propose", propose, BOTH),)
