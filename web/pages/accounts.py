"""Accounts of officers and liaisons: found, opened, given roles, reset and switched off by whoever stands above them."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from core.access import accounts, factors, slips
from core.access.administration import gives
from core.access.opening import has_factor
from core.access.roles import ADMINISTRATOR, MEMBER, ROLES
from core.errors import Conflict, Invalid
from core.i18n import _, _l
from core.organizations import queries, tree
from core.tenancy import today
from core.tenancy.clock import LOCAL
from tenants import directory
from web.forms import FormField, form_fields, load_form
from web.navigation import NavigationItem, register
from web.queries import with_query
from web.routing import Pages
from web.slips import slip_page
from web.tenant import actor

pages = Pages("accounts", __name__, url_prefix="/accounts")
PERMISSION, FOUND = "accounts.manage", 20
register("manage", _l("管理"), NavigationItem(_l("账号与授权"), "accounts.index", "key", permission=PERMISSION, order=10), order=90)


class AccountForm(Schema):
    """A new account."""

    username = fields.String(required=True, validate=validate.Regexp(r"^[A-Za-z0-9][A-Za-z0-9._-]{2,31}$", error=_l(
        "3 至 32 个字母、数字，可含点、横线和下划线")), metadata={  # type: ignore[arg-type]  # said in words when it is shown
            "title": _l("用户名"), "help": _l("登录用，字母和数字；不要用身份证号或手机号"), "autocomplete": "off", "spellcheck": "false"})
    display_name = fields.String(required=True, validate=validate.Length(2, 30), metadata={
        "title": _l("姓名"), "help": _l("使用人的姓名；多人轮班时请每人一个账号"), "autocomplete": "off"})


@pages.page("/", access=PERMISSION)
def index() -> str:
    """The accounts below one's own place."""
    role = request.args.get("role")
    return _list(role=role if role in ROLES else None, after=request.args.get("after", type=uuid.UUID))


@pages.page("/search", access=PERMISSION, methods=("POST",))
def search() -> str:
    """By the beginning of a username or name; a name has no place in an address, so this is a post."""
    return _list(text=request.form.get("q", "").strip()[:40])


@pages.page("/new", access=PERMISSION)
def new() -> str:
    """The form of a new account."""
    return _new_form()


@pages.page("/new", access=PERMISSION, methods=("POST",))
def create() -> str | tuple[str, int]:
    """Look for the organization (first press), or open the account and show its slip (second)."""
    if request.form.get("step") == "find":
        return _new_form()
    try:
        account_id = _create()
        code = slips.issue(account_id, by=None)
    except (Invalid, Conflict) as error:
        fields_of = error.fields if isinstance(error, Invalid) else {"username": [_("请换一个用户名")]}
        return _new_form(Invalid(error.message, fields_of)), 422
    return _handover(account_id, code, _("账号已建立"))


@pages.page("/organizations", access=PERMISSION, methods=("POST",))
def organizations() -> str:
    """The organizations that fit the form's role and search text, as the choices alone, for htmx."""
    return render_template("accounts/_organizations.html", choices=_choices(), chosen=request.form.get("organization"))


@pages.page("/<uuid:account_id>", access=PERMISSION)
def show(account_id: uuid.UUID) -> str:
    """One account with its roles."""
    return _show(account_id)


