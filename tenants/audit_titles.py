"""What the entries of the audit log say in words; plugins name their own, and what nobody names is shown by its code."""
from __future__ import annotations

from collections.abc import Sequence

from core.audit import Fault
from core.extension.registry import current
from core.i18n import LazyString, _, _l

ACTIONS: dict[str, LazyString] = {
    "login.opened": _l("登录"), "login.failed": _l("登录失败"), "login.closed": _l("退出登录"), "login.others_ended": _l("退出其他登录"),
    "login.address_stopped": _l("暂停一个网络的登录"),
    "account.created": _l("建立账号"), "account.enabled": _l("启用账号"), "account.disabled": _l("停用账号"),
    "accounts.opened": _l("批量开通账号"), "account.password_changed": _l("修改密码"), "account.password_refused": _l("修改密码时原密码不对"),
    "account.password_reset": _l("重设密码"), "account.slip_issued": _l("打印开通纸条"), "account.slip_refused": _l("开通码不对"),
    "login.all_ended": _l("在全部设备退出登录"), "factor.enrolled": _l("设置两步登录"), "factor.met": _l("通过登录第二步"),
    "factor.refused": _l("登录第二步不对"), "factor.recovery_code_used": _l("使用恢复码"), "factor.codes_renewed": _l("换一批恢复码"),
    "factor.removed": _l("停用手机验证码"), "factor.reset": _l("重设两步登录"), "passkey.added": _l("登记通行密钥"),
    "passkey.used": _l("使用通行密钥"), "passkey.removed": _l("删除通行密钥"),
    "grant.given": _l("授予角色"), "grant.revoked": _l("收回角色"), "token.created": _l("新建令牌"), "token.revoked": _l("作废令牌"),
    "member.updated": _l("修改党员资料"), "member.moved": _l("变更归属"), "member.left": _l("移出名册"), "member.revealed": _l("查看完整号码"),
    "member.copied": _l("取得本人信息副本"), "member.erased": _l("删除个人信息"), "member.held": _l("暂停处理（只保存）"),
    "member.hold_lifted": _l("解除暂停处理"), "consent.given": _l("同意一项用途"), "consent.withdrawn": _l("撤回一项同意"),
    "data_request.entered": _l("登记个人信息申请"), "data_request.done": _l("同意个人信息申请"), "data_request.refused": _l("未同意个人信息申请"),
    "data_request.taken_back": _l("撤回个人信息申请"), "retention.cleaned": _l("清理到期的个人信息"),
    "resident.erased": _l("删除居民的个人信息"),
    "member.entered": _l("登记党员"), "member.found_elsewhere": _l("登记时查到他处党员"),
    "member.restored": _l("恢复党员"), "member.corrected": _l("更正基本信息"),
    "members.exported": _l("导出名册"), "members.imported": _l("导入花名册"),
    "roster.uploaded": _l("上传花名册"), "roster.checked": _l("核对花名册"), "file.downloaded": _l("下载文件"),
    "organization.created": _l("新增组织"), "organization.changed": _l("修改组织"), "organization.opened": _l("恢复组织"),
    "organization.closed": _l("停用组织"), "organization.exported": _l("导出单位"),
    "organization.contact_seen": _l("查看单位联络员的电话"),
    "certificate.issued": _l("制发报到证"), "certificate.printed": _l("打印报到证"), "certificate.revoked": _l("作废报到证"),
    "certificates.exported": _l("导出报到证"), "receipt.paper_noted": _l("登记纸质回执"),
    "report_in.submitted": _l("提交报到"), "report_in.confirmed": _l("确认报到"), "report_in.returned": _l("退回报到"),
    "exchange.key_renewed": _l("更换互通密钥"), "exchange.partner_offered": _l("提出互通"), "exchange.partner_asked": _l("对方提出互通"),
    "exchange.partner_accepted": _l("确认互通"), "exchange.partner_ended": _l("停止互通"), "exchange.partner_file_taken": _l("读取伙伴文件"),
    "exchange.certified": _l("开具外地介绍信"), "exchange.posted": _l("签发互通函件"), "exchange.delivered": _l("互通函件送达"),
    "exchange.refused": _l("互通函件被退回"), "exchange.sent_again": _l("重发互通函件"), "exchange.filed": _l("导出互通函件"),
    "exchange.exported": _l("导出互通名单"), "exchange.expired": _l("清理逾期未办的外地函件"),
    "exchange.printed": _l("打印外地介绍信"), "exchange.taken": _l("收到互通函件"), "exchange.refused_here": _l("拒收互通函件"),
    "exchange.released": _l("放行外地介绍信"), "exchange.admitted": _l("接收外地党员"), "exchange.turned_away": _l("退回外地介绍信"),
    "exchange.asked": _l("申请到外地报到"), "exchange.request_refused": _l("未办理外地报到申请"), "exchange.request_taken_back": _l("撤回外地报到申请"),
    "report_in.taken_back": _l("撤销报到确认"), "report_in.withdrawn": _l("撤回报到"),
    "obligation.opened": _l("开始报到时限"), "obligation.extended": _l("延期"), "obligation.adjusted": _l("调整截止日期"),
    "obligation.reason_recorded": _l("记录未报到原因"), "obligation.reminded": _l("提醒报到"), "obligations.exported": _l("导出未报到名单"),
    "coverage.exported": _l("导出报到率"), "overview.exported": _l("导出总览"), "burden.exported": _l("导出负担自查"), "province.released": _l("向省级提供汇总数字"),
    "matter.opened": _l("发布服务事项"), "matter.changed": _l("修改服务事项"), "matter.closed": _l("关闭服务事项"),
    "matter.reopened": _l("重新开放服务事项"), "claim.taken": _l("认领"), "claim.waiting": _l("候补认领"), "claim.moved_up": _l("候补转为认领"),
    "claim.released": _l("退出认领"), "claim.lapsed": _l("认领随事项关闭"), "claim.done": _l("办结认领"), "claim.reopened": _l("退回继续办理"),
    "claim.served": _l("登记认领的服务"),
    "claims.exported": _l("导出工作台账"),
    "record.submitted": _l("提交服务记录"), "record.amended": _l("修改服务记录"), "record.verified": _l("查验服务记录"),
    "record.returned": _l("退回服务记录"), "record.counted": _l("服务记录计入"), "record.withdrawn": _l("撤回服务记录"),
    "record.corrected": _l("更正后重新计入"), "evaluation.code_issued": _l("打印评价码"), "evaluation.waived": _l("免评价"),
    "correction.requested": _l("申请更正服务记录"), "correction.taken_back": _l("收回更正申请"), "correction.accepted": _l("同意更正服务记录"),
    "correction.refused": _l("不予更正服务记录"), "callback.drawn": _l("抽中回访"), "callback.noted": _l("登记回访"),
    "callback.settled": _l("登记回访核对结果"), "records.exported": _l("导出服务备案"), "records.card_printed": _l("打印服务纪实卡"),
    "rules.drafted": _l("起草规则"), "rules.revised": _l("修改规则草稿"), "rules.discarded": _l("放弃规则草稿"), "rules.published": _l("发布规则"),
    "rules.ended": _l("停用规则"), "rules.rehearsed": _l("试算规则"), "rules.exported": _l("导出规则试算"),
    "deed.entered": _l("登记事项"), "deed.approved": _l("审核通过事项"), "deed.refused": _l("不予认定事项"), "deed.withdrawn": _l("撤销事项"),
    "approval.asked": _l("提出须两人办理的申请"), "approval.confirmed": _l("确认申请（第二人）"), "approval.refused": _l("退回申请（第二人）"),
    "approval.withdrawn": _l("撤回申请"), "approval.expired": _l("申请过期"), "organization.moved": _l("划转组织"),
    "organization.merged": _l("并入其他组织"), "sign_in.provider_changed": _l("修改统一身份认证"), "sign_in.linked": _l("关联统一身份"),
    "account.sign_in_invited": _l("邀请关联统一身份"),
    "sign_in.unlinked": _l("解除统一身份关联"), "sign_in.refused": _l("统一身份认证登录未通过"), "tenant.deleted": _l("停止使用并删除"),
    "plugin.enabled": _l("启用插件"), "plugin.disabled": _l("停用插件"),
    "plugin.suspended": _l("自动暂停插件"), "plugin.resumed": _l("恢复插件"), "settings.changed": _l("修改设置"), "terms.changed": _l("修改用语"),
    "settings.exported": _l("导出设置变更记录"), "profile.applied": _l("套用配置文件"), "profile.exported": _l("导出配置文件"),
    "tenant.applied": _l("套用城市档案"), "job.retried": _l("重试任务"), "job.cancelled": _l("取消任务"),
    "demo.seeded": _l("建立示范数据"), "audit.exported": _l("导出审计日志"), "audit.verified": _l("核验审计日志"),
    "audit.purged": _l("清理到期的审计日志"),
    "tenant.exported": _l("归档租户的全部数据"), "tenant.imported": _l("从归档导入租户"),
}
OBJECTS: dict[str, LazyString] = {
    "matter": _l("服务事项"), "claim": _l("认领"),
    "account": _l("账号"), "access_token": _l("令牌"), "member": _l("党员"), "organization": _l("组织"), "tenant": _l("本市（州）"),
    "approval": _l("两人办理的申请"), "sign_in_provider": _l("统一身份认证"),
    "certificate": _l("报到证"), "report_in": _l("报到"), "receipt": _l("回执"), "obligation": _l("报到时限"), "service_record": _l("服务记录"),
    "record_callback": _l("回访"), "data_request": _l("个人信息申请"),
    "rule_pack": _l("规则"), "deed": _l("事项"),
    "stored_file": _l("文件"), "plugin": _l("插件"), "job": _l("任务"), "audit": _l("审计日志"),
}
#: What the operators' own log can hold.
OPERATOR_ACTIONS: dict[str, LazyString] = {
    "tenant.deletion_asked": _l("申请删除租户"), "tenant.deletion_refused": _l("退回或撤回删除租户的申请"), "tenant.deleted": _l("确认删除租户"),
    "tenant.purged": _l("清除已删除租户的数据"), "province.exported": _l("导出省级汇总"),
    **{code: ACTIONS[code] for code in ("login.opened", "login.failed", "login.closed")},
    **{code: ACTIONS[code] for code in ("factor.enrolled", "factor.met", "factor.refused", "factor.recovery_code_used",
                                        "factor.codes_renewed", "factor.reset")},
    "key.added": _l("增加数据密钥"), "key.rewrapped": _l("更换主密钥"),
    "operator.created": _l("建立运营账号"), "operator.password_reset": _l("重设运营密码"), "tenant.created": _l("建立租户"),
    **{code: ACTIONS[code] for code in ("tenant.applied", "plugin.enabled", "plugin.disabled", "plugin.resumed", "settings.changed",
                                        "account.created", "account.password_reset", "members.imported")},
    "audit.verified": _l("核验操作日志"), "audit.purged": ACTIONS["audit.purged"],
    "backup.made": _l("备份"), "backup.restored": _l("从备份恢复"),
    "tenant.exported": ACTIONS["tenant.exported"], "tenant.imported": ACTIONS["tenant.imported"],
}
OPERATOR_OBJECTS: dict[str, LazyString] = {
    "operator": _l("运营人员"), "tenant": _l("租户"), "installation": _l("全部租户"), "plugin": _l("插件"), "account": _l("账号"),
    "audit": _l("操作日志"), "province": _l("省级汇总"),
}
#: What the check of a chain can find.
FAULTS: dict[str, LazyString] = {
    "edited": _l("内容被改动"), "missing": _l("缺少条目"), "unlinked": _l("前后不连续"), "cut": _l("末尾被删去"), "head": _l("末尾标记不符"),
    "copy": _l("与另存的标记不符"), "anchor": _l("另存的标记被改动"), "checkpoint": _l("清理记录被改动"),
}
ACTORS: dict[str, LazyString] = {"account": _l("账号"), "operator": _l("运营人员"), "job": _l("后台任务"), "system": _l("系统")}


def action_title(action: str) -> str:
    """The action in words."""
    return str(ACTIONS.get(action) or _of_plugins(action))


def object_title(object_type: str) -> str:
    """The kind of thing in words."""
    return str(OBJECTS.get(object_type) or _of_plugins(object_type))


def fault_places(faults: Sequence[Fault]) -> str:
    """Where a chain is broken, and how: its first five faults in words."""
    return "；".join(_("第 %(seq)s 条%(kind)s", seq=f.seq, kind=FAULTS[f.kind]) for f in faults[:5])


def _of_plugins(code: str) -> str:
    # Those that are off too: what was done while they were on stays in the log.
    return next((str(plugin.audit_titles[code]) for plugin in current().plugins.values() if code in plugin.audit_titles), code)
