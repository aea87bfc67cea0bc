"""What the tables and columns of a member's copy are called on paper and on the page."""
from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from core.i18n import LazyString, _, _l

_NOT_SHOWN = ("id", "version", "locale", "initials", "sort_key")  # they are in the file; on paper they tell nobody anything

TABLES: dict[str, LazyString] = {
    "member": _l("基本资料"), "affiliation": _l("归属历史"), "account": _l("登录账号"), "access_grant": _l("授权"), "login": _l("登录记录"),
    "access_token": _l("接口令牌"), "certificate": _l("报到证"), "obligation": _l("报到时限"), "obligation_event": _l("报到时限的经过"),
    "report_in": _l("报到"), "receipt": _l("回执"), "service_record": _l("服务纪实"), "evaluation": _l("服务评价"),
    "evaluation_code": _l("评价码"), "record_correction": _l("更正申请"), "record_callback": _l("回访"), "claim": _l("认领"),
    "deed": _l("加减分和评定事项"), "rehearsal_row": _l("规则试算"), "data_request": _l("个人信息申请"), "consent": _l("同意与撤回"),
    "legal_hold": _l("暂停处理"), "audit_entry": _l("查看和修改记录"),
    "exchange_outgoing": _l("发往外地的函件"), "exchange_incoming": _l("外地来的函件"), "exchange_member": _l("外地组织关系"),
    "exchange_receipt": _l("在外地报到"), "exchange_record": _l("在外地的服务"), "exchange_request": _l("到外地报到的申请"),
}
COLUMNS: dict[str, LazyString] = {
    "name": _l("姓名"), "pinyin": _l("拼音"), "initials": _l("拼音首字母"), "sort_key": _l("排序用拼音"), "sex": _l("性别"),
    "ethnicity": _l("民族"), "id_number": _l("公民身份号码"), "phone": _l("手机号"), "address": _l("居住地址"),
    "joined_party_on": _l("入党时间"), "category": _l("党员类别"), "branch": _l("所在党支部"), "position": _l("职务"), "skills": _l("特长"),
    "preferences": _l("服务意愿"), "status": _l("状态"), "created_at": _l("登记时间"), "updated_at": _l("更新时间"), "username": _l("用户名"),
    "display_name": _l("显示名称"), "active": _l("启用"), "locale": _l("界面语言"), "kind": _l("类别"), "valid_from": _l("开始日期"),
    "valid_to": _l("结束日期"), "source": _l("来源"), "number": _l("编号"), "issued_on": _l("制发日期"), "due_on": _l("截止日期"),
    "starts_on": _l("起始日期"), "cause": _l("起因"), "basis": _l("依据"), "met_on": _l("完成日期"), "reason": _l("原因"), "note": _l("说明"),
    "reported_on": _l("报到日期"), "channel": _l("方式"), "decided_on": _l("办理日期"), "ended_on": _l("结束日期"), "title": _l("内容"),
    "place": _l("地点"), "happened_on": _l("日期"), "minutes": _l("分钟"), "returned_reason": _l("退回原因"), "rating": _l("评价"),
    "evaluated_on": _l("评价日期"), "claimed_on": _l("认领日期"), "evidence": _l("依据材料"), "at": _l("时间"), "action": _l("事项"),
    "role": _l("角色"), "expires_at": _l("到期时间"), "says": _l("申请内容"), "answer": _l("答复"), "asked_on": _l("申请日期"),
    "state": _l("状态"), "purpose": _l("用途"), "given": _l("同意"), "wording": _l("文本版本"), "since": _l("起始日期"),
    "seen_at": _l("最近使用"), "recipient_kind": _l("服务对象类别"), "envelope": _l("函件内容"), "community": _l("社区"),
    "points": _l("积分"), "date": _l("日期"), "text": _l("内容"),
}
#: What stored codes say, where the same code says the same everywhere.
WORDS: dict[str, LazyString] = {"male": _l("男"), "female": _l("女"), "full": _l("正式党员"), "probationary": _l("预备党员"),
                                "residence": _l("居住社区"), "workplace": _l("工作地社区"), "unit": _l("所在单位")}


def table_title(name: str) -> str:
    """The table's title, or its code where nobody has given it one."""
    return str(TABLES.get(name, name))


def column_title(name: str) -> str:
    """The column's title, or its code."""
    return str(COLUMNS.get(name, name))


def readable(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A row as a person reads it: titles and texts, without the ids of things."""
    return [(column_title(name), _text(value)) for name, value in row.items()
            if value not in (None, "", []) and name not in _NOT_SHOWN and not name.endswith(("_id", "_by"))]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, (list, tuple)):
        return "、".join(map(str, value))
    if isinstance(value, str) and value in WORDS:
        return str(WORDS[value])
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else str(value)
