"""One thing of every kind between units and communities, by the name under which routes ask for it."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select

from core.access.actor import Actor
from core.access.doors import act_as
from core.db import new_id
from core.exchange import outbox
from core.exchange.models import ExchangeIncoming, ExchangePartner, ExchangeRequest
from core.organizations import tree
from core.privacy import keyring
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id
from plugins.awards import calling, nominating, objecting as award_objecting, publishing as award_publishing
from plugins.awards.calling import SelectionInput
from plugins.awards.nominating import NominationInput
from plugins.cobuilding import agreeing, fulfilling, items
from plugins.cobuilding.agreeing import AgreementInput
from plugins.cobuilding.fulfilling import FulfilmentInput
from plugins.cobuilding.items import Terms
from plugins.consultation.models import (
    ConsultationAnswer,
    ConsultationOccasion,
    ConsultationOpinion,
    ConsultationRequest,
    ConsultationSubject,
)
from plugins.consultation.sealed import put
from plugins.feedback import making as feedback, moving, periods, running
from plugins.feedback.models import FeedbackPack
from plugins.liaison import coordinating, pointing, visiting
from plugins.liaison.coordinating import IssueInput
from plugins.liaison.models import LiaisonCadre
from plugins.liaison.pointing import PointInput
from plugins.liaison.settings import CRITERIA
from plugins.liaison.visiting import VisitInput
from plugins.practice import writing as practice
from plugins.practice.writing import EntryInput
from plugins.unit_desk import cases
from plugins.unit_desk.models import Campaign, Lookup, Meeting, Request
from tenants import settings


def things(member_id: uuid.UUID, unit: uuid.UUID, community: uuid.UUID, actor: Actor) -> dict[str, list[uuid.UUID]]:
    """Ids by URL parameter, of the member's, the unit's and the community's."""
    return {**_exchange(member_id, unit, community), **_liaison(member_id, community), **_cobuilding(unit, community),
            **_consultation(member_id, unit, community), **_desk(member_id, unit, community), **_feedback(community, unit, actor.account_id),
            **_awards(member_id, community, tree.ancestors(tree.get(community).path)[1].id, actor)}


def _exchange(member_id: uuid.UUID, unit: uuid.UUID, community: uuid.UUID) -> dict[str, list[uuid.UUID]]:
    """A partner, a certificate that goes out, one that has come in for the community, and a member's wish."""
    partner = ExchangePartner(id=new_id(), code=uuid.uuid4().hex[:8], name="某市", kind="city", local=False, state="active", changed_at=now())
    session().add(partner)
    session().flush()
    body = {"certificate": {"id": new_id(), "number": "1", "issuer": "x", "issued_on": today()}, "basis": "residence", "moves_on": None,
            "member": {"id": new_id(), "name": "欧阳不可见", "sex": "male", "category": "full", "phone": None},
            "unit": {"id": new_id(), "name": "某单位", "type": "other"}, "community": {"code": "1", "name": "某社区"}}
    sent = outbox.post(partner, "certificate", body, about_id=new_id(), member_id=member_id, unit_id=unit)
    arrived, request = new_id(), new_id()
    session().add_all([
        ExchangeIncoming(id=arrived, partner_id=partner.id, envelope_id=new_id(), kind="certificate", about_id=new_id(), community_id=community,
                         envelope=keyring.for_tenant(tenant_id()).encrypt("exchange_incoming", "envelope", arrived, outbox.text_of(sent)),
                         state="waiting", received_at=now()),
        ExchangeRequest(id=request, member_id=member_id, unit_id=unit, partner_id=partner.id, community_code="1", community="某社区",
                        basis="residence", asked_at=now())])
    session().flush()
    return {"partner_id": [partner.id], "outgoing_id": [sent], "arrival_id": [arrived], "exchange_request_id": [request]}


def _cobuilding(unit: uuid.UUID, community: uuid.UUID) -> dict[str, list[uuid.UUID]]:
    """An offer of the unit, an agreement with the community that both have confirmed, and something given under it."""
    offer = items.put_up(uuid.uuid4(), "offer", unit, Terms("venues", "会议室"), by=None)
    given = AgreementInput(unit, community, Terms("venues", "会议室"), today(), today(), "离得近")
    agreement = agreeing.propose(uuid.uuid4(), given, ["unit"], by=None)
    agreeing.confirm(agreement, 1, ["community"], by=None)
    fulfilment = fulfilling.enter(uuid.uuid4(), agreement, FulfilmentInput(today(), "开放半天"), received=False, by=None)
    return {"item_id": [offer], "agreement_id": [agreement], "fulfilment_id": [fulfilment]}


