"""The filtered roster as a workbook: a job that streams rows, masks by default, and says who took it, when and why."""
from __future__ import annotations

import io
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, func, select
from sqlalchemy.orm import aliased

from core import audit
from core.access.actor import Actor, load_actor
from core.access.authorization import Target
from core.ahead import ahead
from core.approvals import ask, bulk_export, define
from core.approvals.exports import approved
from core.documents import storage
from core.documents.spreadsheet import Column, Kind, Sheet, Watermark, write_workbook
from core.errors import Forbidden, Invalid
from core.extension.approval_kinds import ApprovalKind, ApprovedAct
from core.i18n import _, _l
from core.jobs import JobContext, enqueue, handler
from core.members.models import Member
from core.members.queries import RosterFilter, conditions
from core.members.reach import grants_for
from core.members.reveal import REASONS
from core.organizations import tree
from core.organizations.models import Organization
from core.organizations.settings import TYPE_TITLES as UNIT_TITLES
from core.privacy.keyring import for_tenant
from core.privacy.logfilter import scrub
from core.privacy.masking import mask_address, mask_id_number, mask_phone
from core.tenancy import now, session
from core.tenancy.clock import LOCAL
from core.tenancy.scope import tenant_id

EXPORT, PERMISSION = "members.export", "members.export"
PURPOSE = PERMISSION
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BATCH, DAYS = 1_000, 3
SEXES = {"male": _l("男"), "female": _l("女")}
CATEGORIES = {"full": _l("正式党员"), "probationary": _l("预备党员")}
BASES_TITLES = {"unit": _l("本地单位的党员"), "residence": _l("在此居住"), "workplace": _l("在此工作")}
KINDS: dict[str, Kind] = {"id_number": "code", "phone": "code", "joined": "date"}
FILTERS = ("basis", "organization_id", "unit_type", "category", "skill", "descending")
_unit, _residence, _workplace = aliased(Organization), aliased(Organization), aliased(Organization)
# Names and lists are put together by the database, which has the time: see `ahead`.
_COLUMNS = (Member.id, Member.name, Member.sex, Member.ethnicity, Member.id_number, Member.phone, Member.joined_party_on, Member.category,
            _unit.name, Member.branch, Member.position, func.array_to_string(Member.skills, "、"),
            func.array_to_string(Member.preferences, "、"), Member.address, _residence.name, _workplace.name)


class Begun(NamedTuple):
    """What has begun: the job, or the request that waits for a second person."""

    job: uuid.UUID | None
    approval: uuid.UUID | None = None


def start_export(actor: Actor, wanted: RosterFilter, reason: str | None = None) -> Begun:
    """Let the roster be exported. With a reason (a key of REASONS) numbers and addresses stand in full; for many, a second person
    has to confirm it first (`core.approvals.bulk_export`).

    Raises Forbidden when full data are asked for without the right to see and to import them, Invalid for an unknown reason or a
    number in place of a skill.
    """
    if reason is not None and reason not in REASONS:
        raise Invalid(_("请选择导出完整资料的理由。"), {"reason": [_("请选择")]})
    if reason is not None and not (actor.can("members.reveal") and actor.can("members.import")):
        raise Forbidden(_("您只能导出遮盖后的名册；需要完整资料时，请联系上级管理员。"))
    if wanted.skill and scrub(wanted.skill) != wanted.skill:
        raise Invalid(_("请选择或填写特长，不要填写号码。"), {"skill": [_("请改正")]})
    content = {**{name: getattr(wanted, name) for name in FILTERS}, "reason": reason}
    total = count(wanted)
    if reason is not None and bulk_export(total, by=actor.account_id):
        why = _("%(reason)s，完整资料，现有 %(count)s 人", reason=REASONS[reason], count=total)
        return Begun(None, ask(EXPORT, content, why, by=actor, target=Target((_place(actor, wanted),))))
    return Begun(enqueue(EXPORT, content))


def count(wanted: RosterFilter) -> int:
    """How many members there are of the kind that is wanted."""
    return session().scalar(select(func.count()).select_from(Member).where(*conditions(wanted))) or 0


def _place(actor: Actor, wanted: RosterFilter) -> str:
    """Where the second person has to stand: at the chosen place, or above all that the asker reaches."""
    if wanted.organization_id is not None:
        return tree.get(wanted.organization_id).path
    return tree.common_path([grant.path for grant in wanted.grants] or list(actor.paths(PERMISSION)))


def _confirmed(act: ApprovedAct) -> dict[str, Any]:
    """The job is the asker's, as is the file."""
    return {"job": enqueue(EXPORT, {**act.content, "approval": act.id}, effect_key=f"approval/{act.id}", created_by=act.asked_by)}


