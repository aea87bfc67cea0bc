"""Reads a tenant's declarative profile and refuses what it does not understand, naming file and key."""
from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from core.errors import ConfigurationError, Invalid
from core.exchange import settings as _exchange
from core.i18n import _
from core.organizations import settings as _organizations
from core.registration import settings as _registration
from core.service import settings as _service
from core.spelling import did_you_mean
from tenants import contact as _contact
from tenants.profile_faults import inner_faults

BLANK = {"blank": True}  # TOML has no null
SHIPPED = Path(__file__).parent / "profiles"
_REQUIRED: dict[str, str | list[Any] | dict[Any, Any]] = {"required": "缺少这一项", "null": "不能为空", "invalid": "须为文字，请加引号"}
_OWN_SECTIONS = (_exchange, _organizations, _registration, _service, _contact)  # imported, so that their settings are known


def _text(longest: int, **options: Any) -> fields.String:
    rule = validate.Length(1, longest, error=f"须为 1 至 {longest} 个字")
    return fields.String(validate=rule, error_messages=_REQUIRED, **options)


class SectorSchema(Schema):
    """An issuing authority of an industry, of a system, or of the level's directly subordinate units (R9, R10)."""

    code = fields.String(required=True, error_messages=_REQUIRED, validate=validate.Regexp(
        r"[A-Z][A-Z0-9]{0,9}\Z", error="须为 1 至 10 个大写字母或数字，以字母开头"))
    name = _text(60, required=True)


class ProfileSchema(Schema):
    """The keys of a profile file; what stands below settings, locked, counties and terms is checked against what the installation
    knows.
    """

    code = fields.String(required=True, error_messages=_REQUIRED, validate=validate.Regexp(
        r"(\d{4}|\d{6}|[a-z][a-z0-9-]{1,19})\Z", error="须为 4 位或 6 位区划代码；系统、行业租户用小写字母"))
    slug = fields.String(required=True, error_messages=_REQUIRED, validate=validate.Regexp(
        r"[a-z][a-z0-9-]{1,29}\Z", error="须为 2 至 30 个小写字母、数字或短横，以字母开头"))
    name = _text(40, required=True)
    short_name = _text(20, required=True)
    committee = _text(60, required=True)
    kind = fields.String(load_default="city", validate=validate.OneOf(("city", "sector"), error="只能是 city 或 sector"))
    areas = fields.List(fields.String(validate=validate.Regexp(r"(\d{2}|\d{4}|\d{6})\Z", error="须为 2、4 或 6 位区划代码")),
                        load_default=list)
    plugins = fields.List(fields.String(), load_default=list, error_messages={"invalid": "须为列表，如 [\"points\"]"})
    sectors = fields.List(fields.Nested(SectorSchema), load_default=list)
    settings = fields.Dict(fields.String(), fields.Dict(fields.String(), fields.Raw(allow_none=True)), load_default=dict)
    locked = fields.Dict(fields.String(), fields.List(fields.String()), load_default=dict)
    counties = fields.Dict(fields.String(), fields.Dict(fields.String(), fields.Dict(fields.String(), fields.Raw(allow_none=True))),
                           load_default=dict)
    terms = fields.Dict(fields.String(), fields.Dict(fields.String(), _text(20)), load_default=dict)


@dataclass(frozen=True, slots=True)
class Sector:
    """An issuing authority below the committee; its full code is the tenant's followed by `code`."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What the operator lays down for one tenant. `areas` are the divisions whose places belong to it.

    `locked` names, by section, the settings that counties may not change; `counties` has counties' own values by code and section.
    """

    code: str
    slug: str
    name: str
    short_name: str
    committee: str
    kind: str
    areas: tuple[str, ...]
    plugins: tuple[str, ...]
    sectors: tuple[Sector, ...]
    settings: Mapping[str, Mapping[str, Any]]
    terms: Mapping[str, Mapping[str, str]]
    locked: Mapping[str, Sequence[str]] = field(default_factory=dict)
    counties: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As JSON, the way the tenant's row keeps it."""
        return {**asdict(self), "areas": list(self.areas), "plugins": list(self.plugins), "sectors": [asdict(s) for s in self.sectors]}


def load(path: Path) -> Profile:
    """The profile in a TOML file; the process must have loaded its plugins. Raises ConfigurationError when there is no such
    file, Invalid with every fault, by key, when it cannot be accepted.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(_("无法读取配置文件 %(path)s：%(reason)s。", path=path, reason=error)) from error
    return parse(text, path.name)


def parse(text: str, name: str) -> Profile:
    """The profile in TOML text; `name` is the file's, for messages. Raises Invalid."""
    values = read(text, name)
    sectors = tuple(Sector(**s) for s in values.pop("sectors"))
    # A sector without areas has units only: its members report in to the communities of partners (core.exchange).
    areas = tuple(values.pop("areas")) or ((values["code"],) if values["code"].isdigit() else ())
    return Profile(**{**values, "areas": areas, "plugins": tuple(values["plugins"]), "sectors": sectors})


def read(text: str, name: str, *, plugins: Collection[str] | None = None) -> dict[str, Any]:
    """The checked content of TOML text. With `plugins`, those that are on, every part may be missing and then stays missing.

    Raises Invalid with every fault, by dotted key.
    """
    try:
        raw = _plain(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise Invalid(_("%(name)s 不是正确的 TOML 文件：%(reason)s。", name=name, reason=error)) from error
    try:
        values: dict[str, Any] = ProfileSchema().load(raw, unknown=RAISE, partial=plugins is not None)
    except ValidationError as error:
        raise _refusal(name, dict(_messages(error.normalized_messages()))) from error
    if problems := dict(inner_faults(values, values.get("plugins", plugins or ()))):
        raise _refusal(name, problems)
    return values


def _refusal(name: str, problems: Mapping[str, list[str]]) -> Invalid:
    lines = [f"  {key}：{'；'.join(messages)}" for key, messages in problems.items()]
    return Invalid("\n".join([_("配置文件 %(name)s 有 %(count)s 处需要改正：", name=name, count=len(problems)), *lines]), problems)


def _messages(said: Any, path: tuple[str, ...] = ()) -> Iterable[tuple[str, list[str]]]:
    """The tree of messages, by dotted key; an unknown key gets a proposal."""
    if isinstance(said, dict):
        for key, inner in said.items():
            # A Dict field wraps its messages in "key" and "value".
            step = () if key in ("value", "_schema") and not isinstance(key, int) else (str(key),)
            yield from _messages(inner, path + step)
        return
    known = SectorSchema().fields if path[:1] == ("sectors",) else ProfileSchema().fields
    yield ".".join(path), [_("没有这个配置项%(hint)s", hint=did_you_mean(path[-1], known)) if m == "Unknown field." else str(m)
                           for m in said]


def _plain(value: Any) -> Any:
    """TOML values as JSON ones: dates become ISO text, as the settings store them, and {blank = true} is nothing at all."""
    if value == BLANK:
        return None
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else value
