"""What may be told of a person beyond reach: that there is one, a limited number of times an hour, and never without a trace.

With a list of ID numbers, entering and correcting would else tell who is a Party member.
"""
from __future__ import annotations

import uuid

from core import audit
from core.access.actor import Actor
from core.access.authorization import allowed
from core.errors import Invalid
from core.i18n import _
from core.members.reveal import refuse_spent
from core.members.scope import target

FOUND = "member.found_elsewhere"


class Elsewhere(Invalid):
    """The refusal tells of somebody beyond the actor's reach; whoever answers with it keeps the trace (`told`)."""


def sentence() -> str:
    """What is said of a member of a unit beyond the reach of whoever writes, by file or by hand; it does not say of which."""
    return _("这名党员登记在您管辖范围以外的单位，请由上级管理员办理。")


def refuse_asking(actor: Actor) -> None:
    """Raise TooMany when the actor has been told thirty times within the hour; asked first, so that the refusal tells nothing."""
    refuse_spent(actor.account_id, FOUND, _("您一小时内已有 %(count)s 次查到管辖范围以外的党员，请稍后再办；人数多的，请由上级导入花名册。"))


def told(actor: Actor) -> None:
    """Write down that the actor learnt of somebody, without whom."""
    audit.record(FOUND, "account", actor.account_id)


def seen(actor: Actor, member_id: uuid.UUID, *permissions: str) -> bool:
    """Whether the actor may look at the member by one of these permissions."""
    where = target(member_id)
    return any(allowed(actor, code, where) for code in permissions)
