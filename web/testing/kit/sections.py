"""The plugin's settings: defaults that fit, bounds that hold, and old values that no longer fit give way."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate
from sqlalchemy import delete, insert

from core.db import new_id
from core.errors import BaodaoError, Invalid
from core.extension import settings as reading
from core.extension.models import Setting
from core.tenancy import now, session
from tenants.settings import get, save
from web.testing.factories import TestTenant
from web.testing.kit.checks import staged, static
from web.testing.kit.stage import Stage
from web.testing.kit.subject import Subject

UNFIT: tuple[Any, ...] = ({"no": ["such"]}, "不合适", -(10**9), None)


@static("设置有默认值、标题和范围")
def settings_are_declared(subject: Subject) -> Iterator[str]:
    """A default that fits, a title for the form, bounds for numbers and texts."""
    yield from (f"{fault}。" for fault in subject.faults("settings"))
    if subject.plugin.settings is None:
        return
    schema = subject.plugin.settings()
    for name, field in schema.fields.items():
        if "title" not in field.metadata:
            yield f"设置项 {name} 没有标题。请写 metadata={{\"title\": _l(\"……\")}}。"
        if isinstance(field, fields.Number) and not any(isinstance(v, validate.Range | validate.OneOf) for v in field.validators):
            yield f"设置项 {name} 没有范围。请写 validate=validate.Range(最小, 最大)。"
        if isinstance(field, fields.String) and not field.validators:
            yield f"设置项 {name} 没有长度或可选值。请写 validate=validate.Length(max=……) 或 validate.OneOf([……])。"
    if (problems := _refused_defaults(schema)) is not None:
        yield f"设置的默认值自己就不合要求：{problems}。请改正 load_default 或 validate。"


@staged("设置新旧都经得起检查")
def settings_hold_old_and_new(subject: Subject, stage: Stage) -> Iterator[str]:
    """The form's values are kept, unfit ones refused; a stored value that no longer fits gives way to the default."""
    if subject.plugin.settings is None:
        return
    name, schema = subject.plugin.name, subject.plugin.settings()
    defaults = schema.load({})
    tenant = stage.tenant(subject)
    with tenant.scope():
        try:
            save(name, schema.dump(defaults), version=get(name).version)
        except BaodaoError as error:
            yield f"默认值保存不进去：{error.message}{getattr(error, 'fields', '')}。"
        yield from (fault for field in schema.fields.values() for fault in _bounds(name, field))
    for unfit in UNFIT:
        yield from _old(tenant, subject, unfit, defaults)


def _refused_defaults(schema: Schema) -> Any:
    try:
        schema.load(schema.dump(schema.load({})))
    except ValidationError as error:
        return error.messages
    return None


def _bounds(name: str, field: Any) -> Iterator[str]:
    for rule in field.validators:
        if not isinstance(rule, validate.Range):
            continue
        for bound, beyond in ((rule.min, -1), (rule.max, 1)):
            if isinstance(bound, int | float):
                try:
                    save(name, {field.name: bound + beyond}, version=get(name).version)
                except Invalid:
                    continue
                except Exception as error:  # noqa: BLE001  whatever a validator raises
                    yield f"设置项 {field.name} 填入 {bound + beyond} 时出错（{type(error).__name__}）。请让 validate 只抛 ValidationError。"
                    return
                yield f"设置项 {field.name} 超出范围的 {bound + beyond} 也能保存。请检查 validate。"


def _old(tenant: TestTenant, subject: Subject, unfit: Any, defaults: dict[str, Any]) -> Iterator[str]:
    """What holds when the database has a value of another version of the plugin, under each name at once."""
    name = subject.plugin.name
    with tenant.scope():
        session().execute(delete(Setting).where(Setting.tenant_id == tenant.id))
        session().execute(insert(Setting).values(
            tenant_id=tenant.id, id=new_id(), namespace=name, organization_id=None, version=1, locked=[], changed_at=now(),
            changed_by=None, values={**dict.fromkeys(defaults, unfit), "gone_with_an_earlier_version": 1}))
        reading.forget()
        try:
            found = reading.effective(name)
        except Exception as error:  # noqa: BLE001  whatever a validator raises
            yield f"库中存有旧值 {unfit!r} 时读不出设置（{type(error).__name__}）。请让 validate 只抛 ValidationError。"
            return
        if odd := {key: value for key, value in found.items() if not _fits(subject, key, value)}:
            yield f"库中的旧值不合要求却仍在使用：{odd}。请在 validate 中拒绝它。"


def _fits(subject: Subject, name: str, value: Any) -> bool:
    assert subject.plugin.settings is not None  # noqa: S101  asked by the caller
    schema = subject.plugin.settings()
    return not schema.validate(schema.dump({name: value}), partial=True)
