"""A community's categories of posts, and the kind of service record into which each one's services go (R61, R63)."""
from __future__ import annotations

import uuid

from core.api import settings
from plugins.posts.settings import SEPARATOR

OTHER = "其他"


def categories(community_id: uuid.UUID | None) -> dict[str, str]:
    """Category to kind of service record, in the order of the setting."""
    kinds = settings("service", community_id)["kinds"]
    return dict(_pair(line, kinds) for line in settings("posts", community_id)["categories"])


def kind_of(category: str, community_id: uuid.UUID) -> str:
    """The kind of record of a category; a category that the setting has lost since goes by its own name, else under the rest."""
    found = categories(community_id).get(category)
    return found or _known(category, settings("service", community_id)["kinds"])


def _pair(line: str, kinds: list[str]) -> tuple[str, str]:
    name, _mark, kind = line.replace(":", SEPARATOR).partition(SEPARATOR)
    return name.strip(), _known(kind.strip() or name.strip(), kinds)


def _known(kind: str, kinds: list[str]) -> str:
    if kind in kinds:
        return kind
    return OTHER if OTHER in kinds else kinds[-1]
