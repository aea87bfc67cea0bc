"""Shows personal data in full: for a reason, a limited number of times an hour, and never without a trace (promise 20)."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ColumnElement, case, func, select

from core import audit
from core.access.actor import Actor
from core.access.authorization import authorize
from core.access.doors import acting
from core.access.models import Account
from core.audit.models import AuditEntry
from core.errors import Invalid, TooMany
from core.i18n import _, _l
from core.members import consents
from core.members.queries import MemberView, clear_values, member_view
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

QUOTA, WINDOW = 30, dt.timedelta(hours=1)
REVEALED, LOOK = "member.revealed", ".contact_seen"
COLUMNS = ("id_number", "phone", "address")
# Reasons are codes: a free text would tempt people to write names into the log.
REASONS = {"contact": _l("联系本人"), "verify": _l("核对身份"), "certificate": _l("制发报到证"), "correction": _l("更正资料"),
           "report": _l("上级要求报送")}


def reveal(actor: Actor, member_id: uuid.UUID, reason: str) -> dict[str, str]:
    """ID number, phone and address of a member in clear.

    Raises NotFound and Forbidden by the actor's reach, Invalid without a reason, TooMany after 30 in an hour.
    """
    view = member_view(member_id)
    authorize(actor, "members.reveal", view.target)
    if reason not in REASONS:
        raise Invalid(_("请选择查看的理由。"), {"reason": [_("请选择")]})
    _refuse_shown(actor.account_id, None, _("您一小时内已查看 %(count)s 次完整资料，请稍后再试。确需批量使用时，请申请导出名册。"))
    # Who is the community's and not the unit's shows it no phone number when he has taken that consent back.
    kept_back = consents.withdrawn(member_id, "contact") and not _on_the_units_side(actor, view)
    shown = tuple(column for column in COLUMNS if not (kept_back and column == "phone"))
    audit.record(REVEALED, "member", member_id, {"reason": reason, "columns": list(shown)})
    return clear_values(member_id, shown) | ({"phone": view.phone} if kept_back else {})


def note_look(action: str, table: str, row_id: uuid.UUID, details: dict[str, str] | None = None) -> None:
    """Note that the acting account is about to read how somebody is reached; the row is the reason. `action` ends in ".contact_seen".

    Raises TooMany after 30 people in an hour, members who were revealed counted in; who was seen within the hour may be seen again.
    """
    if not action.endswith(LOOK):
        raise ValueError(f"{action} would not be counted: the action of a look ends in {LOOK}")
    _refuse_shown(acting().account_id, row_id, _("您一小时内已查看 %(count)s 人的联系方式，请稍后再试。"))
    audit.record(action, table, row_id, details)


def _on_the_units_side(actor: Actor, view: MemberView) -> bool:
    return view.unit is not None and any(view.unit.path.startswith(path) for path in actor.paths("members.reveal"))


def refuse_spent(account_id: uuid.UUID, action: str, said: str) -> None:
    """Refuse what an account has done thirty times within the hour, by its audit rows of `action`, which the caller writes.

    Raises TooMany with `said`, in which %(count)s is the quota.
    """
    _one_at_a_time(account_id)
    _refuse_from(session().scalar(select(func.count()).select_from(AuditEntry).where(_lately(account_id), AuditEntry.action == action)), said)


def _refuse_shown(account_id: uuid.UUID, row_id: uuid.UUID | None, said: str) -> None:
    """Each revealing of a member counts, and each row whose contact was looked at once; `row_id` that is among those passes."""
    _one_at_a_time(account_id)
    revealed, look = AuditEntry.action == REVEALED, AuditEntry.action.endswith(LOOK, autoescape=True)
    row = session().execute(select(
        func.count(case((revealed, AuditEntry.id), else_=AuditEntry.object_id).distinct()),
        func.count().filter(look, AuditEntry.object_id == row_id)).where(_lately(account_id), revealed | look)).one()
    if not row[1]:
        _refuse_from(row[0], said)


def _one_at_a_time(account_id: uuid.UUID) -> None:
    # The account's row is locked, so that two requests at once cannot both take the last one.
    session().execute(select(Account.id).where(Account.tenant_id == tenant_id(), Account.id == account_id).with_for_update())


def _lately(account_id: uuid.UUID) -> ColumnElement[bool]:
    return (AuditEntry.tenant_id == tenant_id()) & (AuditEntry.actor_id == account_id) & (AuditEntry.at > now() - WINDOW)


def _refuse_from(used: int | None, said: str) -> None:
    if used is not None and used >= QUOTA:
        raise TooMany(said % {"count": QUOTA}, retry_after=3600)
