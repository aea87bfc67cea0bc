"""What points write to the audit log, in words."""
from __future__ import annotations

from core.api import _l

AUDIT_TITLES = {
    "points.earned": _l("记积分"), "points.reversed": _l("冲销积分"), "points.balance_mended": _l("更正积分余额"),
    "points.backfill": _l("补记积分"), "points.base_given": _l("发放基础分"), "points.expired": _l("积分到期清零"),
    "points.spans_reckoned": _l("计算期末积分"), "points.excluded": _l("登记不列入积分"), "points.readmitted": _l("解除不列入积分"),
    "points.asked": _l("登记积分兑换"), "points.handed_over": _l("登记领取"), "points.request_cancelled": _l("取消积分兑换"),
    "points.item_added": _l("新增兑换物品"), "points.item_changed": _l("修改兑换物品"), "points.card_given": _l("发放积分卡"),
    "points.correction_proposed": _l("提出积分更正"), "points.correction_confirmed": _l("确认积分更正"),
    "points.correction_refused": _l("退回积分更正"), "points.notice_made": _l("准备积分公示"), "points.exported": _l("导出积分"),
    "points.ranking_on": _l("打开积分排名"), "points.ranking_off": _l("关闭积分排名"),
    "points_account": _l("积分账户"), "points_exclusion": _l("不列入积分"), "points_request": _l("积分兑换"), "points_item": _l("兑换物品"),
    "points_card": _l("积分卡"), "points_correction": _l("积分更正"), "points_notice": _l("积分公示"), "points_ranking": _l("积分排名"),
}
