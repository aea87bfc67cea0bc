"""The shape of liaison communities: leading cadres, the communities they look after, their visits, and issues until they are solved."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.api import Base, TenantRow, personal, plain, tenant_foreign_key

VISIT_KINDS = ("research", "guidance", "service")
SIDES = ("community", "cadre", "officer", "unit")
ISSUE_STATES = ("open", "reported", "solved", "closed")
STEP_KINDS = ("raised", "step", "entrusted", "escalated", "reported", "confirmed", "sent_back", "closed")


class LiaisonCadre(TenantRow, Base):
    """A leading cadre 党员领导干部: a member of the roster who is flagged as one, or somebody of that name who stands in no roster.

    `organization_id` is the county or city office that keeps the entry. Neither member nor name: the person was erased.
    """

    __tablename__ = "liaison_cadre"
    __reach__ = "organization_id"
    __table_args__ = (
        tenant_foreign_key("member_id", "member", ondelete="CASCADE"), tenant_foreign_key("organization_id", "organization"),
        UniqueConstraint("tenant_id", "member_id"),
        Index("ix_liaison_cadre_organization", "tenant_id", "organization_id", "id"),
    )

    member_id: Mapped[uuid.UUID | None]
    organization_id: Mapped[uuid.UUID]
    name: Mapped[str | None] = mapped_column(Text, info=personal("name", masked=False))
    post: Mapped[str | None] = mapped_column(Text, info=personal("note", masked=False))
    office: Mapped[str | None] = mapped_column(Text, info=plain("the name of an office"))
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class LiaisonPoint(TenantRow, Base):
    """A liaison community 联系点 of one cadre from a day until another, and why it was chosen (R91).

    `figures` are what the system knew of the community on that day. `counted_from` is the day of the last visit, before the first one
    that of the beginning: the next visit is due as many days later as the tenant sets.
    """

    __tablename__ = "liaison_point"
    __reach__ = "community_id"
    __table_args__ = (
        tenant_foreign_key("cadre_id", "liaison_cadre", ondelete="CASCADE"), tenant_foreign_key("community_id", "organization"),
        Index("ix_liaison_point_community", "tenant_id", "community_id", "counted_from", "id"),
        Index("ix_liaison_point_counted", "tenant_id", "counted_from", "id"),
        Index("uq_liaison_point_open", "tenant_id", "cadre_id", "community_id", unique=True, postgresql_where=text("until is null")),
    )

    cadre_id: Mapped[uuid.UUID]
    community_id: Mapped[uuid.UUID]
    since: Mapped[dt.date]
    until: Mapped[dt.date | None]
    reasons: Mapped[list[str]] = mapped_column(JSONB, info=plain("some of the tenant's list"))
    note: Mapped[str | None] = mapped_column(Text, info=plain("why this community; names no resident"))
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB, info=plain("counts of a community"))
    counted_from: Mapped[dt.date]
    visited_on: Mapped[dt.date | None]
    end_reason: Mapped[str | None] = mapped_column(Text, info=plain("why the tie ended"))
    made_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class LiaisonVisit(TenantRow, Base):
    """A visit 调研指导 (R92): when, of which kind, and what was found. `record_id`: the service record that it was, where it was service."""

    __tablename__ = "liaison_visit"
    __reach__ = "community_id"
    __table_args__ = (
        tenant_foreign_key("point_id", "liaison_point", ondelete="CASCADE"), tenant_foreign_key("community_id", "organization"),
        CheckConstraint(f"kind in {VISIT_KINDS}", name="kind"), CheckConstraint(f"side in {SIDES}", name="side"),
        Index("ix_liaison_visit_point", "tenant_id", "point_id", "visited_on", "id"),
        Index("ix_liaison_visit_community", "tenant_id", "community_id", "visited_on"),
    )

    point_id: Mapped[uuid.UUID]
    community_id: Mapped[uuid.UUID]
    visited_on: Mapped[dt.date]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    findings: Mapped[str] = mapped_column(Text, info=plain("what was found in the community; names no resident"))
    side: Mapped[str] = mapped_column(Text, info=plain("who wrote it down"))
    record_id: Mapped[uuid.UUID | None]
    entered_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class LiaisonIssue(TenantRow, Base):
    """An issue to coordinate 协调解决问题 (R92): open > reported as solved > solved, which only the community says; or closed with a reason.

    `holder_id` is the street, county or city office at whose level it stands; escalating moves it up one level.
    """

    __tablename__ = "liaison_issue"
    __reach__ = "community_id"
    __table_args__ = (
        tenant_foreign_key("point_id", "liaison_point", ondelete="CASCADE"), tenant_foreign_key("community_id", "organization"),
        tenant_foreign_key("holder_id", "organization"), tenant_foreign_key("unit_id", "organization"),
        CheckConstraint(f"state in {ISSUE_STATES}", name="state"),
        Index("ix_liaison_issue_community", "tenant_id", "community_id", "state", "raised_on", "id"),
        Index("ix_liaison_issue_unit", "tenant_id", "unit_id", "state", "raised_on", "id"),
        Index("ix_liaison_issue_state", "tenant_id", "state", "raised_on", "id"),
        Index("ix_liaison_issue_point", "tenant_id", "point_id", "id"),
    )

    point_id: Mapped[uuid.UUID]
    community_id: Mapped[uuid.UUID]
    title: Mapped[str] = mapped_column(Text, info=plain("what is to be solved; names no resident"))
    detail: Mapped[str | None] = mapped_column(Text, info=plain("names no resident"))
    side: Mapped[str] = mapped_column(Text, info=plain("who raised it"))
    raised_on: Mapped[dt.date]
    deadline: Mapped[dt.date]
    unit_id: Mapped[uuid.UUID | None]
    office: Mapped[str | None] = mapped_column(Text, info=plain("the office responsible, where it is no unit of the tenant"))
    holder_id: Mapped[uuid.UUID]
    state: Mapped[str] = mapped_column(Text, default="open", info=plain())
    ended_on: Mapped[dt.date | None]
    made_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class LiaisonStep(TenantRow, Base):
    """What was done about an issue, and each change of it, in order; never changed."""

    __tablename__ = "liaison_step"
    __table_args__ = (
        tenant_foreign_key("issue_id", "liaison_issue", ondelete="CASCADE"),
        CheckConstraint(f"kind in {STEP_KINDS}", name="kind"), CheckConstraint(f"side in {SIDES}", name="side"),
        Index("ix_liaison_step_issue", "tenant_id", "issue_id", "id"),
    )

    issue_id: Mapped[uuid.UUID]
    done_on: Mapped[dt.date]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    side: Mapped[str] = mapped_column(Text, info=plain("who did it"))
    says: Mapped[str | None] = mapped_column(Text, info=plain("what was done; names no resident"))
    made_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


MODELS = (LiaisonCadre, LiaisonPoint, LiaisonVisit, LiaisonIssue, LiaisonStep)
