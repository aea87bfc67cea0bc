"""The story of service: records of many kinds, verified, sent back, judged by the recipients in every way, some still open."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Row, select

from core.audit import set_actor
from core.extension.settings import effective
from core.service import evaluation, records
from core.service.models import ServiceRecord
from core.service.records import RecordInput
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from web.demo.services import COMMENTS, RETURNED, SERVICES
from web.demo.stage import Stage

Days = dt.timedelta


@dataclass(slots=True)
class Serving:
    """Fills the stage's queue with services of members who have reported in."""

    stage: Stage

    def plan(self, who: Row, community: uuid.UUID, since: dt.date, count: int | None = None) -> None:
        """Some services of one member, spread over the days since the report-in."""
        rng, stage = self.stage.rng, self.stage
        span = (stage.today - since).days - 2
        if span < 3:
            return
        for _service in range(rng.choice((0, 0, 1, 1, 2, 3)) if count is None else count):
            day = since + Days(days=rng.randint(2, span))
            stage.at(day + Days(days=rng.randint(0, 3)), partial(self.submit, who, community, day))

    def submit(self, who: Row, community: uuid.UUID, day: dt.date, *, left: list[uuid.UUID] | None = None) -> None:
        """The member writes it down, or the officer from the paper card; then it takes its way, or is `left` as it is."""
        stage, rng = self.stage, self.stage.rng
        kind, title, place, minutes, recipient_kind, group, recipient = rng.choice(SERVICES)
        given = RecordInput(kind, title, min(day, today()), minutes, community, place, recipient_kind, group, recipient)
        by_officer = rng.random() < 0.2
        author = stage.officer(community) if by_officer else stage.member(who.id, who.name, who.unit_id)
        with set_actor("account", author):
            made = records.submit(who.id, given, entered_by=author, hours_source="officer" if by_officer else "reported")
        if left is not None:
            left.append(made)
            return
        fate = rng.random()
        after = today() + Days(days=rng.randint(1, 4))
        if fate < 0.02:
            stage.at(after, lambda: stage.as_account(author, lambda: records.withdraw(made, version_of(made))))
        elif fate < 0.07:
            stage.at(after, lambda: self.send_back(made, given, community, author))
        else:
            stage.at(after, lambda: self.verify(made, community, public=recipient_kind == "public"))

    def send_back(self, made: uuid.UUID, given: RecordInput, community: uuid.UUID, author: uuid.UUID) -> None:
        """The community asks for a correction; mostly it comes."""
        stage, rng = self.stage, self.stage.rng
        officer, reason = stage.officer(community), rng.choice(RETURNED)
        stage.as_account(officer, lambda: records.send_back(made, version_of(made), reason))
        if rng.random() < 0.7:
            stage.at(today() + Days(days=2), lambda: stage.as_account(author, lambda: records.amend(made, given, version_of(made))))
            stage.at(today() + Days(days=4), lambda: self.verify(made, community, public=given.recipient_kind == "public"))

    def verify(self, made: uuid.UUID, community: uuid.UUID, *, public: bool) -> None:
        """The community vouches for it and asks the recipient."""
        stage, rng = self.stage, self.stage.rng
        officer = stage.officer(community)
        minutes = 60 if rng.random() < 0.06 else None
        stage.as_account(officer, lambda: records.verify(made, version_of(made), by=officer, minutes=minutes))
        later = today() + Days(days=rng.randint(1, 9))
        if public and effective("service")["public_waiver"] and rng.random() < 0.5:
            waive = partial(evaluation.waive, made, "公共区域服务，没有具体服务对象。", by=officer)
            stage.at(later, lambda: stage.as_account(officer, waive))
            return
        channel = rng.choices(("code", "paper", "visit"), (5, 3, 2))[0]
        rating, comment = rng.choices(("satisfied", "fair", "dissatisfied"), (84, 13, 3))[0], rng.choice(COMMENTS)
        if channel == "code":
            with set_actor("account", officer):
                code = evaluation.issue_code(made)
            stage.at(later, lambda: evaluation.evaluate_by_code(code, rating, comment))
        else:
            stage.at(later, lambda: stage.as_account(officer, lambda: evaluation.key_in(
                made, channel, rating, comment, today(), by=officer)))


def version_of(record_id: uuid.UUID) -> int:
    """The record's version as the page showed it to whoever acts."""
    found: int = session().execute(select(ServiceRecord.version).where(
        ServiceRecord.tenant_id == tenant_id(), ServiceRecord.id == record_id)).scalar_one()
    return found
