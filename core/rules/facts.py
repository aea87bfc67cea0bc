"""What rules read, as sub-queries: every record that counts and every approved deed, one row each, with no name of anybody."""
from __future__ import annotations

from typing import Any

from sqlalchemy import FromClause, Subquery, and_, bindparam, func, literal, select
from sqlalchemy.orm import aliased

from core.extension.facts import DeedFact, RecordFact
from core.members.models import Member
from core.organizations.models import Organization
from core.rules.models import Deed
from core.service.models import ServiceRecord
from core.tenancy.scope import tenant_id

_STORED = ("member_id", "unit_id", "community_id", "kind", "minutes", "happened_on", "counted_on", "recipient_kind", "recipient_group",
           "hours_source", "collective", "outside_hours")


def record_facts() -> Subquery:
    """The tenant's records that count. Columns: record_id, member_id, unit_id, community_id, kind, minutes, happened_on, counted_on,
    evaluation, recipient_kind, recipient_group, hours_source, collective, outside_hours, waived, elsewhere, county_path.

    `waived`: public work that counts without a recipient's judgement (R78), whose `evaluation` is "satisfied" for the rules; what tells of how
    people judged leaves it out.
    `elsewhere`: in neither of the member's own communities; `county_path` is the community's path, to be searched with `^@`. What a
    statement does not ask for costs nothing: the joins behind the last two are outer ones on a key, which PostgreSQL leaves out.
    """
    of = ServiceRecord
    columns = [of.id.label("record_id"), *(getattr(of, name) for name in _STORED), of.rating.label("evaluation"), of.waived]
    return _placed(of, columns, of.status == "counted")


def record_fact(record: RecordFact | None = None) -> Subquery:
    """One record as an event brought it, in the same columns; what is not known of it is null or false.

    Without a record, its values are bind parameters of the columns' names, for a statement that is kept (`hot_rows`).
    """
    values = {name: getattr(record, name, None) for name in ("record_id", *_STORED, "evaluation", "waived")}
    types = {"record_id": ServiceRecord.id, "evaluation": ServiceRecord.rating} | {n: getattr(ServiceRecord, n) for n in (*_STORED, "waived")}
    typed = [func.cast(bindparam(None if record else n, v, type_=types[n].type), types[n].type).label(n) for n, v in values.items()]
    one = select(literal(tenant_id()).label("tenant_id"), *typed).subquery("told")
    return _placed(one.c, [one.c[name] for name in values], None)


def _placed(of: Any, columns: list[Any], counts: Any) -> Subquery:
    place, owner = aliased(Organization), aliased(Member)
    elsewhere = and_(of.community_id.is_distinct_from(owner.residence_id), of.community_id.is_distinct_from(owner.workplace_id))
    source: Any = of if isinstance(of, type) else columns[0].table
    query = (select(*columns, elsewhere.label("elsewhere"), place.path.label("county_path")).select_from(source)
             .outerjoin(place, and_(place.tenant_id == of.tenant_id, place.id == of.community_id))
             .outerjoin(owner, and_(owner.tenant_id == of.tenant_id, owner.id == of.member_id)))
    if counts is not None:
        query = query.where(of.tenant_id == tenant_id(), counts)
    return query.subquery("record_fact")


def deed_facts() -> Subquery:
    """The tenant's approved deeds. Columns: deed_id, member_id, unit_id, kind, level, quantity, happened_on, approved_on."""
    return (select(Deed.id.label("deed_id"), Deed.member_id, Deed.unit_id, Deed.kind, Deed.level, Deed.quantity, Deed.happened_on,
                   Deed.approved_on)
            .where(Deed.tenant_id == tenant_id(), Deed.status == "approved").subquery("deed_fact"))


def deed_fact(deed: DeedFact | None = None) -> FromClause:
    """One deed as an event brought it, in the same columns; without one, bind parameters of their names."""
    return select(*(func.cast(bindparam(None if deed else name, getattr(deed, name, None), type_=column.type), column.type).label(name)
                    for name, column in {"deed_id": Deed.id, "member_id": Deed.member_id, "unit_id": Deed.unit_id, "kind": Deed.kind,
                                         "level": Deed.level, "quantity": Deed.quantity, "happened_on": Deed.happened_on,
                                         "approved_on": Deed.approved_on}.items())).subquery("deed_fact")
