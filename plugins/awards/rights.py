"""Who may do what to a selection and to a nomination: by the place that calls and by where the nominee belongs; nobody decides about oneself."""
from __future__ import annotations

import uuid
from collections.abc import Mapping

from core.api import Forbidden, NotFound, Target, acting, allowed, authorize, grants_for, member_target, organization, place_target
from plugins.awards.models import LEVELS, AwardNomination, AwardSelection

READ, NOMINATE, RECOMMEND, MANAGE, SELF = "awards.read", "awards.nominate", "awards.recommend", "awards.manage", "awards.self"
#: Which steps a grant over each kind of organization may give; a higher level may stand in for a lower one.
GIVES: Mapping[str, tuple[str, ...]] = {
    "unit": ("unit",), "community": ("community",), "street": ("community", "street"), "sector": ("unit", "county"),
    "county": ("unit", "community", "street", "county"), "committee": ("unit", "community", "street", "county")}


def require_reading(row: AwardSelection) -> None:
    """Let pass who works above or below the place that calls. Raises NotFound, Forbidden."""
    path = organization(row.organization_id).path
    if not any(path.startswith(held) or held.startswith(path) for held in acting().paths(READ)):
        raise NotFound


def require_managing(row: AwardSelection) -> None:
    """Let pass who decides for the place that calls; of one that is only read, the right is missing. Raises NotFound, Forbidden."""
    if manages(row):
        return
    require_reading(row)
    raise Forbidden


def manages(row: AwardSelection) -> bool:
    """Whether the acting person publishes and decides this selection."""
    return allowed(acting(), MANAGE, place_target(row.organization_id))


def subject_target(member_id: uuid.UUID | None, organization_id: uuid.UUID | None) -> Target:
    """What `authorize` needs of a nominee. Raises NotFound."""
    if member_id is not None:
        return member_target(member_id)
    if organization_id is None:
        raise NotFound
    return place_target(organization_id)


def target(row: AwardNomination) -> Target:
    """The same of a nomination."""
    return subject_target(row.member_id, row.organization_id)


def require_nominating(selection: AwardSelection, found: Target) -> uuid.UUID:
    """Who nominates: the nearest place for which the actor acts. Raises NotFound for a nominee out of reach or whom the selection is not for."""
    require_reading(selection)
    authorize(acting(), NOMINATE, found)
    path = organization(selection.organization_id).path
    if not any(one.startswith(path) for one in found.paths):
        raise NotFound
    if is_own(found):
        raise Forbidden
    reaching = [grant for grant in grants_for(acting(), NOMINATE) if any(one.startswith(grant.path) for one in found.paths)]
    return max(reaching, key=lambda grant: len(grant.path)).organization_id


def require_seeing(selection: AwardSelection, row: AwardNomination) -> None:
    """Let pass who decides the selection or reaches the nominee. Raises NotFound, Forbidden."""
    if not manages(selection):
        authorize(acting(), READ, target(row))


def gives_step(selection: AwardSelection, row: AwardNomination) -> bool:
    """Whether it is the acting person's turn to recommend."""
    level = step_level(selection, row)
    found = target(row)
    if level is None or row.state != "pending" or is_own(found):
        return False
    return any(level in GIVES[grant.kind] and any(one.startswith(grant.path) for one in found.paths) for grant in grants_for(acting(), RECOMMEND))


def may_withdraw(selection: AwardSelection, row: AwardNomination) -> bool:
    """Whether the acting person takes the nomination back: whoever acts for the place that nominated, or decides the selection."""
    if row.state not in ("asked", "pending", "recommended"):
        return False
    return manages(selection) or allowed(acting(), NOMINATE, place_target(row.place_id))


def step_level(selection: AwardSelection, row: AwardNomination) -> str | None:
    """The level whose turn it is; None when all have recommended."""
    found = levels(selection)
    return found[row.step] if row.step < len(found) else None


def levels(selection: AwardSelection) -> list[str]:
    """The levels that recommend, in order."""
    return [one for one in selection.steps.split(",") if one in LEVELS]


def is_own(found: Target) -> bool:
    """Whether it is about the acting person."""
    return found.member_id is not None and found.member_id == acting().member_id


def require_for_another(row: AwardNomination) -> None:
    """Nobody decides about oneself. Raises Forbidden."""
    if row.member_id is not None and row.member_id == acting().member_id:
        raise Forbidden
