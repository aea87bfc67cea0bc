"""Plugins, settings and words as one file: downloaded, compared, applied as compared, and undone by the file from before."""
from __future__ import annotations

import io
import uuid

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from core import audit
from core.documents import storage
from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.i18n import _
from core.tenancy import current_tenant, now
from core.tenancy.clock import LOCAL
from tenants import portable
from web.pages.files import may_fetch
from web.routing import Pages
from web.settings_places import tabs
from web.tenant import actor

pages = Pages("profile_file", __name__, url_prefix="/profile-file")
PERMISSION = "plugins.manage"
TOML, KEPT_DAYS = "text/plain", 30


@pages.page("/", access=PERMISSION)
def index() -> str:
    """Download the present state, or choose a file to compare."""
    return _start()


@pages.page("/download", access=PERMISSION)
def download() -> Response:
    """The tenant as a file."""
    content = io.BytesIO(portable.export().encode())
    audit.record("profile.exported", "tenant", None, {})
    name = _("%(name)s配置 %(day)s.toml", name=current_tenant().short_name, day=f"{now().astimezone(LOCAL):%Y-%m-%d}")
    return send_file(content, "application/toml", as_attachment=True, download_name=name)


@pages.page("/look", access=PERMISSION, methods=("POST",))
def look() -> str | tuple[str, int]:
    """What a file would change; nothing is written."""
    try:
        text, name = _given()
        plan = portable.plan(text, name)
    except (Invalid, NotFound) as error:
        return _start(error), error.status
    return render_template("settings/file_difference.html", plan=plan, text=text, name=name)


@pages.page("/apply", access=PERMISSION, methods=("POST",))
def apply() -> BaseResponse | tuple[str, int]:
    """Make exactly the difference that was shown; what was there before is kept as a file."""
    text, name = request.form.get("text", ""), request.form.get("name", "")[:200]
    try:
        made, before = portable.apply(text, name, request.form.get("seen", ""))
    except (Invalid, Conflict) as error:
        return _start(error), error.status
    if not made:
        flash(_("与文件一致，没有改动。"), "info")
        return redirect(url_for("profile_file.index"), 303)
    kept = storage.save(_("改动前的配置.toml"), TOML, before.encode(), PERMISSION, KEPT_DAYS, actor().account_id)
    flash(_("已完成 %(count)s 项改动，立即生效。", count=len(made)), "success")
    return redirect(url_for("profile_file.index", before=kept), 303)


def _start(error: BaodaoError | None = None) -> str:
    before = request.args.get("before", type=uuid.UUID)
    problems = list(error.fields.items()) if isinstance(error, Invalid) else []
    return render_template("settings/file.html", tabs=tabs("profile_file.", everything=True), before=before, problems=problems,
                           message=error.message.splitlines()[0] if error else None, days=KEPT_DAYS)


def _given() -> tuple[str, str]:
    """The uploaded file's text and name, or those of the file from before. Raises Invalid, NotFound."""
    if (kept := request.form.get("before", type=uuid.UUID)) is not None:
        fact = storage.fact(kept)
        if fact.purpose != PERMISSION or not may_fetch(fact):
            raise NotFound
        return storage.load(kept).content.decode(), fact.name
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid(_("请选择一个配置文件（.toml）。"))
    content = sent.stream.read(portable.LONGEST + 1)
    if len(content) > portable.LONGEST:
        raise Invalid(_("文件太大，不像是配置文件。请选择从这里下载的 .toml 文件。"))
    try:
        return content.decode("utf-8-sig"), sent.filename
    except UnicodeDecodeError as error:
        raise Invalid(_("文件不是 UTF-8 文字。请用记事本另存为 UTF-8 编码后再试。")) from error
