"""What a tenant sets about units: which types must take part and which are encouraged to (R1, R2)."""
from __future__ import annotations

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from core.extension.settings import effective
from core.extension.settings_registry import register_settings
from core.i18n import _l
from core.organizations.models import UNIT_TYPES

TYPE_TITLES = {"government": _l("机关"), "soe": _l("国有企业"), "university": _l("高等院校"), "institution": _l("其他事业单位"),
               "enterprise": _l("非公有制经济组织"), "social": _l("社会组织"), "other": _l("其他")}
SUBORDINATION_TITLES = {"city": _l("市直"), "county": _l("区（县）直"), "province": _l("省直"), "industry": _l("行业")}
REQUIRED, ENCOURAGED = "required", "encouraged"
SCOPE_TITLES = {REQUIRED: _l("应当参加"), ENCOURAGED: _l("倡导参加")}


class OrganizationSettings(Schema):
    """The participation scope; every type that is not required is encouraged."""

    required_types = fields.List(
        fields.String(validate=validate.OneOf(UNIT_TYPES)), load_default=lambda: ["government", "soe", "university", "institution"],
        metadata={"title": _l("应当参加的单位类别"), "help": _l("文件规定机关、国有企业、高等院校和其他事业单位；其余类别为倡导参加"),
                  "choices": TYPE_TITLES, "follows": _l("报到率和未报到名单的范围随之改变；党员资料和服务记录不动。")})

    @validates_schema
    def _no_repetition(self, data: dict, **_kwargs: object) -> None:
        types = data.get("required_types", [])
        if len(types) != len(set(types)):
            raise ValidationError(str(_l("单位类别重复了。")), "required_types")


register_settings("organizations", OrganizationSettings, _l("参加范围"))


def required_types() -> tuple[str, ...]:
    """The unit types whose members must report in (R1), in the usual order."""
    chosen = effective("organizations")["required_types"]
    return tuple(t for t in UNIT_TYPES if t in chosen)


def encouraged_types() -> tuple[str, ...]:
    """The other unit types (R2)."""
    return tuple(t for t in UNIT_TYPES if t not in required_types())


def participation(unit_type: str) -> str:
    """REQUIRED or ENCOURAGED."""
    return REQUIRED if unit_type in required_types() else ENCOURAGED
