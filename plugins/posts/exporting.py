"""Posts taken along: the list as a workbook (D5), and what is held about one member."""
from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select

from core.api import Actor, Column, MemberData, _, matter_rows, session, tenant_id
from plugins.posts import queries, times
from plugins.posts.models import Invitation
from plugins.posts.queries import PostFilter
from plugins.posts.setting import SOURCE


def columns() -> list[Column]:
    """The columns of the list, in the reader's language."""
    return [Column("community", _("社区"), 20), Column("category", _("类别"), 14), Column("title", _("岗位"), 24), Column("duties", _("职责"), 40),
            Column("skills", _("所需特长"), 18), Column("times", _("时间"), 24), Column("place", _("地点"), 18),
            Column("places", _("需要人数"), 10, "integer"), Column("taken", _("已认领"), 10, "integer"), Column("waiting", _("候补"), 10, "integer"),
            Column("due_on", _("截止日期"), 12, "date")]


def rows(actor: Actor, wanted: PostFilter) -> Iterator[Sequence[Any]]:
    """Every post of the list within the officer's reach, the newest first."""
    for row in queries.listed(actor, wanted, limit=None):
        yield (row.community, row.category, row.title, row.duties, _("、").join(row.skills), times.said(row.times, row.times_words), row.place,
               row.places, row.taken, row.waiting, row.due_on)


def of_member(member_id: uuid.UUID) -> list[MemberData]:
    """A member's invitations as the export of a member's data has them."""
    matters = matter_rows(SOURCE)
    found = session().execute(select(matters.c.title, Invitation.state, Invitation.invited_on, Invitation.answered_on)
                              .join(matters, matters.c.id == Invitation.matter_id)
                              .where(Invitation.tenant_id == tenant_id(), Invitation.member_id == member_id).order_by(Invitation.id)).all()
    if not found:
        return []
    return [MemberData(_("岗位邀请"), tuple({"title": row.title, "state": row.state, "invited_on": row.invited_on.isoformat(),
                                         "answered_on": row.answered_on.isoformat() if row.answered_on else None} for row in found))]
