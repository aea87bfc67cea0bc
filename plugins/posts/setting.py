"""Setting a post by need (R47, R54): put up, changed, closed with what lapses said before, opened again."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from core.api import (
    Conflict,
    Invalid,
    MatterInput,
    NotFound,
    _,
    audit,
    change_matter,
    claim_rows,
    close_matter,
    matter_rows,
    open_matter,
    reopen_matter,
    session,
    tenant_id,
    today,
)
from plugins.posts import times
from plugins.posts.categories import categories, kind_of
from plugins.posts.models import Invitation, Post
from plugins.posts.times import Slot

SOURCE = "posts"


@dataclass(frozen=True, slots=True)
class PostInput:
    """What is said of a post. `recipient` is a resident's name in clear, kept encrypted; `minutes` the usual length of one service.

    `standing`: claimed once and served many times. `origin`, `origin_id`: the plugin and the row of which the post is made.
    """

    community_id: uuid.UUID
    category: str
    title: str
    duties: str
    skills: tuple[str, ...] = ()
    slots: tuple[Slot, ...] = ()
    times_words: str | None = None
    standing: bool = True
    place: str | None = None
    recipient_kind: str = "public"
    recipient_group: str | None = None
    recipient: str | None = None
    places: int = 1
    waits: bool = True
    minutes: int | None = None
    begins_on: dt.date | None = None
    due_on: dt.date | None = None
    origin: str | None = None
    origin_id: uuid.UUID | None = field(default=None)


def create(given: PostInput, *, by: uuid.UUID | None, post_id: uuid.UUID | None = None) -> uuid.UUID:
    """Put a post up; the caller has authorized it for the community. Answers its id, which is its matter's.

    `post_id` is the id that the form was given when it was opened: sent twice it makes one post. Raises Conflict, Invalid.
    """
    if post_id is not None and _is_there(post_id, given.community_id):
        return post_id
    check(given)
    if given.category not in categories(given.community_id):
        raise Invalid(_("有几处需要改正，请看标红的项目。"), {"category": [_("请从列表中选择")]})
    try:
        with session().begin_nested():
            made = open_matter(SOURCE, _matter(given), by=by, matter_id=post_id)
            row = Post(id=made)
            _fill(row, given)
            session().add(row)
    except IntegrityError:
        # The same form was sent twice at once; the other one has written it.
        if post_id is not None and _is_there(post_id, given.community_id):
            return post_id
        raise
    audit("posts.created", "posts_post", made, {"places": given.places})
    return made


def change(post_id: uuid.UUID, version: int, given: PostInput) -> None:
    """Change an open post; whoever holds a place keeps it. `version` is the matter's. Raises Conflict, Invalid, NotFound."""
    row, matters = locked(post_id), matter_rows(SOURCE)
    if session().scalar(select(matters.c.community_id).where(matters.c.id == post_id)) != given.community_id:
        raise Invalid(_("岗位不能换社区；请在另一个社区复制一个。"), {"community_id": [_("请改回原来的社区")]})
    check(given)
    if given.category not in (*categories(given.community_id), row.category):
        raise Invalid(_("有几处需要改正，请看标红的项目。"), {"category": [_("请从列表中选择")]})
    change_matter(post_id, version, _matter(given))
    _fill(row, given)
    audit("posts.changed", "posts_post", post_id)


def close(post_id: uuid.UUID, version: int | None, reason: str) -> int:
    """Close a post; open claims lapse and invitations are withdrawn. Answers how many lost a place. Raises Conflict, Invalid, NotFound."""
    if len(reason.strip()) < 2:
        raise Invalid(_("请写明关闭的原因，认领的党员会看到。"), {"reason": [_("请填写")]})
    lapsed = close_matter(post_id, version, reason)
    session().execute(update(Invitation).where(Invitation.tenant_id == tenant_id(), Invitation.matter_id == post_id, Invitation.state == "open")
                      .values(state="withdrawn", answered_on=today()))
    audit("posts.closed", "posts_post", post_id, {"lapsed": lapsed})
    return lapsed


def reopen(post_id: uuid.UUID, version: int | None) -> None:
    """Open a closed post again; claims that lapsed stay so. Raises Conflict, NotFound."""
    reopen_matter(post_id, version)
    audit("posts.reopened", "posts_post", post_id)


def would_lapse(post_id: uuid.UUID) -> tuple[int, int]:
    """How many hold a place and how many wait: what closing would end, to be said before."""
    claims = claim_rows(SOURCE)
    rows = session().execute(select(claims.c.state, func.count()).where(
        claims.c.matter_id == post_id, claims.c.state.in_(("held", "waiting"))).group_by(claims.c.state))
    counted: dict[str, int] = dict(rows.all())
    return counted.get("held", 0), counted.get("waiting", 0)


def locked(post_id: uuid.UUID) -> Post:
    """The post under a row lock. Raises NotFound."""
    row = session().scalar(select(Post).where(Post.tenant_id == tenant_id(), Post.id == post_id).with_for_update()
                           .execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row


def check(given: PostInput) -> None:
    """Raise Invalid for what core does not look at: duties, skills, times."""
    wrong: dict[str, list[str]] = {}
    if not 2 <= len(given.duties.strip()) <= 1000:
        wrong["duties"] = [_("请用 2 至 1000 个字写明职责")]
    if len(given.skills) > 12 or any(len(skill) > 20 for skill in given.skills):
        wrong["skills"] = [_("最多 12 项，每项不超过 20 个字")]
    if any(slot.minutes is not None and slot.minutes <= 0 for slot in given.slots):
        wrong["from_1"] = [_("结束时间要晚于开始时间")]
    if wrong:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), wrong)


def _matter(given: PostInput) -> MatterInput:
    return MatterInput(community_id=given.community_id, kind=kind_of(given.category, given.community_id), title=given.title, place=given.place,
                       recipient_kind=given.recipient_kind, recipient_group=given.recipient_group, recipient=given.recipient,
                       places=given.places, waits=given.waits, minutes=given.minutes, begins_on=given.begins_on, due_on=given.due_on,
                       origin=given.origin, origin_id=given.origin_id)


def _fill(row: Post, given: PostInput) -> None:
    row.category, row.duties, row.skills = given.category, given.duties.strip(), list(dict.fromkeys(given.skills))
    row.times, row.times_words, row.standing = times.written(given.slots), (given.times_words or "").strip() or None, given.standing


def _is_there(post_id: uuid.UUID, community_id: uuid.UUID) -> bool:
    """Whether the form has made its post already. Raises Conflict for an id that is another thing's."""
    matters = matter_rows()
    row = session().execute(select(matters.c.source, matters.c.community_id).where(matters.c.id == post_id)).one_or_none()
    if row is not None and tuple(row) != (SOURCE, community_id):
        raise Conflict(_("这张表单已经用过，请重新打开后再填写。"))
    return row is not None
