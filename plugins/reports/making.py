"""Makes a report: a job that streams rows into the layout and keeps the file, encrypted, for whoever asked for it."""
from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from core.api import (
    REVEAL_REASONS,
    Actor,
    BaodaoError,
    Filling,
    IncomingFile,
    Invalid,
    JobContext,
    NotFound,
    Watermark,
    _,
    audit,
    enqueue,
    fill_layout,
    load_actor,
    now,
    render_layout,
)
from plugins.reports.formats import FACTS, vocabulary
from plugins.reports.requests import Ready, Wanted, ready

MAKE, PERMISSION, DAYS = "reports.make", "reports.make", 3
MEDIA = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
         "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "pdf": "application/pdf"}
MOST_PRINTED = 2_000  # typst holds a whole document in memory


def start(actor: Actor, wanted: Wanted) -> uuid.UUID:
    """Let a report be made; answers the job's id. Raises as `requests.ready`."""
    ready(actor, wanted)
    return enqueue(MAKE, wanted.payload())


def run(job: JobContext) -> dict[str, Any]:
    """The job. What has been withdrawn meanwhile (a right, the format, the place) refuses it with a sentence."""
    actor = load_actor(job.created_by) if job.created_by else None
    if actor is None or not actor.can(PERMISSION):
        return {"refused": _("您已没有生成报表的权限。")}
    wanted = Wanted.of(job.payload)
    try:
        asked = ready(actor, wanted)
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
