"""What the community's desk sees of a member who stands before it: who, from which unit, and by which tie this is the right place."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from core.access.actor import GrantFact
from core.errors import Invalid, NotFound
from core.i18n import _
from core.members.queries import MemberRow, MemberView, RosterFilter, member_view, roster
from core.registration import certificates
from core.registration.queries import Choice, MemberState, member_state

FOUND = 20


@dataclass(frozen=True, slots=True)
class Card:
    """A member at the desk. `here` are the communities of this officer that fit; `certificate_id` is set when one was shown."""

    member: MemberView
    state: MemberState
    here: tuple[Choice, ...]
    certificate_id: uuid.UUID | None = None
    number: str = ""


def scan(scanned: str, grants: Sequence[GrantFact]) -> Card:
    """The member behind a scanned QR or a typed number.

    Raises Invalid for an empty field, NotFound for an unknown or revoked certificate, and in the same words for one whose
    member neither lives nor works in this officer's communities.
    """
    if not scanned.strip():
        raise Invalid(_("请扫描报到证上的二维码，或输入证上的编号。"), {"scanned": [_("请扫描或输入")]})
    found = certificates.find_any(scanned)
    try:
        shown = card(found.member_id, grants, certificate_id=found.id, number=found.number)
    except NotFound:
        raise NotFound(certificates.unknown()) from None
    certificates.require_valid(found)  # told only to the desk that its member belongs to
    return shown


def card(member_id: uuid.UUID, grants: Sequence[GrantFact], *, certificate_id: uuid.UUID | None = None, number: str = "") -> Card:
    """A member who lives or works within the grants. Raises NotFound for everybody else."""
    state = member_state(member_id)
    here = tuple(c for c in state.choices if any(c.path.startswith(g.path) for g in grants))
    if not here:
        raise NotFound
    return Card(member_view(member_id), state, here, certificate_id, number)


def search(text: str, grants: Sequence[GrantFact]) -> list[MemberRow]:
    """Members within the grants whose name, pinyin or initials begin so, or with that ID or phone number. Raises Invalid."""
    if not text.strip():
        raise Invalid(_("请输入姓名、拼音或完整的证件号码。"), {"name": [_("请输入")]})
    return roster(RosterFilter(tuple(grants), text=text), limit=FOUND).rows
