"""One thing of every kind in a tenant, by the name under which routes ask for it."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select, update

from core import approvals
from core.access.actor import Actor, load_actor
from core.access.authorization import Target
from core.access.doors import act_as
from core.access.factor_models import Passkey
from core.access.logins import live_logins
from core.access.models import Grant
from core.access.opening import open_login
from core.access.tokens import create_token, tokens
from core.db import new_id
from core.documents import storage
from core.jobs import enqueue
from core.members import data_requests
from core.members.export import FILTERS
from core.organizations import tree
from core.organizations.models import Organization
from core.registration import certificates, reporting
from core.registration.models import Obligation
from core.rules.models import Deed, Rehearsal, RulePack
from core.service import corrections, evaluation, records
from core.service.claims.claiming import claim
from core.service.claims.matters import MatterInput, open_matter
from core.service.corrections import CorrectionInput
from core.service.models import RecordCallback
from core.service.records import RecordInput
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id
from plugins.awards import calling, nominating, objecting as award_objecting, publishing as award_publishing
from plugins.awards.calling import SelectionInput
from plugins.awards.nominating import NominationInput
from plugins.menu.models import MenuListing, MenuOffer, MenuRequest
from plugins.needs.bulletins import publish
from plugins.needs.handling import classify
from plugins.needs.sheets import Line, keep
from plugins.needs.writing import NeedInput, receive
from plugins.pledges import making, objecting, publishing
from plugins.points.models import PointsCorrection, PointsExclusion, PointsItem, PointsRequest
from plugins.points.plain import plain_document
from plugins.posts.models import Invitation, Post
from plugins.practice import writing as practice
from plugins.practice.writing import EntryInput
from plugins.reports.models import ReportFormat, ReportLayout
from plugins.stars.models import Star, StarCase, StarDoubt, StarNotice, StarObjection, StarReview, StarRound
from plugins.stars.schema import StarsSchema
from plugins.wishes import entering as wishes, gate
from plugins.wishes.entering import WishInput
from plugins.wishes.gate import AcceptInput
from tenants import settings
from tests.support.factories import TestMember, TestTenant, make_member

PLUGINS = ("awards", "menu", "needs", "pledges", "points", "posts", "practice", "reports", "stars", "wishes")
_COMPILED = b'{"kind":"xlsx","parts":{},"bodies":{},"grids":[],"names":[],"notes":[]}'  # a layout of nothing


def things(tenant: TestTenant) -> dict[str, list[uuid.UUID]]:
    """Ids by URL parameter; `organization_id` has one of each kind of organization."""
    member = make_member(tenant, account=True)
    places = [tenant.root, tenant.counties[0], tenant.streets[0], tenant.communities[0], tenant.sectors[0], tenant.units[0]]
    return things_of(tenant, member, tenant.accounts["city_administrator"].id, tenant.counties[0], places)


def sibling_things(tenant: TestTenant, name: str) -> dict[str, list[uuid.UUID]]:
    """The same for a member of the last unit who lives in the last community, and for the last county's officer."""
    member = make_member(tenant, name, unit=-1, residence=-1, account=True)
    with tenant.scope():  # a unit shows itself to the community on whose ground it works
        session().execute(update(Organization).where(Organization.tenant_id == tenant_id(), Organization.id == tenant.units[-1])
                          .values(community_id=tenant.communities[-1]))
    places = [tenant.counties[-1], tenant.streets[-1], tenant.communities[-1], tenant.sectors[-1], tenant.units[-1]]
    return things_of(tenant, member, tenant.others["county_officer"].id, tenant.sectors[-1], places)


