"""The shipped list of divisions: read from its file, laid down once as reference rows, and turned into a tenant's places."""
from __future__ import annotations

import csv
import gzip
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import aggregate_order_by, delete, func, select

from core.errors import Invalid
from core.i18n import _
from core.tenancy import Division, session

FILE = Path(__file__).parent / "data" / "hubei_divisions.csv.gz"
COLUMNS = ("code", "name", "level", "parent_code", "kind")


class Row(NamedTuple):
    """One division. `kind` is filled for communities: 居委会, 村委会 or other."""

    code: str
    name: str
    level: str
    parent_code: str | None
    kind: str | None


class Place(NamedTuple):
    """One place of a tenant's tree; `parent` is its parent's code."""

    kind: str
    code: str
    name: str
    parent: str
    path: str
    division_kind: str | None


@cache
def rows() -> tuple[Row, ...]:
    """All divisions in the file, by code."""
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as stream:
        return tuple(Row(r["code"], r["name"], r["level"], r["parent_code"] or None, r["kind"] or None) for r in csv.DictReader(stream))


def store() -> bool:
    """Lay the file down as the reference table, unless it says the same already; answers whether it wrote. Call it in `unscoped()`."""
    line = func.concat_ws("|", Division.code, Division.name, Division.level, func.coalesce(Division.parent_code, ""),
                          func.coalesce(Division.kind, ""))
    if session().scalar(select(func.md5(aggregate_order_by(func.string_agg(line, "\n"), Division.code)))) == _digest():
        return False
    session().execute(delete(Division))
    connection: Any = session().connection().connection.driver_connection  # psycopg's own: COPY is no statement of SQLAlchemy's
    with connection.cursor() as cursor, cursor.copy(f"COPY division ({', '.join(COLUMNS)}) FROM STDIN") as copy:
        for row in rows():
            copy.write_row(row)
    return True


def places(tenant_code: str, areas: Iterable[str]) -> list[Place]:
    """The counties, streets and communities of a tenant, parents before children.

    A county that is a tenant of its own (仙桃 429004) has its streets right below the committee. Raises Invalid for an area
    that the file does not hold.
    """
    chosen = tuple(areas)
    if missing := sorted(set(chosen) - {r.code for r in rows()}):
        raise Invalid(_("区划中没有 %(codes)s，请核对代码。", codes="、".join(missing)), {"areas": [_("请核对代码")]})
    found: list[Place] = []
    paths = {tenant_code: f"{tenant_code}/"}
    for level in ("county", "street", "community"):
        for row in rows():
            if row.level == level and row.code != tenant_code and row.code.startswith(chosen):
                parent = row.parent_code if row.parent_code in paths else tenant_code
                paths[row.code] = f"{paths[parent]}{row.code}/"
                found.append(Place(level, row.code, row.name, parent, paths[row.code], row.kind))
    return found


def _digest() -> str:
    lines = ("|".join(value or "" for value in row) for row in rows())
    return hashlib.md5("\n".join(lines).encode(), usedforsecurity=False).hexdigest()