@pages.page("/<uuid:account_id>/grants", access=PERMISSION, methods=("POST",))
def grant(account_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Give a role over an organization, or look for the organization first."""
    accounts.manageable(account_id, actor())
    if request.form.get("step") == "find":
        return _show(account_id)
    try:
        accounts.grant_role(account_id, *_role_and_place(), by=actor(), expires_at=_expiry())
    except Invalid as error:
        return _show(account_id, error), 422
    flash(_("已授权，对方需要重新登录。"), "success")
    return redirect(url_for("accounts.show", account_id=account_id), 303)


@pages.page("/<uuid:account_id>/grants/<uuid:grant_id>/revoke", access=PERMISSION, methods=("POST",))
def revoke(account_id: uuid.UUID, grant_id: uuid.UUID) -> Response:
    """Take a role back."""
    accounts.revoke_grant(account_id, grant_id, by=actor())
    flash(_("已收回角色，对方的登录已全部退出。"), "success")
    left = accounts.account_grants([account_id])
    return redirect(url_for("accounts.show", account_id=account_id) if left else url_for("accounts.index"), 303)


@pages.page("/<uuid:account_id>/reset", access=PERMISSION, methods=("POST",))
def reset(account_id: uuid.UUID) -> str:
    """A new slip, shown once; the old password is void."""
    return _handover(account_id, slips.issue(account_id, by=actor()), _("原密码已作废"))


@pages.page("/<uuid:account_id>/second-factor/reset", access=PERMISSION, methods=("POST",))
def reset_factor(account_id: uuid.UUID) -> Response:
    """Take phone codes, recovery codes and passkeys away from somebody who lost them; the next sign-in sets up new ones."""
    factors.reset(account_id, by=actor())
    flash(_("两步登录已重设，对方下次登录时重新设置。请确认来办的是本人。"), "success")
    return redirect(url_for("accounts.show", account_id=account_id), 303)


@pages.page("/<uuid:account_id>/state", access=PERMISSION, methods=("POST",))
def state(account_id: uuid.UUID) -> Response:
    """Switch an account off or on again."""
    active = request.form.get("active") == "yes"
    accounts.set_active(account_id, active=active, by=actor())
    flash(_("账号已启用。") if active else _("账号已停用，登录已全部退出。"), "success")
    return redirect(url_for("accounts.show", account_id=account_id), 303)


def grantable() -> dict[str, str]:
    """The roles that the signed-in person may give to officers and liaisons."""
    apart = actor().apart
    given = {role for g in actor().grants for role in gives(g.role, apart=apart)} - {MEMBER, *([ADMINISTRATOR] if apart else ())}
    return {code: str(role.title) for code, role in ROLES.items() if code in given}


def _create() -> uuid.UUID:
    values = load_form(AccountForm(), _only(("username", "display_name")))
    role, place = _role_and_place()
    expires_at = _expiry()
    account_id = accounts.create_account(values["username"], values["display_name"], must_change=True)
    accounts.grant_role(account_id, role, place, by=actor(), expires_at=expires_at)
    return account_id


def _role_and_place() -> tuple[str, uuid.UUID]:
    role, place = request.form.get("role", ""), request.form.get("organization", type=uuid.UUID)
    if role not in grantable():
        raise Invalid(_("请选择角色。"), {"role": [_("请选择")]})
    if place is None:
        raise Invalid(_("请查找并选择组织。"), {"organization": [_("请输入名称，点“查找组织”，再选择一个")]})
    return role, place


def _expiry() -> dt.datetime | None:
    """The end of the last day in Shanghai, or None for good."""
    text = request.form.get("expires_on", "")
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = dt.date.min
    if not today() <= day < dt.date.max:
        raise Invalid(_("到期日期须在今天或以后。"), {"expires_on": [_("请选择今天或以后的日期")]})
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), LOCAL)


def _choices() -> list[dict[str, Any]]:
    """Organizations that fit, each with the names above it, since names repeat."""
    role = request.form.get("role", "")
    if role not in grantable():
        return []
    found = tree.search(actor().paths(PERMISSION), kinds=tuple(ROLES[role].kinds), text=request.form.get("q", "").strip()[:40], limit=FOUND)
    above = queries.names_above([row.path for row in found])
    return [{"id": row.id, "name": row.name, "above": " / ".join(above.get(row.path, []))} for row in found]


def _grant_fields(error: Invalid | None) -> list[FormField]:
    errors = error.fields if error else {}
    role, day = request.form.get("role"), request.form.get("expires_on")
    return [FormField("role", "select", _("角色"), required=True, selected=(role,) if role else (), choices=tuple(grantable().items()),
                      errors=tuple(errors.get("role", ()))),
            FormField("expires_on", "date", _("到期日期"), help=_("不填为长期；借调、轮岗建议填写"), selected=(day,) if day else (),
                      errors=tuple(errors.get("expires_on", ())))]


def _grant_form(error: Invalid | None) -> dict[str, Any]:
    return {"grant_fields": _grant_fields(error), "choices": _choices(), "chosen": request.form.get("organization"),
            "q": request.form.get("q", ""), "message": error.message if error else None,
            "organization_errors": error.fields.get("organization", []) if error else []}


def _new_form(error: Invalid | None = None) -> str:
    rows = form_fields(AccountForm(), request.form, error.fields if error else {})
    return render_template("accounts/new.html", fields=rows, **_grant_form(error))


def _show(account_id: uuid.UUID, error: Invalid | None = None) -> str:
    account = accounts.manageable(account_id, actor())
    grants = [{"row": g, "role": str(ROLES[g.role].title), "name": g.name} for g in accounts.account_grants([account_id])]
    return render_template("accounts/show.html", found=account, grants=grants, own=account_id == actor().account_id,
                           factor=has_factor(account_id), **_grant_form(error))


def _handover(account_id: uuid.UUID, code: str, title: str) -> str:
    account = accounts.manageable(account_id, actor())
    return slip_page(title, account.display_name, account.username, code, url_for("accounts.show", account_id=account_id))


def _list(*, text: str = "", role: str | None = None, after: uuid.UUID | None = None) -> str:
    page = directory.accounts_below(actor().paths(PERMISSION), search=text, role=role, after=after)
    held: dict[uuid.UUID, list[str]] = {}
    for g in accounts.account_grants([r.id for r in page.rows]):
        held.setdefault(g.account_id, []).append(f"{ROLES[g.role].title}（{g.name}）")
    rows = [{**r._asdict(), "grants": _("、").join(held.get(r.id, ())),
             "url": url_for("account.index") if r.id == actor().account_id else url_for("accounts.show", account_id=r.id)} for r in page.rows]
    chosen = FormField("role", "select", _("角色"), selected=(role,) if role else (), filter=True,
                       choices=tuple((code, str(r.title)) for code, r in ROLES.items() if code != MEMBER))
    return render_template("accounts/index.html", rows=rows, text=text, role_field=chosen, more=page.next is not None,
                           next_url=with_query(after=page.next) if page.next and not text else None)


def _only(names: tuple[str, ...]) -> Any:
    return type(request.form)((name, request.form[name]) for name in names if name in request.form)
