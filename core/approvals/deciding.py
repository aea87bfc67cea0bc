"""The second person's answer: carried out once, exactly as asked, in this transaction; or refused with a reason."""
from __future__ import annotations

import datetime as dt
import hmac
import uuid

from sqlalchemy import and_, or_, select

from core import audit
from core.access.actor import Actor, load_actor
from core.access.authorization import Target, authorize
from core.approvals import content as contents
from core.approvals.kinds import kind_of, kinds
from core.approvals.models import DONE, EXPIRED, REFUSED, WAITING, Approval
from core.approvals.rows import act_of, locked
from core.audit.models import AuditEntry
from core.audit.plain import plain_json
from core.errors import Conflict, Forbidden, Invalid
from core.i18n import _
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

#: Whoever did this to an account could have signed in as its owner: neither of the two counts as the other's second person.
HELD = ("account.created", "account.password_reset", "account.slip_issued", "account.sign_in_invited", "factor.reset")
#: Whoever asks must not have chosen the second person shortly before, or since; to have done so to the asker is no matter.
TIES = (*HELD, "account.enabled", "grant.given")
TIED = dt.timedelta(days=7)


def confirm(approval_id: uuid.UUID, *, by: Actor) -> None:
    """Carry out what another person asked for, now and once.

    Raises NotFound out of reach, Forbidden without the right, for the asker, for an account that the asker has opened, reset or given
    rights within the last seven days, and for one that has opened or reset the asker's; Conflict when it no longer waits, has expired,
    was tampered with, when what it would change is another version now, or when the asker has lost the right; and whatever the act
    itself raises. Nothing happens then.
    """
    row = locked(approval_id)
    known = kind_of(row.kind)
    _decidable(row, by)
    if tied(row, by.account_id):
        raise Forbidden(_("您和申请人在七天内有一方经手过另一方的账号（开通、授权、重设密码或两步登录），这项申请须由其他人确认。"))
    if not hmac.compare_digest(contents.digest(row.kind, row.path, row.content), bytes(row.content_hash)):
        raise Conflict(_("这项申请的内容与提出时不一致，不能办理。请退回，并告知审计员。"))
    act = act_of(row)
    if known.version(act.content) != row.subject_version:
        raise Conflict(_("要更改的资料在申请之后又变动过，不能照原样办理。请退回，由申请人核对后重新提出。"))
    asker = load_actor(row.asked_by)
    if asker is None or not asker.can(known.asks):
        raise Conflict(_("申请人已经没有办理这件事的权限，请退回。"))
    row.status, row.decided_by, row.decided_at = DONE, by.account_id, now()
    session().flush()
    audit.record("approval.confirmed", "approval", row.id, {
        "kind": row.kind, "asked_by": row.asked_by, "confirmed_by": by.account_id, "hash": bytes(row.content_hash).hex()})
    outcome = known.carry_out(act_of(row))
    row.outcome = plain_json(dict(outcome)) if outcome else None
    session().flush()


def refuse(approval_id: uuid.UUID, answer: str, *, by: Actor) -> None:
    """Say no, and why. Raises as `confirm` does, Invalid without a reason of 4 to 300 characters."""
    row = locked(approval_id)
    _decidable(row, by)
    why = " ".join(answer.split())
    if not 4 <= len(why) <= 300:
        raise Invalid(_("请用 4 至 300 个字写明退回的原因，申请人会看到。"), {"answer": [_("4 至 300 个字")]})
    row.status, row.decided_by, row.decided_at, row.answer = REFUSED, by.account_id, now(), why
    session().flush()
    kind_of(row.kind).ended(act_of(row))
    audit.record("approval.refused", "approval", row.id, {"kind": row.kind, "asked_by": row.asked_by})


def expire() -> int:
    """Close what nobody has answered in time; answers how many."""
    late = session().scalars(select(Approval).where(Approval.tenant_id == tenant_id(), Approval.status == WAITING, Approval.expires_at <= now())
                             .order_by(Approval.id).limit(500).with_for_update(skip_locked=True)).all()
    for row in late:
        row.status, row.decided_at = EXPIRED, now()
        session().flush()
        _close(row)
        audit.record("approval.expired", "approval", row.id, {"kind": row.kind})
    return len(late)


def tied(row: Approval, account_id: uuid.UUID) -> bool:
    """Whether one of the two had the other's account in hand within seven days before the asking, or since; operators tie nobody."""
    entry = AuditEntry
    chosen = and_(entry.object_id == account_id, entry.actor_id == row.asked_by, entry.action.in_(TIES))
    held = and_(entry.object_id == row.asked_by, entry.actor_id == account_id, entry.action.in_(HELD))
    return session().scalar(select(entry.id).where(entry.tenant_id == tenant_id(), entry.actor_kind == "account", or_(chosen, held),
                                                   entry.at > row.asked_at - TIED).limit(1)) is not None


def _decidable(row: Approval, by: Actor) -> None:
    authorize(by, kind_of(row.kind).permission, Target((row.path,)))
    if row.status != WAITING:
        raise Conflict(_("这项申请已经有人处理过了，请刷新页面查看结果。"))
    if row.asked_by == by.account_id:
        raise Forbidden(_("自己提出的申请要由另一人确认或退回；不需要办了，可以撤回。"))
    if row.expires_at <= now():
        raise Conflict(_("这项申请已过有效期，请申请人重新提出。"))


def _close(row: Approval) -> None:
    if (kind := kinds().get(row.kind)) is not None:  # its plugin may be off
        kind.ended(act_of(row))
