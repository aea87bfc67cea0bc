"""What an officer does about the claims on a post: claims for a member without a phone, releases, and ends one with its record."""
from __future__ import annotations

import uuid

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from core.api import Claimed, Forbidden, Invalid, Service, _, acting, authorize, member_target, release_claim, requires, take_claim, today
from core.pages import attempt, day, me, needed_identity, said, version
from plugins.posts import inviting, serving
from plugins.posts.pages import doing, work
from plugins.posts.pages.doing import LONGEST, POST, Route
from plugins.posts.rights import MANAGE, reached, reached_claim


@requires(MANAGE)
def find(matter_id: uuid.UUID) -> str | Response:
    """Members by the beginning of a name, each with a button to claim; a name stands in no address."""
    reached(matter_id, MANAGE)
    text = request.form.get("q", "").strip()[:LONGEST]
    if not text:
        return redirect(_back(matter_id), 303)
    return work.detail(matter_id, found=work.found_members(text, MANAGE), text=text)


@requires(MANAGE)
def take(matter_id: uuid.UUID) -> Response:
    """Claim for a member within reach who has said so."""
    reached(matter_id, MANAGE)
    member_id = _other_member()
    return attempt(lambda: take_claim(matter_id, member_id, by=me(), due_on=day("due_on")), taken, _back(matter_id))


@requires(MANAGE)
def invite(matter_id: uuid.UUID) -> Response:
    """Ask a member on the member's own page."""
    reached(matter_id, MANAGE)
    member_id = _other_member()
    return attempt(lambda: inviting.invite(matter_id, member_id, by=me()),
                   _("已邀请，党员打开“领岗位”时会看到，可以答应，也可以不答应。"), _back(matter_id))


@requires(MANAGE)
def release(claim_id: uuid.UUID) -> Response:
    """Give a claim up for its member, with the reason; whoever waits longest moves up."""
    row = reached_claim(claim_id)
    return attempt(lambda: release_claim(claim_id, version(), said("reason")), _("已登记退出；有人候补的，已按先后递补。"), _back(row.matter_id))


@requires(MANAGE)
def complete(claim_id: uuid.UUID) -> Response:
    """End a claim as done, with the last service where there is one, vouched for at once."""
    row = reached_claim(claim_id)
    return attempt(lambda: serving.complete(claim_id, version(), service(), by=me(), verified_by=me()), _("已办结。"), _back(row.matter_id))


def service() -> Service | None:
    """The service that a small form names by day and minutes; None where no day was given. Raises Invalid."""
    on, minutes = day("day"), doing.minutes("minutes")
    if on is None:
        return None
    if on > today():
        raise Invalid(_("服务日期还没有到。"), {"day": [_("日期还没有到")]})
    return Service(on, minutes)


def taken(made: Claimed) -> str:
    """How a claim ended, in a sentence."""
    return _("已认领。") if made.held else _("名额已满，已登记候补；有人退出时按先后递补。")


def _other_member() -> uuid.UUID:
    """The member of the form, within reach and not oneself: one's own claim is made on one's own page. Raises NotFound, Forbidden."""
    member_id = needed_identity("member_id")
    authorize(acting(), MANAGE, member_target(member_id))
    if member_id == acting().member_id:
        raise Forbidden(_("请在“领岗位”中自己认领。"))
    return member_id


def _back(matter_id: uuid.UUID) -> str:
    return url_for("posts.show", matter_id=matter_id)


ROUTES: tuple[Route, ...] = (
    ("/<uuid:matter_id>/find", "find", find, POST), ("/<uuid:matter_id>/claims", "take", take, POST),
    ("/<uuid:matter_id>/invitations", "invite", invite, POST), ("/claims/<uuid:claim_id>/release", "release", release, POST),
    ("/claims/<uuid:claim_id>/complete", "complete", complete, POST))
