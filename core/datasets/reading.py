"""How all datasets read: in server-side batches, bounded by reach and place."""
from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any, cast

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import aliased

from core.access.actor import GrantFact
from core.extension.dataset import DataReach, DataRequest
from core.organizations.models import Organization
from core.privacy.keyring import for_tenant
from core.privacy.masking import mask_address, mask_id_number, mask_phone
from core.tenancy import session
from core.tenancy.scope import tenant_id

BATCH = 1_000
MASKS = {"id_number": mask_id_number, "phone": mask_phone, "address": mask_address}


def batches(query: Select[Any]) -> Iterator[Sequence[Row[Any]]]:
    """The rows of a query, a thousand at a time. Not read ahead by a thread: between two batches the finished parts of the file that
    is made of them are written by the same session.
    """
    return iter(session().execute(query.execution_options(yield_per=BATCH)).partitions(BATCH))


def count(query: Select[Any]) -> int:
    """How many rows a query has."""
    return session().scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0


def grants(request: DataRequest) -> tuple[GrantFact, ...]:
    """What the reader may see, in the shape that the rooms' own conditions take."""
    return cast("tuple[GrantFact, ...]", request.reach)


def place(request: DataRequest) -> tuple[GrantFact, ...]:
    """The chosen place in the same shape; the reach itself when none was chosen."""
    return cast("tuple[GrantFact, ...]", (request.place,) if request.place else request.reach)


def organization(column: Any, query: Select[Any]) -> tuple[Any, Select[Any]]:
    """An alias of the organization that `column` of the query's first table names, and the query joined with it."""
    table: Any = aliased(Organization)
    return table, query.outerjoin(table, (table.tenant_id == tenant_id()) & (table.id == column))


def secrets(rows: Sequence[Row[Any]], places: dict[str, int], identity: int, *, full: bool) -> dict[str, list[str]]:
    """The encrypted columns of members, `places` telling where each stands in a row; masked unless `full`."""
    ring = for_tenant(tenant_id())
    found = {}
    for column, index in places.items():
        values = ring.decrypt_many("member", column, [(cast("uuid.UUID", row[identity]), row[index]) for row in rows])
        found[column] = [value or "" for value in values] if full else [MASKS[column](value) for value in values]
    return found


def paths(reach: Sequence[DataReach | GrantFact]) -> list[str]:
    """The paths of a reach."""
    return [one.path for one in reach]
