"""Changes to what a member says of himself or an officer of him: phone, address, skills, preferences."""
from __future__ import annotations

import uuid
from collections.abc import Sequence

from core import audit
from core.errors import Invalid
from core.i18n import _
from core.members.affiliations import locked, touch
from core.members.identity import parse_mobile
from core.members.models import Member
from core.privacy.keyring import for_tenant
from core.tenancy import session
from core.tenancy.scope import tenant_id

MOST_WORDS, LONGEST_WORD, LONGEST_ADDRESS = 20, 30, 200


def update_profile(member_id: uuid.UUID, version: int, *, skills: Sequence[str] | None = None, preferences: Sequence[str] | None = None,
                   phone: str | None = None, address: str | None = None, position: str | None = None) -> None:
    """Change what is given; None leaves it. Raises NotFound, Conflict when another version was opened, Invalid by field."""
    member = locked(member_id, version)
    before = _facts(member)
    if skills is not None:
        member.skills = _words(skills, "skills")
    if preferences is not None:
        member.preferences = _words(preferences, "preferences")
    if position is not None:
        member.position = position.strip()[:60] or None
    changed = [key for key, value in _facts(member).items() if before[key] != value]
    changed += _secret(member, "phone", parse_mobile(phone) if phone else phone)
    changed += _secret(member, "address", address)
    if changed:
        touch(member)
        session().flush()
        audit.record("member.updated", "member", member_id, {"fields": changed})


def _facts(member: Member) -> dict[str, object]:
    return {"skills": list(member.skills), "preferences": list(member.preferences), "position": member.position}


def _secret(member: Member, column: str, value: str | None) -> list[str]:
    """Encrypt a new value; answers the column's name when it differs from the stored one."""
    if value is None:
        return []
    value = value.strip()
    if len(value) > LONGEST_ADDRESS:
        raise Invalid(_("内容过长。"), {column: [_("最多 %(count)d 个字") % {"count": LONGEST_ADDRESS}]})
    ring = for_tenant(tenant_id())
    if (ring.decrypt("member", column, member.id, getattr(member, column)) or "") == value:
        return []
    setattr(member, column, ring.encrypt("member", column, member.id, value or None))
    if column == "phone":
        member.phone_index = ring.blind("member.phone", value or None)
    return [column]


def _words(given: Sequence[str], field: str) -> list[str]:
    words = list(dict.fromkeys(w.strip() for w in given if w.strip()))
    if len(words) > MOST_WORDS or any(len(w) > LONGEST_WORD for w in words):
        raise Invalid(_("内容有误，请看下面的提示。"),
                      {field: [_("最多 %(count)d 项，每项不超过 %(letters)d 个字") % {"count": MOST_WORDS, "letters": LONGEST_WORD}]})
    return words
