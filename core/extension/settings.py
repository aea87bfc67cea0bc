"""Reads settings as they hold at one place: plugin default, then operator, tenant and county, each level unless locked above."""
from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from marshmallow import EXCLUDE, ValidationError
from sqlalchemy import select

from core.errors import NotFound
from core.extension.models import OperatorSetting, Setting
from core.extension.settings_registry import Section, section, sections
from core.spelling import did_you_mean
from core.tenancy import scope_cache, session
from core.tenancy.scope import tenant_id

DEFAULT, OPERATOR, TENANT, ORGANIZATION = "default", "operator", "tenant", "organization"
_KEY = "settings"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Level:
    """What one level lays down in one namespace. `version` 0: it lays down nothing yet."""

    name: str
    organization_id: uuid.UUID | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    locked: frozenset[str] = frozenset()
    version: int = 0


@dataclass(frozen=True, slots=True)
class Value:
    """A setting as it holds at one place: where it comes from, and which level has locked it for those below."""

    value: Any
    origin: str
    locked_by: str | None = None


class Values(dict[str, Any]):
    """Settings by name; one that the section does not have raises KeyError and says what was probably meant, by `get` too."""

    def __missing__(self, name: str) -> Any:
        raise KeyError(f"没有设置项 {name}{did_you_mean(str(name), self)}")

    def get(self, name: str, default: Any = None) -> Any:
        """The value; the section's own default stands in for one that nobody has set, so `default` is never needed."""
        return self[name] if name in self or default is None else default


def effective(namespace: str, organization_id: uuid.UUID | None = None) -> Values:
    """The values that hold for the tenant or for one of its organizations, by field name, as Python values.

    Raises NotFound for an unknown namespace, KeyError for an unknown name in it, ScopeError without a tenant's scope.
    """
    cached = scope_cache().setdefault("settings_effective", {})
    key = (namespace, organization_id)
    if key not in cached:
        cached[key] = {name: found.value for name, found in explain(namespace, organization_id).items()}
    return Values(cached[key])


def explain(namespace: str, organization_id: uuid.UUID | None = None, *, own: bool = True) -> dict[str, Value]:
    """The same, with the origin of each value and the lock on it; with `own` False, as if the place itself said nothing.

    Raises NotFound and ScopeError as `effective` does.
    """
    known = _section(namespace)
    origins = dict.fromkeys(known.schema().fields, DEFAULT)
    locks: dict[str, str] = {}
    raw: dict[str, Any] = {}
    for level in levels(namespace, organization_id):
        if not own and level.name != OPERATOR and level.organization_id == organization_id:
            continue
        for name, value in level.values.items():
            if name in origins and name not in locks:
                raw[name], origins[name] = value, level.name
        locks |= {name: level.name for name in level.locked if name not in locks}
    values, bad = _load(known, raw)
    origins |= dict.fromkeys(bad, DEFAULT)
    return {name: Value(values[name], origins[name], locks.get(name)) for name in origins}


def levels(namespace: str, organization_id: uuid.UUID | None = None) -> list[Level]:
    """What the levels above and at the place lay down, the operator's first."""
    stored = _stored()
    found = [stored.get((namespace, OPERATOR), Level(OPERATOR)), stored.get((namespace, None), Level(TENANT))]
    if organization_id is not None and any(key[0] == namespace and isinstance(key[1], uuid.UUID) for key in stored):
        found += [stored[namespace, above] for above in _lineage[0](organization_id) if (namespace, above) in stored]
    return found


def places_with_own(namespace: str) -> frozenset[uuid.UUID]:
    """The organizations that lay down something of their own in a namespace; at all others the tenant's values hold."""
    return frozenset(key[1] for key in _stored() if key[0] == namespace and isinstance(key[1], uuid.UUID))


def forget() -> None:
    """Read the settings again in this scope; to be called after a change."""
    for key in (_KEY, "settings_effective"):
        scope_cache().pop(key, None)


def set_lineage(lineage: Callable[[uuid.UUID], tuple[uuid.UUID, ...]]) -> None:
    """Name the function that tells an organization's line from the root down to itself; the organizations room does."""
    _lineage[:] = [lineage]


def _section(namespace: str) -> Section:
    try:
        return section(namespace)
    except NotFound as error:
        raise NotFound(f"{error.message}{did_you_mean(namespace, (one.namespace for one in sections()))}") from None


def _alone(organization_id: uuid.UUID) -> tuple[uuid.UUID, ...]:
    return (organization_id,)


_lineage: list[Callable[[uuid.UUID], tuple[uuid.UUID, ...]]] = [_alone]


def _stored() -> dict[tuple[str, Any], Level]:
    """All levels of all namespaces: two small queries a scope, whatever is asked."""
    known: dict[tuple[str, Any], Level] | None = scope_cache().get(_KEY)
    if known is None:
        known = {(r.namespace, OPERATOR): Level(OPERATOR, None, r.values, frozenset(r.locked))
                 for r in session().execute(select(OperatorSetting.namespace, OperatorSetting.values, OperatorSetting.locked))}
        rows = session().execute(select(Setting.namespace, Setting.organization_id, Setting.values, Setting.locked, Setting.version)
                                 .where(Setting.tenant_id == tenant_id()))
        for r in rows:
            name = TENANT if r.organization_id is None else ORGANIZATION
            known[r.namespace, r.organization_id] = Level(name, r.organization_id, r.values, frozenset(r.locked), r.version)
        scope_cache()[_KEY] = known
    return known


def _load(known: Section, raw: Mapping[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """Python values, and the names whose stored value no longer fits the schema and so gave way to the default."""
    schema = known.schema(unknown=EXCLUDE)
    try:
        return schema.load(raw), set()
    except ValidationError as error:
        bad = set(error.normalized_messages()) & set(raw) or set(raw)
        log.warning("setting_unfit", namespace=known.namespace, names=sorted(bad))
        return schema.load({name: value for name, value in raw.items() if name not in bad}), bad