def things_of(tenant: TestTenant, member: TestMember, account: uuid.UUID, issuer: uuid.UUID,
              places: list[uuid.UUID]) -> dict[str, list[uuid.UUID]]:
    """Ids by URL parameter, of things that are this member's and that this account has made."""
    unit, community, county = member.unit_id, member.residence_id, next(p for p in places if p in tenant.counties)
    with tenant.scope():
        issued = certificates.issue(issuer, unit, by=account).certificates
        submitted = reporting.submit(member.id, community, "residence", "officer", by=account)
        receipt = reporting.confirm(submitted, 1, by=account)
        obligation = Obligation(member_id=member.id, unit_id=unit, community_id=community, cause="initial",
                                basis="any", starts_on=today(), due_on=today() + dt.timedelta(days=30))
        session().add(obligation)
        session().flush()
        record = records.submit(member.id, RecordInput("政策宣传", "入户宣传", today(), 60, community, recipient="王大爷"),
                                entered_by=account)
        counted = _counted(member.id, community, account)
        actor = load_actor(account)
        assert actor is not None
        open_login(account)
        create_token(actor, "theirs", ["members.read"], 1)
        file = storage.save("x.txt", "text/plain", b"x", "members.export", 1, account)
        form = ReportFormat(title=f"表{uuid.uuid4()}", dataset="members", period="year", of_member=False, version_in_use=1, last_version=1,
                            created_at=now())
        session().add(form)
        session().flush()
        layout = ReportLayout(format_id=form.id, number=1, kind="xlsx", content=b"x", compiled=_COMPILED, created_at=now())
        session().add(layout)
        session().flush()
        grants = select(Grant.id).where(Grant.tenant_id == tenant_id(), Grant.account_id == account)
        return {
            "member_id": [member.id], "certificate_id": [issued[0]], "report_in_id": [submitted], "receipt_id": [receipt],
            "obligation_id": [obligation.id], "record_id": [record, counted[0]], "job_id": [enqueue("members.export", {})], "file_id": [file],
            "service_id": [counted[0]], "correction_id": [counted[1]], "callback_id": [counted[2]], "account_id": [account],
            "login_id": [live_logins(actor)[0].id], "passkey_id": [_passkey(account)],
            "approval_id": [_approval(county, account)], "token_id": [tokens(account)[0].id], "grant_id": [session().scalars(grants).all()[0]],
            "organization_id": places, "unit_id": [unit], "sector_id": [next(p for p in places if p in tenant.sectors)],
            "community_id": [community], "issuer_id": [issuer], "format_id": [form.id], "layout_id": [layout.id],
            "data_request_id": [data_requests.ask(member.id, "deletion", "unit", "", by=None)],
            **_rules(member.id, unit, county), **_stars(member.id, county),
            **_points(member.id, account), **_claims(member.id, community), **_wishes(community, account), **_needs(community, account),
            **_menu(member.id, community), **_awards(member.id, community, county, actor),
        }


def _approval(county: uuid.UUID, account: uuid.UUID) -> uuid.UUID:
    """A bulk export of a county's members that waits for a second person."""
    content = {**dict.fromkeys(FILTERS), "descending": False, "reason": "report", "organization_id": county}
    actor = load_actor(account)
    assert actor is not None
    return approvals.ask("members.export", content, "上级要求报送", by=actor, target=Target((tree.get(county).path,)))


def _claims(member_id: uuid.UUID, community: uuid.UUID) -> dict[str, list[uuid.UUID]]:
    """A post that the member holds a claim on and is asked to take."""
    matter = open_matter("posts", MatterInput(community, "政策宣传", "入户宣传"), by=None)
    asked = Invitation(matter_id=matter, member_id=member_id, invited_on=today(), created_at=now())
    session().add_all([Post(id=matter, category="政策宣传", duties="入户宣传"), asked])
    session().flush()
    claim_id = claim(matter, member_id, by=None).id
    return {"matter_id": [matter, _menu_request(member_id, community)], "claim_id": [claim_id], "invitation_id": [asked.id], **_pledges(claim_id)}


def _pledges(claim_id: uuid.UUID) -> dict[str, list[uuid.UUID]]:
    """A pledge that waits to be published again, and an objection to it."""
    pledge = making.make(making.PledgeInput(claim_id, "按时到岗", today()), by=None)
    publishing.publish(pledge, 1)
    objection = objecting.raise_objection(uuid.uuid4(), pledge, "一次也没有来过", "王大爷")
    publishing.take_down(pledge, 2, "核对文字")
    return {"pledge_id": [pledge], "pledge_objection_id": [objection]}


