"""Every setting that stands otherwise than the level above would have it: the tenant's against the operator's, the counties'."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from core.extension.activation import is_on
from core.extension.models import OperatorSetting, Setting
from core.extension.settings import OPERATOR, TENANT
from core.extension.settings_registry import Section, sections
from core.tenancy import session
from core.tenancy.scope import tenant_id
from tenants.state import dumped
from tenants.wording import field_title, value_words


@dataclass(frozen=True, slots=True)
class Deviation:
    """One own value at a level. `held_by`: the level above that has locked it, so that the own value does not hold now.

    `changed_at` and `changed_by` are those of the level's last change in the section.
    """

    namespace: str
    name: str
    section: str
    title: str
    here: str
    above: str
    organization_id: uuid.UUID | None
    locked: bool
    held_by: str | None
    version: int
    changed_at: dt.datetime
    changed_by: uuid.UUID | None

    @property
    def same(self) -> bool:
        """Whether the level above has come to say the same in the meantime."""
        return self.here == self.above


def deviations(places: Collection[uuid.UUID] | None = None) -> list[Deviation]:
    """The own values of the tenant and of all its counties, or of some `places` only: two queries, whatever their number."""
    operator = {row.namespace: row for row in session().execute(
        select(OperatorSetting.namespace, OperatorSetting.values, OperatorSetting.locked))}
    rows = session().execute(select(
        Setting.namespace, Setting.organization_id, Setting.values, Setting.locked, Setting.version, Setting.changed_at,
        Setting.changed_by).where(Setting.tenant_id == tenant_id())).all()
    tenant = {row.namespace: row for row in rows if row.organization_id is None}
    found = []
    for known in sections():
        if known.plugin and not is_on(known.namespace):
            continue
        ladder = _Ladder(known, operator.get(known.namespace), tenant.get(known.namespace))
        for row in rows:
            if row.namespace == known.namespace and (places is None or row.organization_id in places):
                found += ladder.deviations(row)
    return found


class _Ladder:
    """One section's levels above the tenant and above a county."""

    def __init__(self, section: Section, operator: Any, tenant: Any) -> None:
        self._section, self._fields = section, section.schema().fields
        defaults = dumped(section.namespace, section.schema().load({}))
        self._barred = frozenset(operator.locked if operator else ())
        self._above_tenant: Mapping[str, Any] = {**defaults, **(operator.values if operator else {})}
        own = {n: v for n, v in (tenant.values if tenant else {}).items() if n not in self._barred}
        self._above_county: Mapping[str, Any] = {**self._above_tenant, **own}
        self._held = frozenset(tenant.locked if tenant else ())

    def deviations(self, row: Any) -> list[Deviation]:
        """The own values of one level's row."""
        above = self._above_tenant if row.organization_id is None else self._above_county
        return [self._one(row, name, value, above) for name, value in row.values.items() if name in self._fields]

    def _one(self, row: Any, name: str, value: Any, above: Mapping[str, Any]) -> Deviation:
        held = OPERATOR if name in self._barred else TENANT if row.organization_id and name in self._held else None
        field = self._fields[name]
        return Deviation(self._section.namespace, name, str(self._section.title), field_title(self._section, name),
                         value_words(value, field), value_words(above[name], field), row.organization_id, name in row.locked, held,
                         row.version, row.changed_at, row.changed_by)
