"""Rows for any plugin's tables, made from the models alone, so that checks have something to leak and to erase."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    LargeBinary,
    Numeric,
    String,
    Table,
    Uuid,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError

from core.db import Base, TenantRow
from core.extension.facts import RecordFact
from core.extension.manifest import Plugin
from core.privacy.tags import is_sealed
from core.residents.sealing import seal
from core.service.claims.models import Claim, Matter
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id
from web.testing.factories import TestMember, TestTenant

MATTER, CLAIM = Matter.__tablename__, Claim.__tablename__
_VALUES: tuple[tuple[type, Any], ...] = (
    (Boolean, False), (Uuid, uuid.uuid4), (DateTime, now), (Date, today), (ARRAY, list), (JSON, dict), (JSONB, dict),
    (LargeBinary, lambda: uuid.uuid4().bytes))


def known_ids(tenant: TestTenant, member: TestMember, record: RecordFact | None = None) -> dict[str, uuid.UUID]:
    """Ids of core's things by the names under which columns and addresses ask for them."""
    account = member.account.id if member.account else tenant.accounts["community_officer"].id
    return {"member_id": member.id, "unit_id": member.unit_id, "community_id": member.residence_id,
            "organization_id": member.residence_id, "account_id": account} | ({"record_id": record.record_id} if record else {})


def fill(plugin: Plugin, tenant: TestTenant, member: TestMember, record: RecordFact, number: int = 1) -> list[str]:
    """Give each table of the plugin a row about the member, unless it has one; says for which none could be made.

    `number` is what stands in columns of numbers and words: another one for each member, as they may have to be unique.
    """
    problems, known = [], known_ids(tenant, member, record)
    models = {str(model.__tablename__): model for model in plugin.models}  # type: ignore[attr-defined]
    with tenant.scope():
        parents: dict[str, uuid.UUID] = {MATTER: _matter(plugin.name, member)} if any(map(_of_matter, models.values())) else {}
        if parents:
            parents[CLAIM] = _claim(plugin.name, parents[MATTER], member)
        for table in (t for t in Base.metadata.sorted_tables if t.name in models):
            model: Any = models[table.name]
            if (there := _row_about(model, member.id)) is not None:
                parents[table.name] = there
                continue
            try:
                with session().begin_nested():
                    new = _identity(table, parents)
                    values = {c.name: _sealed(table, c, new, number) or _value(table, c, known, parents, number)
                              for c in table.columns if c.name not in ("tenant_id", "id")}
                    parents[table.name] = session().execute(
                        insert(model).values(tenant_id=tenant.id, id=new, **values).returning(model.id)).scalar_one()
            except IntegrityError as error:
                problems.append(_problem(table, error))
    return problems


def _of_matter(model: Any) -> bool:
    """Whether a table points to matters or claims, or extends matters under their own ids."""
    return any(constraint.referred_table.name in (MATTER, CLAIM) for constraint in model.__table__.foreign_key_constraints)


def _matter(source: str, member: TestMember) -> uuid.UUID:
    """A matter that the plugin has put up in the member's community."""
    row = Matter(id=uuid.uuid4(), source=source, community_id=member.residence_id, kind="其他", title=f"样例 {member.name}", opened_on=today(),
                 created_at=now())
    session().add(row)
    session().flush()
    return row.id


def _claim(source: str, matter_id: uuid.UUID, member: TestMember) -> uuid.UUID:
    """The member's claim on it."""
    row = Claim(id=uuid.uuid4(), matter_id=matter_id, source=source, community_id=member.residence_id, member_id=member.id,
                unit_id=member.unit_id, claimed_on=today(), created_at=now())
    session().add(row)
    session().flush()
    return row.id


def _identity(table: Table, parents: Mapping[str, uuid.UUID]) -> uuid.UUID:
    """A new id, but the matter's where the table extends matters."""
    extends = any("id" in constraint.column_keys and constraint.referred_table.name == MATTER for constraint in table.foreign_key_constraints)
    return parents[MATTER] if extends else uuid.uuid4()


def _row_about(model: type[TenantRow], member_id: uuid.UUID) -> uuid.UUID | None:
    query = select(model.id).where(model.tenant_id == tenant_id()).limit(1)
    if hasattr(model, "member_id"):
        query = query.where(model.member_id == member_id)
    return session().scalar(query)


def _sealed(table: Table, column: Column[Any], row_id: uuid.UUID, number: int) -> bytes | None:
    """A text as `seal` stores it, for a column of bytes that the model says is a person's; None for any other column."""
    if not is_sealed(column):
        return None
    return seal(table.name, column.name, row_id, f"样例 {number}")


def _value(table: Table, column: Column[Any], known: Mapping[str, uuid.UUID], parents: Mapping[str, uuid.UUID], number: int) -> Any:
    """A value of the column's type that points to things which are there and keeps the CHECK constraints, as far as these can be read."""
    for constraint in table.constraints:
        if isinstance(constraint, ForeignKeyConstraint) and column.name in constraint.column_keys:
            target = constraint.referred_table.name
            return parents.get(target) or known.get(_ID_OF.get(target, "")) or known.get(column.name)
    if column.name in known:
        return known[column.name]
    for kind, value in _VALUES:
        if isinstance(column.type, kind):
            return value() if callable(value) else value
    words = _words(table, column)
    if isinstance(column.type, String):
        return words[0] if words else f"样例 {number}"
    return (dt.timedelta(hours=1) if column.type.python_type is dt.timedelta else dt.time(9) if column.type.python_type is dt.time
            else float(1) if isinstance(column.type, Numeric) and column.type.python_type is float else number)


_ID_OF = {"member": "member_id", "organization": "organization_id", "service_record": "record_id", "account": "account_id"}


def _words(table: Table, column: Column[Any]) -> list[str]:
    """The words that a CHECK allows in the column, such as ('earned', 'reversed')."""
    checks = (str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint))
    return [word for check in checks if re.search(rf"\b{column.name}\b", check) for word in re.findall(r"'([^']*)'", check)]


def _problem(table: Table, error: IntegrityError) -> str:
    rule = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or type(error.orig).__name__
    return f"表 {table.name} 造不出样例行（{rule}），检验不到它。请放宽这条约束，或让它从模型中看得出可用的值。"