def _liaison(member_id: uuid.UUID, community: uuid.UUID) -> dict[str, list[uuid.UUID]]:
    """The member is a leading cadre, looks after the community, has come, and has found an issue."""
    county = tree.ancestors(tree.get(community).path)[1].id
    cadre = LiaisonCadre(member_id=member_id, organization_id=county, post="局长", created_at=now())
    session().add(cadre)
    session().flush()
    point = pointing.assign(PointInput(cadre.id, community, today(), [CRITERIA[0]]), by=None)
    visit = visiting.enter(uuid.uuid4(), point, VisitInput(today(), "service", "走访"), side="cadre", by=None)
    issue = coordinating.raise_issue(uuid.uuid4(), point, IssueInput("下水道堵塞"), side="cadre", by=None)
    return {"liaison_cadre_id": [cadre.id], "point_id": [point], "visit_id": [visit], "liaison_issue_id": [issue]}


def _consultation(member_id: uuid.UUID, unit: uuid.UUID, community: uuid.UUID) -> dict[str, list[uuid.UUID]]:
    """A unit's request to a community about the member, with an answer that nobody has signed yet."""
    occasion = ConsultationOccasion(id=new_id(), asker_id=unit, kind="members", asked_on=today())
    put(occasion, "purpose", "评先表优")
    put(occasion, "says", "欧阳不可见评优")
    request = ConsultationRequest(id=new_id(), occasion_id=occasion.id, asker_id=unit, community_id=community, state="open", asked_on=today(),
                                  deadline=today() + dt.timedelta(days=10), created_at=now())
    subject = ConsultationSubject(id=new_id(), request_id=request.id, member_id=member_id)
    answer = ConsultationAnswer(id=new_id(), request_id=request.id, created_at=now())
    opinion = ConsultationOpinion(id=new_id(), answer_id=answer.id, subject_id=subject.id)
    put(opinion, "opinion", "agree")
    for row in (occasion, request, subject, answer, opinion):
        session().add(row)
        session().flush()
    return {"consultation_id": [request.id], "occasion_id": [occasion.id]}


def _desk(member_id: uuid.UUID, unit: uuid.UUID, community: uuid.UUID) -> dict[str, list[uuid.UUID]]:
    """A look-up, a request, a difficulty of which the member let the community know, a meeting and a campaign of the unit."""
    looked = Lookup(member_id=member_id, unit_id=unit, looked_on=today(), created_at=now())
    asked = Request(member_id=member_id, unit_id=unit, says="请参加活动", asked_on=today(), created_at=now())
    held = Meeting(unit_id=unit, kind="discussion", held_on=today(), place="会议室", created_at=now())
    month = Campaign(unit_id=unit, kind="month", theme="服务月", starts_on=today(), ends_on=today(), created_at=now())
    session().add_all([looked, asked, held, month])
    session().flush()
    case = cases.tell(uuid.uuid4(), member_id, "其他", "有困难", channel="self", by=None)
    cases.share(case, 1, community, by_member=True, by=None)
    return {"lookup_id": [looked.id], "unit_request_id": [asked.id], "unit_case_id": [case], "meeting_id": [held.id], "campaign_id": [month.id]}


def _feedback(community: uuid.UUID, unit: uuid.UUID, account: uuid.UUID) -> dict[str, list[uuid.UUID]]:
    """A pack of the pair that is sent, and a press for the community."""
    year = periods.containing(today(), "year")
    feedback.make([community], year)
    pack, state = session().execute(select(FeedbackPack.id, FeedbackPack.state).where(
        FeedbackPack.tenant_id == tenant_id(), FeedbackPack.community_id == community, FeedbackPack.unit_id == unit)).one()
    if state == "draft":
        moving.review(pack, 1, by=account)
        moving.sign(pack, 2, "周书记", by=account)
        moving.send(pack, 3)
    return {"feedback_pack_id": [pack], "run_id": [running.begin(community, year, again=False, by=account)]}


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
