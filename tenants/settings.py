"""Changes settings at one level: checked by their schema, with history, audit and no silent overwriting."""
from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import RAISE, ValidationError
from sqlalchemy import Executable, select, update
from sqlalchemy.dialects.postgresql import insert

from core import audit
from core.db import new_id
from core.errors import Conflict, Invalid, NotFound
from core.extension import settings as reading
from core.extension.activation import is_on
from core.extension.approval_kinds import SECTION as TWO_PERSONS, loosened
from core.extension.models import OperatorSetting, Setting
from core.extension.settings import Level, Value
from core.extension.settings_registry import Section, section, sections
from core.i18n import _
from core.organizations import tree
from core.spelling import did_you_mean
from core.tenancy import now, session
from core.tenancy.scope import tenant_id
from tenants import changes

LEVELS = ("county",)


@dataclass(frozen=True, slots=True)
class SettingsView:
    """One section at one level: what holds there and why, what the level itself says, and the version to save against."""

    section: Section
    organization_id: uuid.UUID | None
    values: dict[str, Value]
    own: dict[str, Any]
    locked: frozenset[str]
    version: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What saving would do at its level: values that hold otherwise (before, after), names newly locked and unlocked, names that
    from then on follow the level above, and names that no longer do. `loosened`: those by which less would need a second person.
    """

    changed: Mapping[str, tuple[Any, Any]]
    locked: frozenset[str]
    unlocked: frozenset[str]
    following: frozenset[str]
    laid_down: frozenset[str]
    loosened: frozenset[str]

    @property
    def nothing(self) -> bool:
        """Whether all stays as it is."""
        return not (self.changed or self.locked or self.unlocked or self.following or self.laid_down)


def available(organization_id: uuid.UUID | None = None) -> list[Section]:
    """The sections that the tenant can see: core's, and those of the plugins that are on; of a county those it may set itself."""
    return [s for s in sections() if (not s.plugin or is_on(s.namespace)) and (s.local or organization_id is None)]


def get(namespace: str, organization_id: uuid.UUID | None = None) -> SettingsView:
    """One section as it holds for the tenant, or for a county.

    Raises NotFound for an unknown section, a place that has none of its own in it, or a plugin that is off.
    """
    known = _open(namespace, organization_id)
    own = _own(namespace, organization_id)
    return SettingsView(known, organization_id, reading.explain(namespace, organization_id), dict(own.values), own.locked, own.version)


def save(namespace: str, values: Mapping[str, Any], organization_id: uuid.UUID | None = None, *, version: int,
         locked: Iterable[str] | None = None, below_locks: bool = False, confirmed: bool = False) -> int:
    """Let the level say `values` (JSON or form values) and nothing else; returns the new version, the old one if nothing changed.

    A value that equals the inherited one is not kept, so it goes on following the level above; unless it is in `locked`, the
    names which lower levels may not override (None: as before). `version` is what `get` told (0: nothing yet). `below_locks`
    keeps a value that a higher level has locked otherwise: it holds on the day on which the lock goes. `confirmed`: a second person
    has agreed, without which no account loosens what needs two (`tenants.loosening`); the installation and its operators may.
    Raises NotFound as `get` does, Invalid for unknown, unfit or locked values, Conflict when somebody else has saved since, or for
    such a loosening.
    """
    own, stored, holds = _wanted(namespace, values, organization_id, locked, below_locks=below_locks)
    if version == own.version and stored == own.values and holds == own.locked:
        return version
    actor = audit.current_actor()
    if actor.kind == "account" and not confirmed and _outcome(section(namespace), organization_id, own, stored, holds).loosened:
        raise Conflict(_("这项改动会放宽两人办理，须由另一人确认后才生效。请在“设置”的“两人办理”中提出。"))
    row = {"values": stored, "locked": sorted(holds), "changed_at": now(), "changed_by": actor.id if actor.kind == "account" else None}
    if not _write(namespace, organization_id, version, row):
        raise Conflict(_("设置已被他人修改。请刷新页面，核对后再保存。"))
    changes.note(namespace, {"values": dict(own.values), "locked": sorted(own.locked)},
                 {"values": stored, "locked": sorted(holds)}, organization_id)
    names = sorted(n for n in {*stored, *own.values} if stored.get(n, ...) != own.values.get(n, ...))
    audit.record("settings.changed", "organization" if organization_id else "tenant", organization_id,
                 {"namespace": namespace, "names": names, "locked": sorted(holds)})
    reading.forget()
    return version + 1


