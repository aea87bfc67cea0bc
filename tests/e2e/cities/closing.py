"""December: packs for all pairs by one press, signed and sent, read and answered by the units at home; and each has the right numbers."""
from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import func, select

from core.access.roles import COMMUNITY, LIAISON
from core.audit.models import AuditEntry
from core.jobs.running import run_due
from core.organizations import tree
from core.tenancy import session
from core.tenancy.clock import set_clock
from core.tenancy.scope import tenant_id
from plugins.feedback import moving, periods, running
from plugins.feedback.models import FeedbackLine, FeedbackMessage, FeedbackPack
from tests.e2e.cities.world import World
from tests.e2e.year.calendar import YEAR
from tests.support.factories import TestTenant


def make_by_page(world: World, tenant: TestTenant) -> None:
    """The community presses once, and brings one letter from draft to sent on its page."""
    officer = world.visit("desktop", tenant, tenant.accounts[COMMUNITY])
    officer.open("/p/feedback/make")
    officer.press("生成")
    with set_clock(world.calendar.moment):
        assert run_due() >= 1
    officer.open("/p/feedback/")
    officer.follow(officer.page.get_by_role("main").locator("td a[href*='/packs/']").first)
    officer.press("审核通过")
    officer.page.fill("[name=signer]", "周书记")
    officer.press("签发")
    officer.press("送给单位")
    officer.press("送出")


def make_by_services(world: World, tenant: TestTenant) -> None:
    """The same by what stands behind the pages, and every letter that is not out yet."""
    with world.acting(tenant) as officer:
        running.begin(tenant.communities[0], periods.parse(str(YEAR)), again=False, by=officer.id)
    with set_clock(world.calendar.moment):
        run_due()
    with world.acting(tenant) as officer:
        for pack in session().scalars(select(FeedbackPack.id).where(
                FeedbackPack.tenant_id == tenant_id(), FeedbackPack.community_id.is_not(None), FeedbackPack.state == "draft")).all():
            moving.review(pack, None, by=officer.id)
            moving.sign(pack, None, "周书记", by=officer.id)
            moving.send(pack, None)


def lines(tenant: TestTenant, unit: uuid.UUID) -> list[tuple[str, dict[uuid.UUID | None, tuple[int, int]]]]:
    """The packs that a unit holds: whose they are, and of each member records and minutes."""
    with tenant.scope():
        packs = session().execute(select(FeedbackPack.id, FeedbackPack.sender, FeedbackPack.records, FeedbackPack.minutes).where(
            FeedbackPack.tenant_id == tenant_id(), FeedbackPack.unit_id == unit, FeedbackPack.state != "draft").order_by(FeedbackPack.sender.nulls_first())).all()
        found = []
        for pack in packs:
            rows = session().execute(select(FeedbackLine.member_id, FeedbackLine.records, FeedbackLine.minutes).where(
                FeedbackLine.tenant_id == tenant_id(), FeedbackLine.pack_id == pack.id)).all()
            assert (pack.records, pack.minutes) == (sum(r.records for r in rows), sum(r.minutes for r in rows))
            found.append((pack.sender or "", {r.member_id: (r.records, r.minutes) for r in rows}))
        return found


def answer_by_page(world: World, tenant: TestTenant) -> None:
    """A unit reads the letter that came from elsewhere and answers it."""
    liaison = world.visit("phone", tenant, tenant.accounts[LIAISON])
    liaison.open("/p/feedback/unit")
    liaison.follow(liaison.page.get_by_role("main").locator("a[href*='/packs/']").first)
    liaison.press("已阅")
    liaison.page.fill("[name=body]", "已了解，感谢社区。")
    liaison.press("提交答复")


def answers(tenant: TestTenant) -> list[Any]:
    """What units answered to the tenant's communities, with the state of the letters."""
    with tenant.scope():
        return list(session().execute(select(FeedbackMessage.body, FeedbackPack.state).join(
            FeedbackPack, (FeedbackPack.tenant_id == FeedbackMessage.tenant_id) & (FeedbackPack.id == FeedbackMessage.pack_id)).where(
            FeedbackMessage.tenant_id == tenant_id(), FeedbackPack.community_id.is_not(None), FeedbackMessage.kind == "answer")))


def noted(tenant: TestTenant) -> int:
    """How often the tenant's log says that a letter was answered."""
    with tenant.scope():
        return session().scalar(select(func.count()).select_from(AuditEntry).where(
            AuditEntry.tenant_id == tenant_id(), AuditEntry.action == "feedback.answered")) or 0


def name(tenant: TestTenant) -> str:
    """What its first community is called."""
    with tenant.scope():
        return tree.get(tenant.communities[0]).name
