"""The secret with which another system signs what it sends: shown once, renewed, taken away."""
from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from core.api import _, requires
from core.pages import Route, asked, me
from plugins.needs import inbox, papers


@requires("needs.connect")
def index() -> str:
    """Whether there is a secret, and how the other system uses it."""
    return _page("")


@requires("needs.connect")
def renew() -> str:
    """Make a secret and show it, this once."""
    if inbox.made_on() is not None and (question := asked(_("更换密钥吗？"), _("更换"), url_for("needs.inbox"),
                                                         _("旧密钥立即失效，对方系统换上新密钥以前发来的都会被拒收。"))):
        return question
    return _page(inbox.renew(by=me()))


@requires("needs.connect")
def close() -> str | Response:
    """Take it away: nothing is taken in any longer."""
    if question := asked(_("停用对接吗？"), _("停用"), url_for("needs.inbox"), _("停用后对方系统发来的都会被拒收。")):
        return question
    inbox.close()
    flash(_("已停用。"), "success")
    return redirect(url_for("needs.inbox"), 303)


def _page(secret: str) -> str:
    return render_template("needs/inbox.html", secret=secret, made_on=inbox.made_on(), largest=inbox.LARGEST // 1024,
                           address=papers.address("inbox", code="0").removesuffix("0"))


ROUTES: tuple[Route, ...] = (("/inbox/", "inbox", index, "GET"), ("/inbox/renew", "renew_secret", renew, "POST"),
                             ("/inbox/close", "close_inbox", close, "POST"))
