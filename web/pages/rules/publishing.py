"""A draft is published from a day on; a scheme is ended from a day on."""
from __future__ import annotations

import uuid

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from core.errors import Invalid
from core.i18n import _
from core.rules import packs
from web.pages.rules.blueprint import MANAGE, changeable, day_sent, pages
from web.pages.rules.reading import pack_page


@pages.page("/packs/<uuid:pack_id>/publish", access=MANAGE, methods=("POST",))
def publish(pack_id: uuid.UUID) -> Response | tuple[str, int]:
    """Let the draft hold."""
    changeable(pack_id)
    try:
        pack = packs.publish(pack_id, day_sent("effective_from"),
                             announced_on=day_sent("announced_on") if request.form.get("announced_on") else None)
    except Invalid as error:
        return pack_page(pack_id, error), error.status
    flash(_("第 %(version)s 版已发布，%(day)s 起执行。", version=pack.version, day=pack.effective_from), "success")
    return redirect(url_for("rules.show", pack_id=pack_id), 303)


@pages.page("/packs/<uuid:pack_id>/end", access=MANAGE, methods=("POST",))
def end(pack_id: uuid.UUID) -> Response | tuple[str, int]:
    """Let the scheme hold no longer."""
    pack, _kind = changeable(pack_id)
    try:
        packs.end(pack.kind, pack.name, day_sent("ended_on"), pack.organization_id)
    except Invalid as error:
        return pack_page(pack_id, error), error.status
    flash(_("已设定停用日期。此前产生的结果都保留。"), "success")
    return redirect(url_for("rules.show", pack_id=pack_id), 303)
