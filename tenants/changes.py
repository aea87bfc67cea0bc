"""What was ever switched, set or renamed in the tenant, level by level: who did it, when, and what stood there before and after."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, or_, select

from core import audit
from core.extension.models import SettingChange
from core.extension.registry import current
from core.i18n import _
from core.tenancy import now, session
from core.tenancy.scope import tenant_id
from tenants.wording import known_sections, setting_pair, setting_title, setting_words, term_title, usual_term

# Stand in the column `namespace` beside the sections of settings, whose names have no colon.
SWITCHES, WORDS = "plugins:", "terms:"
SUSPENDED = "suspended"
PAGE = 50


class ChangeRow(NamedTuple):
    """One change as it is stored; `organization_id` None means the whole tenant."""

    id: uuid.UUID
    at: dt.datetime
    by: uuid.UUID | None
    namespace: str
    organization_id: uuid.UUID | None
    before: dict[str, Any]
    after: dict[str, Any]


class Step(NamedTuple):
    """One value's change in words."""

    title: str
    before: str
    after: str


def note(namespace: str, before: Mapping[str, Any], after: Mapping[str, Any], organization_id: uuid.UUID | None = None) -> None:
    """Keep a change in this transaction. Both sides are {"values": {name: value}}, settings with "locked": [name] besides."""
    actor = audit.current_actor()
    session().add(SettingChange(namespace=namespace, organization_id=organization_id, at=now(), before=dict(before), after=dict(after),
                                by=actor.id if actor.kind == "account" else None))
    session().flush()


def changes(*, places: Sequence[uuid.UUID] | None = None, whole: bool = False, namespace: str | None = None,
            name: str | None = None, before: uuid.UUID | None = None, limit: int = PAGE) -> list[ChangeRow]:
    """Changes, the latest first: of everything, or of some `places` only, or of the `whole` tenant's own level only, or of one
    `namespace`, or in which one `name` stands; one query along the primary key. `before` is the last seen id: ids are ordered
    by time.
    """
    wanted: list[ColumnElement[bool]] = [SettingChange.tenant_id == tenant_id()]
    if whole:
        wanted.append(SettingChange.organization_id.is_(None))
    elif places is not None:
        wanted.append(SettingChange.organization_id.in_(places))
    if namespace is not None:
        wanted.append(or_(SettingChange.namespace == namespace, SettingChange.namespace.startswith(namespace, autoescape=True))
                      if namespace.endswith(":") else SettingChange.namespace == namespace)
    if name is not None:
        wanted.append(or_(SettingChange.after["values"].has_key(name), SettingChange.before["values"].has_key(name)))
    if before is not None:
        wanted.append(SettingChange.id < before)
    rows = session().execute(select(
        SettingChange.id, SettingChange.at, SettingChange.by, SettingChange.namespace, SettingChange.organization_id,
        SettingChange.before, SettingChange.after).where(*wanted).order_by(SettingChange.id.desc()).limit(limit))
    return [ChangeRow(*row) for row in rows]


def every_change(*, places: Sequence[uuid.UUID] | None = None, namespace: str | None = None) -> Iterator[ChangeRow]:
    """All of them, batch by batch, for an export."""
    last = None
    while found := changes(places=places, namespace=namespace, before=last, limit=500):
        yield from found
        last = found[-1].id


def steps(change: ChangeRow) -> list[Step]:
    """What the change did, in words: one step a value, then the locks."""
    old, new = change.before.get("values", {}), change.after.get("values", {})
    names = [n for n in {**old, **new} if old.get(n, ...) != new.get(n, ...)]
    if change.namespace == SWITCHES:
        return [Step(_plugin_title(n), _switched(old.get(n)), _switched(new.get(n))) for n in names]
    if change.namespace.startswith(WORDS):
        locale = change.namespace.removeprefix(WORDS)
        return [Step(term_title(locale, n), *(side.get(n) or usual_term(locale, n) for side in (old, new))) for n in names]
    return [*(Step(setting_title(change.namespace, n), *_said(change.namespace, n, old, new)) for n in names), *_locks(change)]


def subject(namespace: str) -> str:
    """What a change was about, in a word."""
    if namespace == SWITCHES:
        return _("功能插件")
    if namespace.startswith(WORDS):
        return _("用语")
    known = known_sections().get(namespace)
    return str(known.title) if known is not None else namespace


def _said(namespace: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, str]:
    if name in old and name in new:
        return setting_pair(namespace, name, old[name], new[name])
    before, after = (setting_words(namespace, name, side[name]) if name in side else _("跟随上级或默认") for side in (old, new))
    return before, after


def _locks(change: ChangeRow) -> Iterable[Step]:
    old, new = (set(side.get("locked", ())) for side in (change.before, change.after))
    for name in sorted(old ^ new):
        yield Step(setting_title(change.namespace, name), *((_("已锁定") if name in side else _("不锁定")) for side in (old, new)))


def _switched(on: object) -> str:
    return _("已暂停") if on == SUSPENDED else _("已启用") if on else _("未启用")


def _plugin_title(name: str) -> str:
    known = current().plugins.get(name)
    return _("插件“%(title)s”", title=known.title if known is not None else name)


def in_words(change: ChangeRow, *, section: bool = True) -> str:
    """The whole change in one line; `section` False leaves the section's name out, where it stands above."""
    prefix = "" if section else f"{subject(change.namespace)} · "
    return "；".join(_("%(title)s：%(before)s → %(after)s", title=s.title.removeprefix(prefix), before=s.before, after=s.after)
                    for s in steps(change))


def lockers(namespace: str) -> dict[str, ChangeRow]:
    """For each setting that the tenant has locked: the change that did it; one query."""
    found: dict[str, ChangeRow] = {}
    open_again: set[str] = set()
    for change in changes(whole=True, namespace=namespace, limit=500):
        old, new = (set(side.get("locked", ())) for side in (change.before, change.after))
        open_again |= old - new - found.keys()
        found |= dict.fromkeys(new - old - found.keys() - open_again, change)
    return found
