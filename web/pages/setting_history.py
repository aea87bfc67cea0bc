"""What was ever switched, set or renamed: who, when, what stood there before and after, in words; paged, narrowed, exported."""
from __future__ import annotations

import io
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Response, render_template, request, send_file

from core import audit
from core.documents.spreadsheet import Column, Sheet, Watermark, write_workbook
from core.i18n import _, _l
from core.organizations import tree
from core.tenancy import now
from core.tenancy.clock import LOCAL
from tenants import changes, settings
from tenants.changes import ChangeRow
from tenants.directory import display_names
from web.forms import FormField
from web.queries import with_query
from web.routing import Pages
from web.settings_places import PERMISSION, places, tabs, whole, whole_place
from web.tenant import actor

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ABOUT = {"plugins": changes.SWITCHES, "terms": changes.WORDS}
pages = Pages("setting_history", __name__, url_prefix="/setting-history")


@pages.page("/", access=PERMISSION)
def index() -> str:
    """The changes within one's reach, newest first."""
    everything = whole()
    about, namespace = _about()
    found = changes.changes(**_reach(everything=everything), namespace=namespace, before=request.args.get("before", type=uuid.UUID),
                            limit=changes.PAGE + 1)
    shown = found[:changes.PAGE]
    return render_template("settings/history.html", rows=list(_rows(shown)), tabs=tabs("setting_history.", everything=everything),
                           fields=[_filter(about, everything=everything)], about=about,
                           next_url=with_query(before=shown[-1].id) if len(found) > changes.PAGE else None)


@pages.page("/export", access=PERMISSION)
def export() -> Response:
    """The same as a workbook, from the first change to the last."""
    _chosen, namespace = _about()
    columns = [Column("at", _("时间"), 20), Column("who", _("操作人"), 14), Column("place", _("范围"), 16), Column("about", _("类别"), 14),
               Column("title", _("项目"), 36), Column("before", _("原来"), 30), Column("after", _("改为"), 30)]
    rows = _cells(changes.every_change(**_reach(everything=whole()), namespace=namespace))
    content = io.BytesIO()
    count = write_workbook(content, [Sheet(_("变更记录"), columns, rows)],
                           Watermark(actor().display_name, now().astimezone(LOCAL), _("设置变更记录导出")))
    audit.record("settings.exported", "tenant", None, {"count": count})
    content.seek(0)
    return send_file(content, XLSX, as_attachment=True, download_name=_("设置变更记录.xlsx"))


def _reach(*, everything: bool) -> dict[str, Any]:
    return {} if everything else {"places": [p.id for p in places() if p.id is not None]}


def _about() -> tuple[str, str | None]:
    about = request.args.get("about", "")
    return about, ABOUT.get(about, about) or None


def _filter(about: str, *, everything: bool) -> FormField:
    choices = [("plugins", _("功能插件")), ("terms", _("用语"))] if everything else []
    choices += [(s.namespace, str(s.title)) for s in settings.available() if everything or s.local]
    return FormField("about", "select", str(_l("类别")), selected=(about,) if about else (), filter=True, choices=tuple(choices))


def _rows(shown: list[ChangeRow]) -> Iterator[dict[str, Any]]:
    names = display_names(c.by for c in shown)
    organizations = tree.names(c.organization_id for c in shown)
    for change in shown:
        place = organizations.get(change.organization_id, "") if change.organization_id else whole_place().name
        yield {"at": change.at, "who": names.get(change.by, _("平台运营人员")), "place": place, "about": changes.subject(change.namespace),
               "steps": changes.steps(change)}


def _cells(found: Iterable[ChangeRow]) -> Iterator[list[str]]:
    batch: list[ChangeRow] = []
    for change in found:
        batch.append(change)
        if len(batch) == 500:
            yield from _lines(batch)
            batch = []
    yield from _lines(batch)


def _lines(batch: list[ChangeRow]) -> Iterator[list[str]]:
    for row in _rows(batch):
        for step in row["steps"]:
            moment = f"{row['at'].astimezone(LOCAL):%Y-%m-%d %H:%M}"
            yield [moment, row["who"], row["place"], row["about"], step.title, step.before, step.after]
