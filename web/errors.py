"""Turns every error into an answer that says what to do: a page for people, problem+json for programs."""
from __future__ import annotations

from contextlib import suppress

import orjson
import structlog
from flask import Flask, Response, current_app, g, redirect, render_template, request, session as cookie, url_for
from flask.globals import request_ctx
from flask_wtf.csrf import CSRFError
from psycopg.errors import UniqueViolation
from redis.exceptions import RedisError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response as BaseResponse

from core.errors import BaodaoError, Invalid, ScopeError, TooMany, Unauthenticated, Unavailable
from core.i18n import _, _l
from core.tenancy import session
from web.containment import blame
from web.routing import API_PREFIX, OPERATOR, access_of
from web.tenant import EnrolFirst, PasswordChange, PluginHeld, SecondStep, actor, step_out

log = structlog.get_logger(__name__)
# The sentences that core.errors says when nothing better is known; named here for the translators.
DEFAULTS = (_l("没有找到。请检查地址，或返回上一页重新选择。"), _l("您没有进行这项操作的权限。如有需要，请联系本级管理员。"), _l("请先登录。"))
#: Codes of PostgreSQL for a value that no column can hold; None is psycopg's own, for a NUL character.
_UNSTORABLE = frozenset({None, "22003", "22007", "22008", "22021", "22P02"})
_PAGES = frozenset({400, 403, 404, 409, 413, 429, 500, 503})


def init_app(app: Flask) -> None:
    """Install the handlers."""
    app.register_error_handler(BaodaoError, _expected)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(DataError, _unstorable)
    app.register_error_handler(IntegrityError, _integrity)
    app.register_error_handler(RedisError, _redis)
    app.register_error_handler(Exception, _unexpected)


def _expected(error: BaodaoError) -> BaseResponse:
    if isinstance(error, Unauthenticated) and not _for_program() and request.method == "GET":
        target = request.full_path.rstrip("?")
        return _go(url_for("login.choose", next=target if target != "/" else None))
    if isinstance(error, PasswordChange):
        return _go(url_for("account.password"))
    if isinstance(error, SecondStep | EnrolFirst) and not _for_program():
        return _go(_next_step(error))
    return answer(error.status, _(error.message), error)


def _next_step(error: SecondStep | EnrolFirst) -> str:
    """The page where the sign-in goes on; it leads to where the person wanted to go."""
    target = request.full_path.rstrip("?") if request.method == "GET" and request.path != "/" else None
    if access_of(current_app, request.endpoint or "") == OPERATOR:
        return url_for("operator_factor.step" if isinstance(error, SecondStep) else "operator_factor.setup")
    return url_for("second_step.show" if isinstance(error, SecondStep) else "second_factor.setup", next=target)


def _go(address: str) -> BaseResponse:
    """Redirect the page; htmx is told so, or it would set the other page into a part of this one."""
    if request.headers.get("HX-Request"):
        return Response("", headers={"HX-Redirect": address})
    return redirect(address)


def _csrf(_error: CSRFError) -> BaseResponse:
    return answer(400, _("页面停留太久或已在别处退出，请返回刷新页面后再提交；填写的内容请先复制保存。"))


def _http(error: HTTPException) -> BaseResponse:
    if isinstance(error, InternalServerError) and error.original_exception is not None:  # raised while the scope was closed
        cause = error.original_exception
        _unsay()
        return _database(cause) if isinstance(cause, OperationalError) else _unexpected(cause)
    messages = {
        400: _("请求的内容不完整或格式不对，请返回检查后再试。"), 404: _("没有找到。请检查地址，或返回上一页重新选择。"),
        405: _("这个地址不支持这种操作，请返回上一页重试。"), 413: _("文件太大：请压缩到 30 MB 以内，或分成几份上传。"),
        415: _("请求的格式不受支持。"), 422: _("内容有误，请检查后再试。"),
    }
    status = error.code or 500
    found = (getattr(error, "data", None) or {}).get("messages", {})  # webargs: {"json": {field: [message]}}
    fields = {name: texts for place in found.values() if isinstance(place, dict) for name, texts in place.items()}
    message = messages.get(status, error.description or error.name)
    return answer(status, message, Invalid(message, fields) if fields else None)


