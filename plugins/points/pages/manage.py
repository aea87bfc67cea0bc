"""What the administrators keep: the things to be had, the ranking with its warning, and scoring what happened before."""
from __future__ import annotations

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import NotFound, _, acting, requires
from core.pages import attempt, needed_identity, version
from plugins.points import backfill, items, ranking
from plugins.points.fields import shown
from plugins.points.pages import showing
from plugins.points.pages.showing import GET, POST


@requires("points.manage")
def stock() -> str:
    """The things to be had, those taken down too."""
    rows = [{"id": r.id, "title": r.title, "price": shown(r.price), "stock": "" if r.stock is None else r.stock, "for_others": r.for_others,
             "active": r.active, "version": r.version} for r in items.listed(active=False)]
    return render_template("points/items.html", rows=rows, ranking=ranking.is_on())


@requires("points.manage")
def keep_item() -> Response:
    """Put an item up, or change one."""
    def act() -> None:
        title, price, left = request.form.get("title", ""), showing.points("price"), showing.whole("stock")
        others = request.form.get("for_others") == "yes"
        if request.form.get("item"):
            items.change(needed_identity("item"), version(), title, price, left, for_others=others,
                         active=request.form.get("active") == "yes")
        else:
            items.add(title, price, left, for_others=others)
    return attempt(act, _("已经保存。"), url_for("points.stock"))


@requires("points.manage")
def score_earlier() -> Response:
    """Score what counted from a day on and was not scored yet."""
    return attempt(lambda: backfill.begin(showing.needed_day("since")), _("已经开始补记，可在“后台任务”中查看进度。"), url_for("points.stock"))


@requires("points.manage")
def ranking_switch() -> str:
    """What speaks against a ranking, and the form that asks why there should be one."""
    return render_template("points/ranking_switch.html", shown=ranking.is_on())


@requires("points.manage")
def switch_ranking() -> Response:
    """Switch it on with a reason, or off."""
    on = request.form.get("to") == "on"
    return attempt(lambda: ranking.switch(on, request.form.get("reason", ""), by=acting().account_id),
                   _("排名已经打开，理由已记入审计日志。") if on else _("排名已经关闭。"), url_for("points.ranking_switch"))


@requires("points.read")
def ranked() -> str:
    """Those with the most points; absent unless the tenant has switched it on."""
    if not ranking.is_on():
        raise NotFound
    rows = [{"place": place, "name": r.name, "unit_name": r.unit_name, "balance": shown(r.balance)}
            for place, r in enumerate(ranking.leaders(acting().paths("points.read")), 1)]
    return render_template("points/ranking.html", rows=rows)


ROUTES = (("/items", stock, GET), ("/items/keep", keep_item, POST), ("/backfill", score_earlier, POST), ("/ranking/switch", ranking_switch, GET),
          ("/ranking/to", switch_ranking, POST), ("/ranking", ranked, GET))