def _counted(member_id: uuid.UUID, community: uuid.UUID, account: uuid.UUID) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID]:
    """A record that counts, a request to put it right, and a call-back on it."""
    record = records.submit(member_id, RecordInput("政策宣传", "入户宣传", today(), 60, community, recipient="王大爷"), entered_by=account)
    records.verify(record, 1, by=None)
    evaluation.key_in(record, "visit", "fair", "还行", today(), by=account)
    asked = corrections.ask(record, CorrectionInput(today(), 30, "入户宣传", "政策宣传", None, "时长有误"), 3, by=None)
    callback = RecordCallback(id=new_id(), record_id=record, drawn_on=today(), due_on=today())
    session().add(callback)
    session().flush()
    return record, asked, callback.id


def _awards(member_id: uuid.UUID, community: uuid.UUID, county: uuid.UUID, actor: Actor) -> dict[str, list[uuid.UUID]]:
    """A county's selection on public notice, with the member on the list and an objection; a story about the member.

    Names stand in public as surname and comrade.
    """
    if settings.own_level("awards").version == 0:
        settings.save("awards", {"name_display": "comrade"}, None, version=0)
    with act_as(actor):
        selection = calling.call(uuid.uuid4(), county, SelectionInput("社区服务之星", "年度社区服务之星", "热心服务"))
        nomination = nominating.nominate(uuid.uuid4(), selection, NominationInput("坚持上门服务", community, member_id=member_id, agreed=True))
        award_publishing.publish(selection, None, [nomination])
    objection = award_objecting.raise_objection(uuid.uuid4(), nomination, "那天并没有来过", "王大爷")
    with act_as(actor):
        story = practice.draft(uuid.uuid4(), community, EntryInput("其他", "社区里的故事", "坚持上门服务，邻里都说好"), member_id=member_id, agreed=True)
    return {"practice_entry_id": [story], "selection_id": [selection], "award_nomination_id": [nomination], "award_objection_id": [objection]}


def _wishes(community: uuid.UUID, account: uuid.UUID) -> dict[str, list[uuid.UUID]]:
    """A wish on the wall that a unit may claim."""
    wish = wishes.enter(WishInput(community, "wish", "换一盏灯", name="欧阳不可见", phone="13900000000"), by=account)
    gate.accept(wish, None, AcceptInput("换灯", concrete=True, real=True, easy=False, harder=True), by=account)
    return {"wish_id": [wish]}


def _needs(community: uuid.UUID, account: uuid.UUID) -> dict[str, list[uuid.UUID]]:
    """A need that stands in a bulletin, and a table that waits."""
    need = receive(NeedInput(community, "楼道灯坏了"), by=None)
    classify(need, 1, category="环境卫生", summary="楼道要修灯")
    bulletin = publish(community, "需求公告", "", {need: "楼道要修灯"}, by=None)
    return {"need_id": [need], "bulletin_id": [bulletin], "sheet_id": [keep([Line(2, {"text": "楼道灯坏了"}, [])], community, by=account)]}


def _rules(member_id: uuid.UUID, unit_id: uuid.UUID, county: uuid.UUID) -> dict[str, list[uuid.UUID]]:
    """A county's draft of a rule, a rehearsal of it, and a deed that waits."""
    pack = RulePack(kind="points", name=f"x{uuid.uuid4().hex[:8]}", organization_id=county, version=1, title="x", created_at=now(),
                    document={**plain_document({"points_per_hour": 1, "hours_cap": 2, "dissatisfied_earns": False}), "title": "x"})
    session().add(pack)
    session().flush()
    rehearsal = Rehearsal(pack_id=pack.id, since=today(), until=today(), document=pack.document, status="done", created_at=now())
    deed = Deed(member_id=member_id, unit_id=unit_id, kind="award", happened_on=today(), evidence="鄂表〔2026〕1 号", created_at=now())
    session().add_all([rehearsal, deed])
    session().flush()
    return {"pack_id": [pack.id], "rehearsal_id": [rehearsal.id], "deed_id": [deed.id]}


