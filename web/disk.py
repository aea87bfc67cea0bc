"""Makes the site read-only on a nearly full disk: who reads, signs in or out is served, and the log has the room that is left (rule 24)."""
from __future__ import annotations

from flask import Flask, request

from core.documents.room import disk
from core.errors import Unavailable
from core.i18n import _
from web.security import SAFE_METHODS

#: Signing in, with all its steps.
_DOORS = frozenset({"login", "second_step", "passkey_login", "single_sign_on", "operator_factor"})


def init_app(app: Flask) -> None:
    """Ask before each write, and before its scope is opened."""
    app.before_request(_refuse_writes)


def _refuse_writes() -> None:
    if request.method not in SAFE_METHODS and disk.read_only() and (request.blueprint or "") not in _DOORS:
        raise Unavailable(_("服务器磁盘将满，系统暂时只能查看，不能填写。您填写的内容没有保存，请联系系统管理员。"))
