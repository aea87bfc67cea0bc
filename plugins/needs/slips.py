"""Slips with a one-time code, for a community whose form is not open to everybody, or that goes from door to door with paper."""
from __future__ import annotations

import uuid

from core.api import Invalid, _, audit, find_code, issue_codes, settings, use_code

MOST = 200


def purpose(community_id: uuid.UUID) -> str:
    """Under which a community's codes are kept: a slip of one opens no other's form."""
    return f"needs.slip.{community_id.hex}"


def make(community_id: uuid.UUID, count: int) -> list[str]:
    """So many fresh codes, each good for one need. Raises Invalid beyond 200."""
    if not 1 <= count <= MOST:
        raise Invalid(_("一次可打印 1 至 %(most)s 张。", most=MOST), {"count": [_("请改正")]})
    made = issue_codes(purpose(community_id), count, days=settings("needs", community_id)["code_days"])
    audit("needs.slips_printed", "organization", community_id, {"count": count})
    return [code for _identity, code in made]


def check(community_id: uuid.UUID, code: str) -> None:
    """Raise NotFound for a code that is not this community's, or was used; count the try first."""
    find_code(purpose(community_id), code)


def use(community_id: uuid.UUID, code: str) -> None:
    """Use a code up. Raises NotFound."""
    use_code(purpose(community_id), code)
