"""What an officer does with a need: classify, answer, refuse with a reason, take a step back."""
from __future__ import annotations

import uuid

from sqlalchemy import select

from core.api import PRIORITY_GROUPS, Conflict, Invalid, NotFound, _, audit, seal, session, settings, tenant_id, today
from plugins.needs.models import OPEN, Need

LONGEST_SUMMARY, LONGEST_ANSWER = 100, 1000


def classify(need_id: uuid.UUID, version: int | None, *, category: str, summary: str, recipient_group: str | None = None) -> None:
    """Sort a need in and sum it up for everybody, without anybody's name. Raises Conflict, Invalid, NotFound."""
    row = locked(need_id, version)
    require_state(row, OPEN)
    wrong: dict[str, list[str]] = {}
    if category not in settings("needs", row.community_id)["categories"] and category != row.category:
        wrong["category"] = [_("请从列表中选择")]
    if not 2 <= len(summary.strip()) <= LONGEST_SUMMARY:
        wrong["summary"] = [_("请用 2 至 %(most)s 个字概括，不写姓名、电话和门牌", most=LONGEST_SUMMARY)]
    if recipient_group not in (None, "", *PRIORITY_GROUPS):
        wrong["recipient_group"] = [_("请从列表中选择")]
    if wrong:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), wrong)
    row.category, row.summary, row.recipient_group = category, summary.strip(), recipient_group or None
    row.classified_on = row.classified_on or today()
    if row.state == "new":
        row.state = "classified"
    changed(row, "needs.classified")


def answer(need_id: uuid.UUID, version: int | None, text: str) -> None:
    """Tell the asker what was done. A need that is being seen to stays open: this is word in between. Raises Conflict, Invalid, NotFound."""
    row = locked(need_id, version)
    require_state(row, ("new", "classified", "turned", "done", "answered"))
    _write_answer(row, text)
    if row.state in ("new", "classified"):
        end(row, "answered")
    changed(row, "needs.answered")


def refuse(need_id: uuid.UUID, version: int | None, reason: str) -> None:
    """No, because: the asker reads the reason. Raises Conflict, Invalid, NotFound."""
    row = locked(need_id, version)
    require_state(row, ("new", "classified"))
    _write_answer(row, reason)
    end(row, "refused")
    changed(row, "needs.refused")


def finish(need_id: uuid.UUID, version: int | None) -> None:
    """It was seen to without a matter being closed for it. Raises Conflict, NotFound."""
    row = locked(need_id, version)
    require_state(row, ("classified", "turned"))
    end(row, "done")
    changed(row, "needs.done")


def reopen(need_id: uuid.UUID, version: int | None) -> None:
    """Undo the end of a need: it is as open as it was. Raises Conflict, NotFound."""
    row = locked(need_id, version)
    require_state(row, ("answered", "refused", "done"))
    row.state, row.closed_on, row.before = row.before or ("classified" if row.classified_on else "new"), None, None
    changed(row, "needs.reopened")


def locked(need_id: uuid.UUID, version: int | None = None) -> Need:
    """The need under a row lock. Raises NotFound; Conflict when it changed since `version`."""
    row = session().scalar(select(Need).where(Need.tenant_id == tenant_id(), Need.id == need_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    return row


def require_state(row: Need, states: tuple[str, ...]) -> None:
    """Raise Conflict for a need that is in none of these states."""
    if row.state not in states:
        raise Conflict(_("这条意见的状态已经变化，不能这样办理。请刷新页面查看。"))


def changed(row: Need, action: str, **details: str | int) -> None:
    """Count the change and note it in the log."""
    row.version += 1
    session().flush()
    audit(action, "needs_need", row.id, {"state": row.state, **details})


def end(row: Need, state: str) -> None:
    """Close a locked need; noting it is the caller's."""
    row.before, row.state, row.closed_on = row.state, state, today()


def _write_answer(row: Need, text: str) -> None:
    if not 2 <= len(text.strip()) <= LONGEST_ANSWER:
        raise Invalid(_("请写明答复，2 至 %(most)s 个字。", most=LONGEST_ANSWER), {"answer": [_("请填写")]})
    row.answer, row.answered_on = seal("needs_need", "answer", row.id, text.strip()), today()