def _describe(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    place = tree.names([uuid.UUID(content["organization_id"])]) if content["organization_id"] else {}
    return [(_("导出内容"), _("党员名册，号码、地址不遮盖")), (_("范围"), next(iter(place.values()), _("申请人管理范围内的全部党员"))),
            (_("只要"), "、".join(filter(None, (str(BASES_TITLES.get(content["basis"], "")), str(UNIT_TITLES.get(content["unit_type"], "")),
                                             str(CATEGORIES.get(content["category"], "")), content["skill"] or ""))) or _("不限")),
            (_("用途"), str(REASONS[content["reason"]]))]


define(ApprovalKind(EXPORT, _l("成批导出完整的党员名册"), PERMISSION, "approvals.export", _confirmed, _describe, setting="export"))


@handler(EXPORT, label=_l("导出党员名册"))
def export(job: JobContext) -> dict[str, Any]:
    """Write the workbook and keep it for three days, for its owner only."""
    actor = load_actor(job.created_by) if job.created_by else None
    if actor is None or not actor.can(PERMISSION):
        return {"refused": _("您已没有导出名册的权限。")}
    payload = dict(job.payload)
    approval = payload.pop("approval", None)
    asked = dict(payload)
    reason = payload.pop("reason")
    place = payload.pop("organization_id")
    wanted = RosterFilter(grants_for(actor, PERMISSION), organization_id=uuid.UUID(place) if place else None, **payload)
    total = count(wanted)
    if reason is not None and not approved(EXPORT, approval, asked, job.created_by) and bulk_export(total, by=job.created_by):
        return {"refused": _("人数已超过可以自行导出的数量，请重新提出，由第二人确认。")}
    why = REASONS[reason] if reason else _("日常工作（号码和地址已遮盖）")
    target = io.BytesIO()
    write_workbook(target, [Sheet(_("党员名册"), columns(), rows(wanted, job, total, full=reason is not None))],
                   Watermark(actor.display_name, now().astimezone(LOCAL), str(why)))
    file_id = storage.save(_("党员名册.xlsx"), XLSX, target.getvalue(), PURPOSE, DAYS, actor.account_id)
    audit.record("members.exported", "stored_file", file_id, {"rows": total, "reason": reason, "by": actor.account_id})
    return {"file": file_id, "rows": total}


def columns() -> list[Column]:
    """The roster's columns, by the titles under which it can be imported again."""
    titles = (("name", "姓名", 14), ("sex", "性别", 6), ("ethnicity", "民族", 9), ("id_number", "公民身份号码", 22),
              ("phone", "手机号", 14), ("joined", "入党时间", 12), ("category", "党员类别", 10),
              ("unit", "所在单位", 32), ("branch", "所在党支部", 30),
              ("position", "职务", 14), ("skills", "特长", 24), ("preferences", "服务意愿", 24), ("address", "居住地址", 40),
              ("residence", "居住社区", 20), ("workplace", "工作地社区", 20))
    return [Column(key, title, width, KINDS.get(key, "text")) for key, title, width in titles]


def rows(wanted: RosterFilter, job: JobContext, total: int, *, full: bool) -> Iterator[list[Any]]:
    """The rows by name, read and decrypted in batches, so that memory stays flat."""
    order = (Member.sort_key.desc(), Member.id.desc()) if wanted.descending else (Member.sort_key, Member.id)
    query = select(*_COLUMNS)
    for place, column in ((_unit, Member.unit_id), (_residence, Member.residence_id), (_workplace, Member.workplace_id)):
        query = query.outerjoin(place, (place.tenant_id == Member.tenant_id) & (place.id == column))
    query = query.where(*conditions(wanted)).order_by(*order).execution_options(yield_per=BATCH)
    done = 0
    for batch in ahead(session().execute(query).partitions(BATCH)):
        yield from _clear(batch, full=full)
        done += len(batch)
        job.progress(done, total, _("已写入 %(count)d 行") % {"count": done})


def _clear(batch: Sequence[Row[Any]], *, full: bool) -> Iterator[list[Any]]:
    ring = for_tenant(tenant_id())
    secret: list[list[str | None]] = []
    for place, (column, mask) in {4: ("id_number", mask_id_number), 5: ("phone", mask_phone), 13: ("address", mask_address)}.items():
        values = ring.decrypt_many("member", column, [(row[0], row[place]) for row in batch])
        secret.append(values if full else [mask(value) for value in values])
    sexes, categories = ({k: str(v) for k, v in words.items()} for words in (SEXES, CATEGORIES))
    for row, number, phone, address in zip(batch, *secret, strict=True):
        (_id, name, sex, ethnicity, _number, _phone, joined, category, unit, branch, position, skills, preferences, _address,
         residence, workplace) = row
        yield [name, sexes[sex], ethnicity, number, phone, joined, categories[category], unit, branch, position, skills, preferences,
               address, residence, workplace]
