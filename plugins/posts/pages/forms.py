"""The form of a post: fields, choices, what fills it (nothing, a post, a copy, a need), and the post it brings."""
from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import func, select

from core.api import (
    PRIORITY_GROUPS,
    RECIPIENT_KINDS,
    FormField,
    MatterDraft,
    PlaceField,
    _,
    _l,
    form_fields,
    member_profiles,
    new_id,
    organization,
    session,
    settings,
)
from plugins.posts import times
from plugins.posts.categories import categories
from plugins.posts.rights import MANAGE
from plugins.posts.setting import PostInput
from plugins.posts.times import DAYS, Slot

HALF_HOUR, OFFERED_SKILLS, SAMPLE = 30, 24, 2000
BLOCKS = (1, 2)


def _days(title: Any) -> fields.List:
    return fields.List(fields.Integer(validate=validate.OneOf(list(DAYS))), load_default=list, metadata={"title": title, "choices": list(DAYS.items())})


def _time(title: Any) -> fields.Time:
    return fields.Time(load_default=None, allow_none=True, metadata={"title": title})


class PostForm(Schema):
    """A post (R47): category, duties, for whom, when, how many. `post_id` is given when the form is opened: sent twice is one post."""

    post_id = fields.UUID(required=True, metadata={"widget": "hidden"})
    version = fields.Integer(load_default=0, metadata={"widget": "hidden"})
    origin = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=40), metadata={"widget": "hidden"})
    origin_id = fields.UUID(load_default=None, allow_none=True, metadata={"widget": "hidden"})
    community_id = PlaceField("community", MANAGE, title=_l("社区"))
    category = fields.String(required=True, validate=validate.Length(1, 20), metadata={"title": _l("岗位类别"), "widget": "select"})
    title = fields.String(required=True, validate=validate.Length(2, 100), metadata={
        "title": _l("岗位名称"), "help": _l("会公开张贴，请不要写居民的姓名。"), "placeholder": _l("如：东区夜间巡逻员、社区普法宣传员")})
    duties = fields.String(required=True, validate=validate.Length(2, 1000), metadata={
        "title": _l("职责"), "widget": "textarea", "rows": 4, "help": _l("做什么、做到什么程度、找谁联系。请不要写居民的姓名和住址。")})
    places = fields.Integer(required=True, validate=validate.Range(1, 1000), metadata={"title": _l("需要几人")})
    waits = fields.Boolean(load_default=False, metadata={"title": _l("满员后可以候补"), "help": _l("有人退出时，按先后自动递补。")})
    standing = fields.Boolean(load_default=False, metadata={
        "title": _l("长期岗位"), "help": _l("认领一次，可以多次登记服务。不勾选时，登记一次服务就算完成。")})
    days_1 = _days(_l("星期几"))
    from_1 = _time(_l("几点开始"))
    until_1 = _time(_l("几点结束"))
    days_2 = _days(_l("星期几（第二个时段）"))
    from_2 = _time(_l("几点开始"))
    until_2 = _time(_l("几点结束"))
    times_words = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=100), metadata={
        "title": _l("时间的补充说明"), "placeholder": _l("如：雨天顺延；时间由党员自定")})
    minutes = fields.Integer(load_default=None, allow_none=True, metadata={
        "title": _l("一次大约多长时间"), "widget": "select", "help": _l("没有固定时段的，登记服务时先填上这个时长。")})
    place = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=60), metadata={
        "title": _l("地点"), "placeholder": _l("如：东门岗亭、3 栋楼前")})
    skills = fields.List(fields.String(validate=validate.Length(1, 20)), load_default=list, metadata={
        "title": _l("所需特长"), "help": _l("列出的是本社区党员已填写的特长；没有要求的不用选。")})
    other_skills = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=120), metadata={
        "title": _l("其他特长"), "help": _l("可填多项，用顿号分隔。")})
    recipient_kind = fields.String(required=True, validate=validate.OneOf(list(RECIPIENT_KINDS)), metadata={
        "title": _l("为谁服务"), "widget": "radio", "choices": list(RECIPIENT_KINDS.items())})
    recipient = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=50), metadata={
        "title": _l("服务对象的姓名或称呼"), "help": _l("加密保存，只有社区和认领人看得到；公共区域不用填。"), "autocomplete": "off"})
    recipient_group = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(["", *PRIORITY_GROUPS]), metadata={
        "title": _l("属于哪类重点群体"), "widget": "select", "choices": list(PRIORITY_GROUPS.items())})
    begins_on = fields.Date(load_default=None, allow_none=True, metadata={"title": _l("从哪天开始"), "help": _l("可不填")})
    due_on = fields.Date(load_default=None, allow_none=True, metadata={"title": _l("到哪天为止"), "help": _l("长期的不用填")})


