"""A rule pack's way: drafted from an example or the last version, edited, published from a day on, ended; published ones never change."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from core import audit
from core.db import new_id
from core.errors import Conflict, Invalid, NotFound
from core.extension.rule_kinds import PackVersion, RuleKind
from core.i18n import _
from core.rules.documents import DEFAULT_SCHEME, KEY
from core.rules.kinds import rule_kind
from core.rules.models import RulePack
from core.rules.queries import forget, pack_version
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id


def checked(kind: RuleKind, document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as it is stored: loaded and dumped by the kind's schema, with every default in it.

    Raises Invalid whose fields are paths ("rules/0/points") with sentences.
    """
    schema: Schema = kind.schema(unknown=RAISE)
    try:
        stored: dict[str, Any] = schema.dump(schema.load(dict(document)))
    except ValidationError as error:
        raise Invalid(_("规则有几处需要改正。"), dict(_paths(error.normalized_messages()))) from error
    problems: dict[str, list[str]] = {}
    for path, sentence in kind.check(stored):
        problems.setdefault(path, []).append(sentence)
    if problems:
        raise Invalid(_("规则有几处需要改正。"), problems)
    return stored


def draft(kind_name: str, name: str, document: Mapping[str, Any], organization_id: uuid.UUID | None = None, *,
          note: str = "") -> uuid.UUID:
    """Begin a draft of a scheme's next version. Raises NotFound, Invalid, Conflict while the scheme has a draft already."""
    kind = rule_kind(kind_name)
    if organization_id is not None and not kind.local:
        raise Conflict(_("这类规则全市统一，区县不能另定。"))
    _check_name(kind, name)
    stored = checked(kind, document)
    earlier = _versions(kind_name, name, organization_id)
    if any(row.status == "draft" for row in earlier):
        raise _drafted()
    row = RulePack(id=new_id(), kind=kind_name, name=name, organization_id=organization_id, title=stored["title"], document=stored,
                   version=max((r.version for r in earlier), default=0) + 1, created_at=now(), created_by=_who(), note=note.strip()[:300] or None)
    try:
        with session().begin_nested():
            session().add(row)
    except IntegrityError:  # somebody else began one at the same moment
        raise _drafted() from None
    audit.record("rules.drafted", "rule_pack", row.id, {"kind": kind_name, "name": name, "version": row.version})
    return row.id


def revise(pack_id: uuid.UUID, document: Mapping[str, Any], edited: int) -> int:
    """Replace a draft's document; answers the new count of edits. Raises NotFound, Invalid, Conflict when it changed since `edited`."""
    row = _locked_draft(pack_id, edited)
    row.document = checked(rule_kind(row.kind), document)
    row.title, row.edited = row.document["title"], row.edited + 1
    audit.record("rules.revised", "rule_pack", row.id, {"kind": row.kind, "name": row.name, "version": row.version})
    return row.edited


def discard(pack_id: uuid.UUID) -> None:
    """Throw a draft away. Raises NotFound, Conflict when it is none."""
    row = _locked_draft(pack_id)
    row.status = "discarded"
    audit.record("rules.discarded", "rule_pack", row.id, {"kind": row.kind, "name": row.name, "version": row.version})


def publish(pack_id: uuid.UUID, effective_from: dt.date, *, announced_on: dt.date | None = None, edited: int | None = None) -> PackVersion:
    """Let a draft hold from a day on; what was decided under earlier versions stays.

    The day is not before today, unless it is the scheme's first version: then it may be any day. Raises NotFound, Invalid, Conflict.
    """
    row = _locked_draft(pack_id, edited)
    kind = rule_kind(row.kind)
    checked(kind, row.document)
    earlier = [r for r in _versions(row.kind, row.name, row.organization_id) if r.status == "published"]
    if earlier and effective_from < today():
        raise Invalid(_("生效日期不能早于今天：已经产生的结果不会被改写。"), {"effective_from": [_("不能早于今天")]})
    if earlier and effective_from < (last := max(r.effective_from for r in earlier)):
        raise Invalid(_("生效日期早于上一版的生效日期。"), {"effective_from": [_("不能早于 %(day)s", day=last.isoformat())]})
    row.status, row.effective_from, row.announced_on = "published", effective_from, announced_on
    row.published_by, row.published_at = _who(), now()
    session().flush()
    forget()
    audit.record("rules.published", "rule_pack", row.id, {"kind": row.kind, "name": row.name, "version": row.version,
                                                          "effective_from": effective_from.isoformat()})
    pack = pack_version(row.id)
    kind.published(pack)
    return pack


def end(kind_name: str, name: str, ended_on: dt.date, organization_id: uuid.UUID | None = None) -> None:
    """Let a scheme hold no longer from a day on. Raises NotFound when nothing holds, Invalid for a day in the past."""
    rule_kind(kind_name)
    if ended_on < today():
        raise Invalid(_("停用日期不能早于今天。"), {"ended_on": [_("不能早于今天")]})
    changed = session().execute(
        update(RulePack).where(RulePack.tenant_id == tenant_id(), RulePack.kind == kind_name, RulePack.name == name,
                               RulePack.organization_id.is_not_distinct_from(organization_id), RulePack.status == "published",
                               RulePack.effective_from < ended_on, func.coalesce(RulePack.ended_on, dt.date.max) > ended_on)
        .values(ended_on=ended_on).returning(RulePack.id)).scalars().all()
    if not changed:
        raise NotFound(_("没有正在执行的这套规则。"))
    forget()
    audit.record("rules.ended", "rule_pack", max(changed), {"kind": kind_name, "name": name, "ended_on": ended_on.isoformat()})


def _check_name(kind: RuleKind, name: str) -> None:
    if not kind.several and name != DEFAULT_SCHEME:
        raise Conflict(_("这类规则只能有一套，请在现有的规则上修改。"))
    try:
        KEY(name)
    except ValidationError as error:
        raise Invalid(_("规则的代号不对。"), {"name": [str(m) for m in error.messages]}) from error


def _drafted() -> Conflict:
    return Conflict(_("这套规则已有一份草稿，请先发布或放弃那一份。"))


def _locked_draft(pack_id: uuid.UUID, edited: int | None = None) -> RulePack:
    row = session().scalar(select(RulePack).where(RulePack.tenant_id == tenant_id(), RulePack.id == pack_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.status != "draft":
        raise Conflict(_("这一版已经发布或放弃，不能再改；要修改请另起一版草稿。"))
    if edited is not None and edited != row.edited:
        raise Conflict(_("这份草稿刚被别人改过，您的改动没有保存。请刷新页面，核对后再保存。"))
    return row


def _versions(kind: str, name: str, organization_id: uuid.UUID | None) -> list[Any]:
    return list(session().execute(select(RulePack.version, RulePack.status, RulePack.effective_from).where(
        RulePack.tenant_id == tenant_id(), RulePack.kind == kind, RulePack.name == name,
        RulePack.organization_id.is_not_distinct_from(organization_id)).order_by(RulePack.version)))


def _who() -> uuid.UUID | None:
    actor = audit.current_actor()
    return actor.id if actor.kind == "account" else None


def _paths(messages: Any, above: str = "") -> list[tuple[str, list[str]]]:
    """Marshmallow's nested messages as flat paths."""
    if not isinstance(messages, dict):
        return [(above, [str(m) for m in (messages if isinstance(messages, list) else [messages])])]
    found = []
    for key, part in messages.items():
        found += _paths(part, above if key == "_schema" else f"{above}/{key}" if above else str(key))
    return found
