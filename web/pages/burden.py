"""The burden page (R5): what this tenant asks of communities and members, read from the house itself, and a self-check of it."""
from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import current_app, render_template, send_file, url_for
from werkzeug.wrappers import Response

from core import audit
from core.access.roles import ROLES, permission
from core.documents.spreadsheet import Column, Sheet, Watermark, write_workbook
from core.i18n import _, _l
from core.tenancy import now
from core.tenancy.clock import LOCAL
from tenants.deviations import deviations
from web.burden import asking, promises
from web.burden.asking import RoleFact
from web.burden.ways import RESIDENT, ways
from web.navigation import NavigationItem, register
from web.routing import Pages
from web.tenant import actor

READ = "burden.read"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

pages = Pages("burden", __name__, url_prefix="/burden")
register("figures", _l("统计"), NavigationItem(_l("负担自查"), "burden.index", "list", permission=READ, order=90), order=50)


@pages.page("/", access=READ)
def index() -> str:
    """Everything on one page, to be read, printed and talked over."""
    return render_template("burden/index.html", **_facts())


@pages.page("/export.xlsx", access=READ, methods=("POST",))
def export() -> Response:
    """The same as a workbook."""
    target = BytesIO()
    write_workbook(target, _sheets(_facts()), Watermark(actor().display_name, now().astimezone(LOCAL), _("负担自查")))
    audit.record("burden.exported", "tenant", None)
    target.seek(0)
    return send_file(target, XLSX, as_attachment=True, download_name=_("负担自查.xlsx"))


def role_title(role: str) -> str:
    """A role in words; residents have none."""
    return _("居民（不用登录）") if role == RESIDENT else str(ROLES[role].title)


def _facts() -> dict[str, Any]:
    app: Any = current_app
    roles = asking.by_role(app)
    twice = asking.twice(roles)
    return {"roles": roles, "forms": {role.role: _forms(role) for role in roles}, "twice": twice, "ways": ways(app, asking.plugins_on()),
            "duties": asking.duties(), "added": asking.added(app), "who": asking.WHO, "role_title": role_title,
            "settings": [one for one in deviations() if one.organization_id is None and not one.same] if actor().can("settings.manage") else [],
            "points": [_point(one) for one in promises.points(roles, len(twice))], "source": promises.SOURCE}


def _forms(role: RoleFact) -> list[dict[str, Any]]:
    """The role's forms under what they are for, those of one right together."""
    rows = [{"title": str(permission(form.permission).title), "required": "、".join(str(one.title) for one in form.required) or "—",
             "optional": "、".join(str(one.title) for one in form.fields if not one.required) or "—", "plugin": form.plugin} for form in role.forms]
    unique = {tuple(row.values()): row for row in rows}  # one form reached by two doors is one form
    return sorted(unique.values(), key=lambda row: (bool(row["plugin"]), row["title"]))


def _point(point: promises.Point) -> dict[str, Any]:
    may = point.link is not None and actor().can("settings.manage" if point.link[0].startswith("settings") else "plugins.manage")
    return {"asks": str(point.asks), "certainty": str(promises.CERTAINTY[point.certainty]), "how": str(promises.HOW[point.how]), "why": point.why,
            "kind": point.how, "url": url_for(point.link[0], **point.link[1]) if may and point.link else None}


def _column(number: int, name: str, cells: list[Any]) -> Column:
    """Numbers stay numbers, in a narrow column; long texts get a wide one, in which they wrap."""
    if cells and all(isinstance(cell, int) for cell in cells):
        return Column(f"c{number}", name, 12, "integer")
    return Column(f"c{number}", name, 48 if max((len(str(cell)) for cell in cells), default=0) > 24 else 28)


def _sheets(facts: dict[str, Any]) -> list[Sheet]:
    def table(title: str, names: tuple[str, ...], rows: Any) -> Sheet:
        lines = [tuple(row) for row in rows]
        return Sheet(title, [_column(n, name, [row[n] for row in lines]) for n, name in enumerate(names)], lines)

    roles: list[RoleFact] = facts["roles"]
    return [
        table(_("按角色"), (_("角色"), _("表单"), _("填写项"), _("其中必填"), _("要照片的")), (
            (role.title, len(role.forms), role.fields, role.required, role.photos) for role in roles)),
        table(_("表单"), (_("角色"), _("用途"), _("必填"), _("可不填")), (
            (role.title, row["title"], row["required"], row["optional"]) for role in roles for row in facts["forms"][role.role])),
        table(_("办一件事"), (_("谁"), _("办什么"), _("点几次"), _("必填"), _("可不填")), (
            (role_title(one.way.role), str(one.way.title), one.presses, one.required, one.optional) for one in facts["ways"])),
        table(_("周期任务"), (_("谁"), _("做什么"), _("一年几次")), ((role_title(one.role), one.title, one.times) for one in facts["duties"])),
        table(_("可能重复填写"), (_("谁"), _("项目"), _("在哪些表单")), ((role_title(one.role), one.title, "、".join(one.forms)) for one in facts["twice"])),
        table(_("自查"), (_("要求"), _("怎样做到"), _("说明"), _("依据")), ((one["asks"], one["how"], one["why"], one["certainty"]) for one in facts["points"])),
    ]