def tried(namespace: str, values: Mapping[str, Any], organization_id: uuid.UUID | None = None, *,
          locked: Iterable[str] | None = None) -> Outcome:
    """What `save` would make of it; writes nothing. Raises NotFound and Invalid as `save` does."""
    own, stored, holds = _wanted(namespace, values, organization_id, locked)
    return _outcome(section(namespace), organization_id, own, stored, holds)


def save_for_all(namespace: str, values: Mapping[str, Any], locked: Iterable[str] = ()) -> None:
    """Lay down the operator's values for every tenant; to be called in `unscoped()`. Raises NotFound, Invalid."""
    holds = frozenset(locked)
    row = {"values": _checked(section(namespace), values, holds), "locked": sorted(holds)}
    session().execute(insert(OperatorSetting).values(namespace=namespace, **row)
                      .on_conflict_do_update(index_elements=["namespace"], set_=row))
    audit.record_operator("settings.changed", "installation", None,
                          {"namespace": namespace, "names": sorted(row["values"]), "locked": row["locked"]})


def reset(namespace: str, name: str, organization_id: uuid.UUID | None = None, *, version: int) -> int:
    """Let one setting follow the level above again, and unlock it. Raises as `save` does."""
    own = _own(_open(namespace, organization_id).namespace, organization_id)
    return save(namespace, {n: v for n, v in own.values.items() if n != name}, organization_id, version=version,
                locked=own.locked - {name})


def own_level(namespace: str, organization_id: uuid.UUID | None = None) -> Level:
    """What the level itself lays down in a section, also of a plugin that is off."""
    return _own(namespace, organization_id)


def own_of_places() -> dict[tuple[str, uuid.UUID], Mapping[str, Any]]:
    """What the counties lay down, by section and county, in one query; sections that no installed code knows are left out."""
    known = {s.namespace for s in sections() if s.local}
    rows = session().execute(select(Setting.namespace, Setting.organization_id, Setting.values).where(
        Setting.tenant_id == tenant_id(), Setting.organization_id.is_not(None)))
    return {(r.namespace, r.organization_id): r.values for r in rows if r.namespace in known}


def history(namespace: str, organization_id: uuid.UUID | None = None, limit: int = 50) -> list[changes.ChangeRow]:
    """The level's changes in a section, the latest first. Raises NotFound as `get` does."""
    _open(namespace, organization_id)
    return changes.changes(places=None if organization_id is None else [organization_id], whole=organization_id is None,
                           namespace=namespace, limit=limit)


def _wanted(namespace: str, values: Mapping[str, Any], organization_id: uuid.UUID | None,
            locked: Iterable[str] | None, *, below_locks: bool = False) -> tuple[Level, dict[str, Any], frozenset[str]]:
    """What the level says now, and what it would say and lock: values as JSON without those that it need not lay down."""
    known = _open(namespace, organization_id)
    own = _own(namespace, organization_id)
    holds = own.locked if locked is None else frozenset(locked)
    stored = _checked(known, values, holds)
    if not below_locks:
        _refuse_locked(known, organization_id, stored)
    inherited = _inherited(known, organization_id)
    return own, {name: value for name, value in stored.items() if value != inherited[name] or name in holds}, holds


