"""The shape of posts: what a post says besides its matter, and the invitations that a member may accept or decline."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.api import Base, TenantRow, plain, tenant_foreign_key

INVITATION_STATES = ("open", "accepted", "declined", "withdrawn")


class Post(TenantRow, Base):
    """A post 岗位 that a community sets by need (R47, R54): the row of its matter, under the same id, knows title, places and dates.

    `times` is a list of {"days": [1 .. 7], "from": "19:00", "until": "21:00"}, Monday is 1; `times_words` what times cannot say so.
    `standing`: claimed once and served many times; otherwise the claim ends with its one service.
    """

    __tablename__ = "posts_post"
    __table_args__ = (tenant_foreign_key("id", "matter", ondelete="CASCADE"), Index("ix_posts_post_category", "tenant_id", "category", "id"))

    category: Mapped[str] = mapped_column(Text, info=plain("one of the community's categories"))
    duties: Mapped[str] = mapped_column(Text, info=plain("what the post is there for; the form forbids names of residents"))
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=text("'{}'"), info=plain("what is wanted, of nobody"))
    times: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default=text("'[]'"), info=plain("days and hours"))
    times_words: Mapped[str | None] = mapped_column(Text, info=plain())
    standing: Mapped[bool] = mapped_column(default=True)


class Invitation(TenantRow, Base):
    """The community asks a member whether to take a post 请他认领; no is an answer that needs no reason (R7)."""

    __tablename__ = "posts_invitation"
    __table_args__ = (
        tenant_foreign_key("matter_id", "matter", ondelete="CASCADE"), tenant_foreign_key("member_id", "member", ondelete="CASCADE"),
        CheckConstraint(f"state in {INVITATION_STATES}", name="state"),
        Index("uq_posts_invitation_open", "tenant_id", "matter_id", "member_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_posts_invitation_member", "tenant_id", "member_id", "id"),
    )

    matter_id: Mapped[uuid.UUID]
    member_id: Mapped[uuid.UUID]
    state: Mapped[str] = mapped_column(Text, default="open", info=plain())
    invited_by: Mapped[uuid.UUID | None]
    invited_on: Mapped[dt.date]
    answered_on: Mapped[dt.date | None]
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


MODELS = (Post, Invitation)
