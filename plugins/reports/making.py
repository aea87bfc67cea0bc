"""Makes a report: a job that streams rows into the layout and keeps the file, encrypted, for whoever asked for it."""
from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, cast

from core.api import (
    REVEAL_REASONS,
    Actor,
    ApprovalKind,
    ApprovedAct,
    BaodaoError,
    Filling,
    IncomingFile,
    Invalid,
    JobContext,
    NotFound,
    Target,
    Watermark,
    _,
    _l,
    audit,
    bulk_export,
    common_path,
    enqueue,
    export_approved,
    fill_layout,
    load_actor,
    now,
    organization_names,
    render_layout,
    request_approval,
)
from plugins.reports.formats import FACTS, vocabulary
from plugins.reports.requests import Ready, Wanted, ready
from plugins.reports.shelf import find

MAKE, PERMISSION, DAYS = "reports.make", "reports.make", 3
MEDIA = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
         "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "pdf": "application/pdf"}
MOST_PRINTED = 2_000  # typst holds a whole document in memory


def start(actor: Actor, wanted: Wanted) -> tuple[str, uuid.UUID]:
    """Let a report be made; answers ("job", its id), or ("approval", id) when so many people's full numbers need a second person.

    Raises as `requests.ready`.
    """
    asked = ready(actor, wanted)
    if wanted.reason is not None and bulk_export(count := asked.data.count(asked.request), by=actor.account_id):
        why = _("%(reason)s，完整资料，现有 %(count)s 行", reason=REVEAL_REASONS[wanted.reason], count=count)
        return "approval", request_approval(KIND, wanted.payload(), why, by=actor, target=Target((whole_reach(actor, asked),)))
    return "job", enqueue(MAKE, wanted.payload())


def whole_reach(actor: Actor, asked: Ready) -> str:
    """Where the second person has to stand: at the chosen place, or above all that the asker reads."""
    if asked.request.place is not None:
        return asked.request.place.path
    return common_path([one.path for one in asked.request.reach] or list(actor.paths(asked.data.permission)))


def _confirmed(act: ApprovedAct) -> dict[str, Any]:
    """The job is the asker's, as is the file."""
    return {"job": enqueue(MAKE, {**act.content, "approval": act.id}, effect_key=f"approval/{act.id}", created_by=act.asked_by)}


def _describe(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    place = organization_names([uuid.UUID(content["place"])]) if content["place"] else {}
    return [(_("导出内容"), _("报表“%(title)s”，号码、地址不遮盖", title=find(content["code"], content["version"]).title)),
            (_("范围"), next(iter(place.values()), _("申请人管理范围内的全部"))), (_("期间"), content["period"] or "—"),
            (_("用途"), str(REVEAL_REASONS[content["reason"]]))]


KIND = "reports.full"
APPROVAL = ApprovalKind(KIND, _l("成批生成完整号码的报表"), PERMISSION, "approvals.export", _confirmed, _describe, setting="export")


def run(job: JobContext) -> dict[str, Any]:
    """The job. What has been withdrawn meanwhile (a right, the format, the place) refuses it with a sentence."""
    actor = load_actor(job.created_by) if job.created_by else None
    if actor is None or not actor.can(PERMISSION):
        return {"refused": _("您已没有生成报表的权限。")}
    payload = dict(job.payload)
    approval = payload.pop("approval", None)
    wanted = Wanted.of(payload)
    try:
        asked = ready(actor, wanted)
        if wanted.reason is not None and not export_approved(KIND, approval, payload, job.created_by) and bulk_export(
                asked.data.count(asked.request), by=job.created_by):
            return {"refused": _("人数已超过可以自行导出的数量，请重新提出，由第二人确认。")}
        return _make(job, actor, asked, wanted)
    except NotFound as error:
        gone = _("这份报表的格式、范围或人员已经没有了，或已不在您的管理范围内。")
        return {"refused": gone if str(error) == str(NotFound()) else str(error)}
    except BaodaoError as error:
        return {"refused": str(error)}


def _make(job: JobContext, actor: Actor, asked: Ready, wanted: Wanted) -> dict[str, Any]:
    suffix = "pdf" if asked.chosen.kind == "typ" else asked.chosen.kind
    total = asked.data.count(asked.request)
    if suffix == "pdf" and total > MOST_PRINTED:
        raise Invalid(_("这份报表一次最多打印 %(most)s 行。请缩小范围后分次生成。", most=MOST_PRINTED))
    file = IncomingFile(file_name(asked, suffix), MEDIA[suffix], PERMISSION, DAYS, actor.account_id)
    why = str(REVEAL_REASONS[wanted.reason]) if wanted.reason else _("日常工作（号码和地址已遮盖）")
    mark = Watermark(actor.display_name, now(), why)

    def progress(done: int) -> None:
        job.progress(done, total, _("已写入 %(count)d 行", count=done))
    if suffix == "pdf":
        file.write(printed(asked))
        count = total
    else:
        count = fill_layout(asked.chosen.layout(), cast("BinaryIO", file), filling(asked, asked.data.read(asked.request), total, mark, progress))
    file_id = file.finish()
    audit("reports.made", "stored_file", file_id, {"format": asked.chosen.code, "rows": count, "reason": wanted.reason, "by": actor.account_id})
    return {"file": file_id, "rows": count, "format": asked.chosen.code}


def filling(asked: Ready, batches: Any, expected: int = 0, mark: Watermark | None = None, progress: Any = lambda _done: None) -> Filling:
    """What goes into the layout; facts under their names in Latin letters and in Chinese."""
    return Filling(vocabulary(asked.chosen, asked.data), named(asked.facts), batches, expected, mark, progress)


def named(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts under both kinds of names."""
    return facts | {word: facts[name] for name, word in FACTS.items() if name in facts}


def printed(asked: Ready) -> bytes:
    """A PDF by a layout of typst, which gets facts, rows by the columns' keys, and sums."""
    rows = [dict(zip(asked.data.keys, row, strict=True)) for row in _rows(asked)]
    totals = {key: round(sum(row[key] or 0 for row in rows), 2) for key in asked.data.totals}
    assert asked.chosen.path is not None, "typst layouts are never uploaded"  # noqa: S101 -- the type says so
    return render_layout(asked.chosen.path, {"facts": asked.facts, "rows": rows, "totals": totals})


def _rows(asked: Ready) -> Iterator[Any]:
    for batch in asked.data.read(asked.request):
        yield from batch


def file_name(asked: Ready, suffix: str) -> str:
    """Title, whom it is about, and the period, as a file may be called."""
    return re.sub(r'[\\/:*?"<>|\s]+', " ", "_".join(filter(None, (asked.chosen.title, asked.about, asked.span.title))))[:120] + f".{suffix}"