def post_fields(values: Mapping[str, Any], communities: Sequence[tuple[uuid.UUID, str]],
                errors: Mapping[str, list[str]] | None = None) -> dict[str, FormField]:
    """The form's fields by name, with the choices of the community at hand."""
    known = {str(identity) for identity, _name in communities}
    chosen = str(values.get("community_id") or "")
    place = uuid.UUID(chosen) if chosen in known else communities[0][0] if communities else None
    longest = settings("service", place)["longest_minutes"]
    picked = list(values.getlist("skills")) if hasattr(values, "getlist") else list(values.get("skills") or ())
    names = list(dict.fromkeys([*categories(place), *([values["category"]] if values.get("category") else [])]))
    choices: dict[str, Any] = {
        "category": [(name, name) for name in names], "skills": [(s, s) for s in dict.fromkeys([*picked, *offered_skills(place)])],
        "minutes": [(m, _("%(hours)s 小时", hours=f"{m / 60:g}")) for m in range(HALF_HOUR, longest + 1, HALF_HOUR)]}
    return {one.name: one for one in form_fields(PostForm(), values, errors, choices=choices)}


def offered_skills(community_id: uuid.UUID | None) -> list[str]:
    """What members of the community say that they can do, the most frequent first."""
    if community_id is None:
        return []
    people = member_profiles([organization(community_id).path])
    rows = session().scalars(select(people.c.skills).where(func.cardinality(people.c.skills) > 0).limit(SAMPLE))
    return [skill for skill, _count in Counter(skill for row in rows for skill in row).most_common(OFFERED_SKILLS)]


def fresh(community_id: uuid.UUID | None) -> dict[str, Any]:
    """A new form: one place, a standing post for the public, who comes later may wait."""
    return {"post_id": new_id(), "community_id": community_id, "places": 1, "waits": True, "standing": True, "recipient_kind": "public"}


def drafted(draft: MatterDraft, origin: str, origin_id: uuid.UUID) -> dict[str, Any]:
    """A new form filled with what is known of a need."""
    return fresh(draft.community_id) | {
        "title": draft.title, "duties": draft.description, "place": draft.place, "recipient_kind": draft.recipient_kind,
        "recipient_group": draft.recipient_group, "recipient": draft.recipient, "origin": origin, "origin_id": origin_id}


def values_of(row: Any, recipient: str | None) -> dict[str, Any]:
    """A post as the form's values."""
    names = ("version", "community_id", "category", "title", "duties", "places", "waits", "standing", "times_words", "minutes", "place",
             "recipient_kind", "recipient_group", "begins_on", "due_on")
    slots: dict[str, Any] = {}
    for number, slot in zip(BLOCKS, times.read(row.times), strict=False):
        slots |= {f"days_{number}": list(slot.days), f"from_{number}": slot.begins, f"until_{number}": slot.ends}
    return {"post_id": row.id, **{name: getattr(row, name) for name in names}, "skills": list(row.skills), "recipient": recipient, **slots}


def copied(row: Any) -> dict[str, Any]:
    """A new form that says what a post says, but for its dates and the recipient's name."""
    return values_of(row, None) | {"post_id": new_id(), "version": 0, "begins_on": None, "due_on": None}


def given(data: Mapping[str, Any]) -> PostInput:
    """The loaded form as the service takes it."""
    names = ("community_id", "category", "title", "duties", "times_words", "standing", "place", "recipient_kind", "recipient_group", "recipient",
             "places", "waits", "minutes", "begins_on", "due_on", "origin", "origin_id")
    slots = tuple(Slot(tuple(sorted(data[f"days_{n}"])), data[f"from_{n}"], data[f"until_{n}"]) for n in BLOCKS if data[f"days_{n}"])
    others = [word for word in re.split(r"[、，,；;\s]+", data["other_skills"] or "") if word]
    return PostInput(slots=slots, skills=tuple(dict.fromkeys([*data["skills"], *others])), **{name: data[name] for name in names})