def _database(error: OperationalError) -> BaseResponse:
    blame(error)
    log.error("database unavailable", error=type(error.orig).__name__)
    message = _("数据库暂时没有响应，您填写的内容没有保存。请稍等一分钟再提交。")
    try:
        _clear_transaction()
        return answer(503, message)
    except SQLAlchemyError:  # it is gone altogether: without the menu, which cannot be read
        step_out()
        return answer(503, message)


def _unstorable(error: DataError) -> BaseResponse:
    """A NUL character in a text, a number or a day beyond the column: found by PostgreSQL only.

    That is the input's fault and no plugin's: else any visitor could have a plugin suspended. Other errors in data, such as a
    division by zero, are the page's own.
    """
    if getattr(error.orig, "sqlstate", None) not in _UNSTORABLE:
        return _unexpected(error)
    log.info("input refused by the database", error=type(error.orig).__name__)
    _clear_transaction()
    return answer(422, _("内容里有不能保存的字符，或数字太大，请检查后再试。"))


def _integrity(error: IntegrityError) -> BaseResponse:
    """Two people did the same at the same moment, and nothing nearer has put it into words."""
    if not isinstance(error.orig, UniqueViolation):
        return _unexpected(error)
    blame(error)
    log.warning("done twice at once", constraint=error.orig.diag.constraint_name)
    _clear_transaction()
    return answer(409, _("刚刚有人做了同样的操作，您的这一次没有保存。请刷新页面，核对后再提交。"))


def _redis(error: RedisError) -> BaseResponse:
    log.error("redis unavailable", error=type(error).__name__)
    return answer(503, Unavailable(_("后台服务暂时没有响应，请稍后再试。")).message)


def _unexpected(error: BaseException) -> BaseResponse:
    blame(error)
    log.error("unexpected error", error=type(error).__name__, exc_info=error)
    _clear_transaction()
    return answer(500, _("系统出了问题，已记录下来。请稍后再试；若再次出现，请把页面上的编号告诉管理员。"))


def _unsay() -> None:
    """Take back what the page was going to say of a success: nothing of it was committed."""
    if "_flashes" in cookie:
        cookie.pop("_flashes")
    request_ctx.flashes = []  # what this request has read already is kept here


def _clear_transaction() -> None:
    # PostgreSQL answers nothing more after a refused statement, and the error's page still reads its menu.
    with suppress(ScopeError):
        session().rollback()


def answer(status: int, message: str, error: BaodaoError | None = None) -> BaseResponse:
    """The answer of one error, in the form that the caller reads."""
    if request_ctx.url_adapter is None:  # an untrusted host: no address of ours can be built, so no page
        response = Response(message, status=status, mimetype="text/plain")
    elif _for_program():
        response = problem(status, message, error)
    else:
        held = isinstance(error, PluginHeld)
        template = f"errors/{'plugin_held' if held else status if status in _PAGES else 400}.html"
        page = render_template(template, status=status, message=message, request_id=g.get("request_id", ""),
                               fields=error.fields if isinstance(error, Invalid) else {},
                               may_resume=held and actor().can("plugins.manage"))
        response = Response(page, status=status)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    elif status == Unavailable.status:
        response.headers["Retry-After"] = "60"
    return response


def problem(status: int, message: str, error: BaodaoError | None = None) -> Response:
    """RFC 9457 problem+json."""
    body: dict[str, object] = {"type": "about:blank", "status": status, "title": message, "request_id": g.get("request_id", "")}
    if isinstance(error, Invalid) and error.fields:
        body["errors"] = error.fields  # those of a list are numbered: {0: {"name": [...]}}
    response = Response(orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS), status=status, mimetype="application/problem+json")
    if status == Unauthenticated.status:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _for_program() -> bool:
    if request.path.startswith(API_PREFIX):
        return True
    access = access_of(current_app, request.endpoint) if request.endpoint in current_app.view_functions else None
    return access is not None and not access.csrf
