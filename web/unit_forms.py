"""The forms of the units' pages."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.i18n import _l
from core.organizations.models import SUBORDINATIONS, UNIT_TYPES
from core.organizations.settings import SCOPE_TITLES, SUBORDINATION_TITLES, TYPE_TITLES


def _select(title: object, choices: dict, **options: object) -> dict[str, object]:
    return {"title": title, "choices": list(choices.items()), "widget": "select", **options}


class UnitFilterForm(Schema):
    """The filters above the list of units."""

    unit_type = fields.String(load_default=None, validate=validate.OneOf(UNIT_TYPES), metadata=_select(_l("单位类别"), TYPE_TITLES))
    scope = fields.String(load_default=None, validate=validate.OneOf(tuple(SCOPE_TITLES)), metadata=_select(_l("参加范围"), SCOPE_TITLES))
    subordination = fields.String(load_default=None, validate=validate.OneOf(SUBORDINATIONS),
                                  metadata=_select(_l("隶属"), SUBORDINATION_TITLES))
    state = fields.String(load_default=None, validate=validate.OneOf(("open", "closed")),
                          metadata=_select(_l("状态"), {"open": _l("使用中"), "closed": _l("已停用")}))


class UnitForm(Schema):
    """A unit as it is entered."""

    name = fields.String(required=True, validate=validate.Length(2, 60), metadata={"title": _l("单位名称")})
    unit_type = fields.String(required=True, validate=validate.OneOf(UNIT_TYPES), metadata=_select(_l("单位类别"), TYPE_TITLES))
    parent_id = fields.UUID(required=True, metadata={
        "title": _l("上级党组织"), "widget": "select", "help": _l("主管的县（市、区）或行业系统党组织")})
    subordination = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(SUBORDINATIONS),
                                  metadata=_select(_l("隶属"), SUBORDINATION_TITLES))
    credit_code = fields.String(load_default=None, allow_none=True, metadata={
        "title": _l("统一社会信用代码"), "help": _l("18 位；没有时可以不填")})
    community_code = fields.String(load_default=None, allow_none=True, metadata={
        "title": _l("所在社区代码"), "help": _l("12 位区划代码，可在“组织机构”中查到"), "inputmode": "numeric"})
    contact_name = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=30), metadata={"title": _l("联络员")})
    contact_phone = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=20), metadata={
        "title": _l("联络电话"), "widget": "tel", "help": _l("修改单位时留空表示不改；换了联络员的，请填写新号码")})
    version = fields.Integer(load_default=0, metadata={"widget": "hidden", "title": ""})
