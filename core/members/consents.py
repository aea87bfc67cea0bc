"""What members agree to beyond what the scheme needs, and may take back at any time; each reader asks here, so an end holds at once (PIPL 15)."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import aliased

from core import audit
from core.errors import Invalid, NotFound
from core.i18n import LazyString, _, _l
from core.members.models import Member
from core.members.rights_models import CHANNELS, PURPOSES, Consent
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

WORDING = 1  # goes up with each change of TEXTS, so that a row says what was read
TITLES: dict[str, LazyString] = {"matching": _l("按特长和意愿推荐服务事项"), "contact": _l("向社区显示手机号"), "board": _l("在公开榜上显示姓名"),
                                 "carry": _l("迁往外地时把服务纪实一并转去")}
TEXTS: dict[str, LazyString] = {
    "matching": _l("用您填写的特长、服务意愿，向您推荐岗位，也让社区在派单、邀请时找到您。不同意的，仍可自己认领任何事项。"),
    "contact": _l("社区经办人需要时，凭理由可以看到您的完整手机号，每次都有记录。不同意的，社区改由单位联络员找您。"),
    "board": _l("承诺公示等公开页面上显示您的姓名。不同意的，公开页面只写“在职党员”。"),
    "carry": _l("组织关系迁往外地时，把您的服务纪实（时间、内容、时长、评价等级，不含服务对象）发给迁入地。不同意的，只转介绍信。"),
}
#: What holds only once the member has said so; the others hold until the member says no, as the scheme asks for them.
ASKED = frozenset({"carry"})
assert set(TITLES) == set(TEXTS) == set(PURPOSES)  # noqa: S101  each purpose has its words


class ConsentView(NamedTuple):
    """How a purpose stands: `given` is what holds, `at` when that was said (None: never, the beginning holds)."""

    purpose: str
    title: str
    text: str
    given: bool
    at: dt.datetime | None


def say(member_id: uuid.UUID, purpose: str, *, given: bool, channel: str, by: uuid.UUID | None) -> None:
    """Add what a member says to a purpose; from the end of the transaction on every reader keeps to it.

    Saying what holds already adds nothing. Raises NotFound, Invalid for an unknown purpose.
    """
    if purpose not in PURPOSES or channel not in CHANNELS:
        raise Invalid(_("请选择列表中的用途。"), {"purpose": [_("请重新选择")]})
    if session().scalar(select(Member.id).where(Member.tenant_id == tenant_id(), Member.id == member_id, Member.status != "erased")
                        .with_for_update()) is None:
        raise NotFound
    if {view.purpose: view.given for view in standing(member_id)}[purpose] == given:
        return
    session().add(Consent(member_id=member_id, purpose=purpose, wording=WORDING, given=given, channel=channel, at=now(), entered_by=by))
    session().flush()
    audit.record("consent.given" if given else "consent.withdrawn", "member", member_id, {"purpose": purpose, "channel": channel})


def standing(member_id: uuid.UUID) -> list[ConsentView]:
    """Each purpose as it stands for a member, in one query. Who has said nothing stands at yes, as the scheme asks for it, but for ASKED."""
    newest = {row.purpose: row for row in session().execute(
        select(Consent.purpose, Consent.given, Consent.at).where(Consent.tenant_id == tenant_id(), Consent.member_id == member_id)
        .order_by(Consent.at, Consent.id))}
    return [ConsentView(purpose, str(TITLES[purpose]), str(TEXTS[purpose]), newest[purpose].given if purpose in newest else purpose not in ASKED,
                        newest[purpose].at if purpose in newest else None) for purpose in PURPOSES]


def history(member_id: uuid.UUID) -> list[tuple[str, bool, dt.datetime, str]]:
    """All that was said, newest first: purpose, given, when, channel."""
    rows = session().execute(select(Consent.purpose, Consent.given, Consent.at, Consent.channel).where(
        Consent.tenant_id == tenant_id(), Consent.member_id == member_id).order_by(Consent.at.desc(), Consent.id.desc()))
    return [(row.purpose, row.given, row.at, row.channel) for row in rows]


def withdrawn(member_id: uuid.UUID, purpose: str) -> bool:
    """Whether a member has taken consent to a purpose back."""
    return bool(session().scalar(select(refused(purpose, member_id))))


def refused(purpose: str, member_id: object) -> ColumnElement[bool]:
    """The condition: whose id is in the column `member_id` has taken consent to `purpose` back."""
    later, said = aliased(Consent), aliased(Consent)
    newest = (select(func.max(later.at)).where(later.tenant_id == said.tenant_id, later.member_id == said.member_id,
                                               later.purpose == purpose).correlate(said).scalar_subquery())
    return exists(select(said.id).where(said.tenant_id == tenant_id(), said.member_id == member_id, said.purpose == purpose,
                                        said.given.is_(False), said.at == newest))
