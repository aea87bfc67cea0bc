"""What every page of stars shares: reaching a case, and the words for states."""
from __future__ import annotations

import uuid

from sqlalchemy import Row

from core.api import _l, acting, authorize, member_target
from plugins.stars import queries, rights
from plugins.stars.models import StarCase
from plugins.stars.progress import places_of

STATES = {"candidate": _l("待提出"), "pending": _l("审批中"), "approved": _l("待公示"), "published": _l("公示中"), "granted": _l("已授予"),
          "refused": _l("未通过"), "withdrawn": _l("已撤回"), "closed": _l("已过期")}
TONES = {"candidate": "warn", "pending": "info", "approved": "info", "published": "info", "granted": "good", "refused": "bad",
         "withdrawn": "neutral", "closed": "neutral"}
STAR_STATES = {"held": _l("持有"), "superseded": _l("已升级"), "lowered": _l("已降级"), "lapsed": _l("已终止"), "revoked": _l("已撤销")}
EVENTS = {"found": _l("达到条件，列为候选"), "nominated": _l("组织提名"), "applied": _l("提出申请"), "approved": _l("审批通过"), "refused": _l("未通过"),
          "withdrawn": _l("撤回"), "published": _l("开始公示"), "objected": _l("有异议或申诉"), "upheld": _l("异议或申诉成立"),
          "rejected": _l("异议或申诉不成立"), "reopened": _l("重新审批"), "granted": _l("授予星级"), "closed": _l("进入下一批，本项结束")}
PROPOSALS = {"keep": _l("保留"), "lower": _l("降一级"), "lapse": _l("终止")}


def reached_case(case_id: uuid.UUID, permission: str) -> tuple[StarCase, Row]:
    """A case whose member the actor reaches, with the member's places. Raises NotFound, Forbidden."""
    row = queries.case(case_id)
    authorize(acting(), permission, member_target(row.member_id))
    return row, places_of(row.member_id)


def managed_case(case_id: uuid.UUID) -> StarCase:
    """A case of a scheme that the actor manages. Raises NotFound, Forbidden."""
    row = queries.case(case_id)
    authorize(acting(), "stars.manage", rights.scheme_target(queries.round_of(row.round_id).organization_id))
    return row