def _outcome(known: Section, organization_id: uuid.UUID | None, own: Level, stored: Mapping[str, Any], holds: frozenset[str]) -> Outcome:
    before = _json(known, {n: v.value for n, v in reading.explain(known.namespace, organization_id).items()})
    after = {**_inherited(known, organization_id), **stored}
    return Outcome({n: (before[n], after[n]) for n in before if before[n] != after[n]}, holds - own.locked, own.locked - holds,
                   frozenset(own.values) - frozenset(stored), frozenset(stored) - frozenset(own.values),
                   loosened(before, after) if known.namespace == TWO_PERSONS else frozenset())


def _open(namespace: str, organization_id: uuid.UUID | None) -> Section:
    known = section(namespace)
    if known.plugin and not is_on(namespace):
        raise NotFound(_("没有名为 %(name)s 的设置。", name=namespace))
    if organization_id is not None and (not known.local or tree.get(organization_id).kind not in LEVELS):
        raise NotFound(_("只有区县可以有自己的设置，有些设置全市统一。"))
    return known


def _own(namespace: str, organization_id: uuid.UUID | None) -> Level:
    found = reading.levels(namespace, organization_id)
    wanted = reading.TENANT if organization_id is None else reading.ORGANIZATION
    return next((lv for lv in found if lv.name == wanted and lv.organization_id == organization_id), Level(wanted, organization_id))


def _checked(known: Section, values: Mapping[str, Any], locked: frozenset[str]) -> dict[str, Any]:
    """The values as JSON, as the schema writes them."""
    schema = known.schema(unknown=RAISE, partial=True)
    problems = {name: [_("没有这个设置%(hint)s。", hint=did_you_mean(name, schema.fields))]
                for name in (*values, *locked) if name not in schema.fields}
    try:
        loaded = schema.load({n: v for n, v in values.items() if n in schema.fields})
    except ValidationError as error:
        problems |= {str(name): [str(m) for m in _flat(said)] for name, said in error.normalized_messages().items()}
    if problems:
        raise Invalid(_("设置没有保存：请改正标出的各项。"), problems)
    return {n: v for n, v in _json(known, loaded).items() if n in values}


def _refuse_locked(known: Section, organization_id: uuid.UUID | None, stored: Mapping[str, Any]) -> None:
    above = reading.levels(known.namespace, organization_id)
    above = above[:1] if organization_id is None else [lv for lv in above if lv.organization_id != organization_id]
    barred = {name for level in above for name in level.locked} & stored.keys()
    inherited = _inherited(known, organization_id)
    if problems := {n: [_("上级已锁定此项，不能修改。")] for n in sorted(barred) if stored[n] != inherited[n]}:
        raise Invalid(_("设置没有保存：请改正标出的各项。"), problems)


def _inherited(known: Section, organization_id: uuid.UUID | None) -> dict[str, Any]:
    """What would hold here if the level itself said nothing, as JSON."""
    return _json(known, {n: v.value for n, v in reading.explain(known.namespace, organization_id, own=False).items()})


def _json(known: Section, values: Mapping[str, Any]) -> dict[str, Any]:
    dumped: dict[str, Any] = json.loads(json.dumps(known.schema().dump(values), default=str))
    return dumped


def _flat(said: Any) -> Iterable[Any]:
    if isinstance(said, dict):
        return [m for part in said.values() for m in _flat(part)]
    return said if isinstance(said, list) else [said]


def _write(namespace: str, organization_id: uuid.UUID | None, version: int, row: Mapping[str, Any]) -> bool:
    statement: Executable = insert(Setting).values(
        tenant_id=tenant_id(), id=new_id(), namespace=namespace, version=1, organization_id=organization_id,
        **row).on_conflict_do_nothing().returning(Setting.id)
    if version:
        statement = update(Setting).where(
            Setting.tenant_id == tenant_id(), Setting.namespace == namespace, Setting.version == version,
            Setting.organization_id.is_not_distinct_from(organization_id)).values(version=version + 1, **row).returning(Setting.id)
    return session().execute(statement).one_or_none() is not None