def _menu(member_id: uuid.UUID, community: uuid.UUID) -> dict[str, list[uuid.UUID]]:
    """An offer in a community's menu."""
    offer = MenuOffer(id=new_id(), member_id=member_id, title="修水管", category="家电维修", minutes=60, times=[], created_at=now())
    session().add(offer)
    session().flush()
    listing = MenuListing(id=new_id(), offer_id=offer.id, community_id=community, number=uuid.uuid4().int % 1_000_000_000, state="listed")
    session().add(listing)
    session().flush()
    return {"offer_id": [offer.id], "listing_id": [listing.id]}


def _menu_request(member_id: uuid.UUID, community: uuid.UUID) -> uuid.UUID:
    """An order that waits for the member, under the id that its matter will have."""
    row = MenuRequest(id=new_id(), community_id=community, member_id=member_id, title="修水管", category="家电维修", wished={}, channel="public",
                      state="waiting", answer_by=today(), created_at=now())
    session().add(row)
    session().flush()
    return row.id


def _points(member_id: uuid.UUID, account: uuid.UUID) -> dict[str, list[uuid.UUID]]:
    """A request for a thing that points buy, a time in which points stand still, and a correction that waits."""
    item = PointsItem(id=new_id(), key=f"own_{new_id().hex}", title="肥皂", price=100, stock=3)
    session().add(item)
    session().flush()
    request = PointsRequest(id=new_id(), member_id=member_id, item_id=item.id, cost=0, period=today(), asked_at=now())
    out = PointsExclusion(id=new_id(), member_id=member_id, since=today(), effect="both", reason_key="x", reason="审查", note="x", created_at=now())
    correction = PointsCorrection(id=new_id(), member_id=member_id, points=100, reason="漏记一次", proposed_by=account, created_at=now())
    session().add_all([request, out, correction])
    session().flush()
    return {"request_id": [request.id], "exclusion_id": [out.id]}


def _stars(member_id: uuid.UUID, county: uuid.UUID) -> dict[str, list[uuid.UUID]]:
    """A county's own star scheme, and one of everything that comes of it."""
    document = StarsSchema().dump(StarsSchema().load({"title": "x", "levels": [{"number": 1, "name": "一星", "ways": [{"conditions": [{
        "hours_at_least": 1}]}]}]}))
    name = f"x{uuid.uuid4().hex[:8]}"
    pack = RulePack(kind="stars", name=name, organization_id=county, version=1, title="x", created_at=now(), document=document,
                    status="published", effective_from=dt.date(2020, 1, 1))
    session().add(pack)
    session().flush()
    one = StarRound(scheme=name, pack_id=pack.id, organization_id=county, cut_off=today(), state="open", opened_at=now())
    session().add(one)
    session().flush()
    notice = StarNotice(round_id=one.id, published_on=today(), until=today())
    session().add(notice)
    session().flush()
    case = StarCase(round_id=one.id, notice_id=notice.id, scheme=name, pack_id=pack.id, member_id=member_id, cut_off=today(), held=0, level=1,
                    explanation={"values": [60], "excluded": []}, state="published", changed_at=now())
    star = Star(member_id=member_id, scheme=name, pack_id=pack.id, level=1, number=name, cut_off=today(), granted_on=today(),
                explanation={"values": [60], "excluded": []})
    session().add_all([case, star])
    session().flush()
    objection = StarObjection(case_id=case.id, kind="objection", says="请核对", raised_on=today())
    review = StarReview(star_id=star.id, pack_id=pack.id, due_on=today(), proposal="keep", explanation=star.explanation)
    doubt = StarDoubt(star_id=star.id, kind="record", fact_id=uuid.uuid4(), happened_on=today(), minutes=60, noticed_on=today())
    session().add_all([objection, review, doubt])
    session().flush()
    return {"round_id": [one.id], "notice_id": [notice.id], "case_id": [case.id], "star_id": [star.id], "objection_id": [objection.id],
            "review_id": [review.id], "doubt_id": [doubt.id]}


def _passkey(account: uuid.UUID) -> uuid.UUID:
    row = Passkey(id=new_id(), account_id=account, credential=new_id().bytes, public_key=b"-", sign_count=0, name="办公室电脑", created_at=now())
    session().add(row)
    session().flush()
    return row.id
