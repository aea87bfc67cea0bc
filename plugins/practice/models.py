"""The shape of practice: what is worth passing on, stories of members, and who uses what."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, DateTime, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.api import Base, TenantRow, personal, plain, tenant_foreign_key

SORTS = ("practice", "story")
STATES = ("draft", "published", "withdrawn")
MEDIA = ("press", "radio", "television", "internet")


class PracticeEntry(TenantRow, Base):
    """A good practice (R87) or a role-model story about a member (R88): drafted, published after review, withdrawn at once.

    `organization_id` is whose it is. Texts are plain, with headings and lists by the first character of a line. A story needs the
    member's consent (`consent_on`); `in_column`: it stands in the public column too. `recommended_by`: the place that recommends it.
    """

    __tablename__ = "practice_entry"
    __reach__ = "organization_id"
    __table_args__ = (
        tenant_foreign_key("organization_id", "organization"), tenant_foreign_key("recommended_by", "organization"),
        tenant_foreign_key("member_id", "member", ondelete="CASCADE"),
        CheckConstraint(f"sort in {SORTS}", name="sort"), CheckConstraint(f"state in {STATES}", name="state"),
        CheckConstraint(f"media in {MEDIA}", name="media"), CheckConstraint("sort <> 'story' or member_id is not null", name="about"),
        Index("ix_practice_entry_state", "tenant_id", "state", "sort", "id"),
        Index("ix_practice_entry_organization", "tenant_id", "organization_id", "id"),
        Index("ix_practice_entry_member", "tenant_id", "member_id", "id"),
    )

    sort: Mapped[str] = mapped_column(Text, info=plain())
    organization_id: Mapped[uuid.UUID]
    member_id: Mapped[uuid.UUID | None]
    theme: Mapped[str] = mapped_column(Text, info=plain("a theme of the tenant's list"))
    title: Mapped[str] = mapped_column(Text, info=personal("note"))
    body: Mapped[str] = mapped_column(Text, info=personal("note"))
    why: Mapped[str | None] = mapped_column(Text, info=plain("why it works; the form asks for no names"))
    effect: Mapped[str | None] = mapped_column(Text, info=plain("the effect in numbers"))
    media: Mapped[str | None] = mapped_column(Text, info=plain())
    outlet: Mapped[str | None] = mapped_column(Text, info=plain("which paper, station or site"))
    media_on: Mapped[dt.date | None]
    link: Mapped[str | None] = mapped_column(Text, info=plain("an https address"))
    state: Mapped[str] = mapped_column(Text, default="draft", info=plain())
    in_column: Mapped[bool] = mapped_column(default=False)
    consent_on: Mapped[dt.date | None]
    published_on: Mapped[dt.date | None]
    published_by: Mapped[uuid.UUID | None]
    recommended_on: Mapped[dt.date | None]
    recommended_by: Mapped[uuid.UUID | None]
    reason: Mapped[str | None] = mapped_column(Text, info=plain("why it was withdrawn; the form asks for no names"))
    made_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class PracticeUse(TenantRow, Base):
    """Another community or unit uses a practice too, with a remark of what it learnt."""

    __tablename__ = "practice_use"
    __table_args__ = (
        tenant_foreign_key("entry_id", "practice_entry", ondelete="CASCADE"), tenant_foreign_key("organization_id", "organization"),
        UniqueConstraint("tenant_id", "entry_id", "organization_id"),
    )

    entry_id: Mapped[uuid.UUID]
    organization_id: Mapped[uuid.UUID]
    remark: Mapped[str | None] = mapped_column(Text, info=plain("what was learnt; the form asks for no names"))
    used_on: Mapped[dt.date]


MODELS = (PracticeEntry, PracticeUse)
