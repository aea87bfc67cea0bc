"""Passkeys of one's own account: made in a device or security key, named, and forgotten."""
from __future__ import annotations

import uuid

from flask import flash, g, redirect, render_template, request, session as cookie, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from core.access import accounts, factors, passkeys
from core.access.actor import Actor
from core.access.opening import has_factor
from core.errors import Conflict, Invalid, NotFound, TooMany
from core.i18n import _, _l
from core.tenancy import current_tenant
from web.forms import form_fields, load_form
from web.pages.login import step_up
from web.pages.second_factor import ProofForm, by_post, codes_page, is_needed, proof_fields, prove_owner
from web.routing import Pages
from web.tenant import actor, is_unfinished
from web.webauthn import CHALLENGE, has_domain, new_challenge, relying_party

pages = Pages("passkeys", __name__, url_prefix="/account/passkeys")
PERMISSION = "account.self"


class NameForm(Schema):
    """What the owner calls a passkey."""

    name = fields.String(required=True, validate=validate.Length(1, 30), metadata={
        "title": _l("名称"), "help": _l("写明是哪台设备，例如“办公室电脑”")})


class NewForm(ProofForm, NameForm):
    """A new passkey; `credential` is what the browser has made."""

    credential = fields.String(load_default="", validate=validate.Length(0, 20_000), metadata={"widget": "hidden", "title": ""})


@pages.page("/new", access=PERMISSION)
def new() -> str:
    """The form; its button asks the browser to make a passkey."""
    return _new()


@pages.page("/new", access=PERMISSION, methods=("POST",))
def create() -> str | Response | tuple[str, int]:
    """Keep the passkey that the browser has made; with the first factor come recovery codes."""
    own = actor()
    try:
        values = load_form(NewForm(), request.form)
        prove_owner(own, values)
        first = not has_factor(own.account_id)
        passkeys.register(values["credential"], cookie.pop(CHALLENGE, ""), relying_party(), own.account_id, values["name"])
    except (Invalid, TooMany, Conflict) as error:
        g.keep_changes = True  # the counted try is to stay
        return _new(error), error.status
    made = factors.renew_recovery_codes(own.account_id) if first else []
    step_up(second_factor=True)
    if made:
        return codes_page(made, _("通行密钥已登记"))
    flash(_("通行密钥已登记。"), "success")
    return redirect(url_for("second_factor.index"), 303)


@pages.page("/<uuid:passkey_id>", access=PERMISSION)
def show(passkey_id: uuid.UUID) -> str:
    """One passkey: another name, or away with it."""
    return _show(passkey_id)


@pages.page("/<uuid:passkey_id>/rename", access=PERMISSION, methods=("POST",))
def rename(passkey_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Call it something else."""
    _one(passkey_id)
    try:
        passkeys.rename(actor().account_id, passkey_id, load_form(NameForm(), request.form)["name"])
    except Invalid as error:
        return _show(passkey_id, error), 422
    flash(_("已改名。"), "success")
    return redirect(url_for("second_factor.index"), 303)


@pages.page("/<uuid:passkey_id>/remove", access=PERMISSION, methods=("POST",))
def remove(passkey_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Forget it; the last factor of an officer stays."""
    own = actor()
    _one(passkey_id)
    try:
        prove_owner(own, load_form(ProofForm(), request.form))
        _must_not_be_the_last(own)
        passkeys.remove(own.account_id, passkey_id)
    except (Invalid, TooMany, Conflict) as error:
        g.keep_changes = True
        return _show(passkey_id, error), error.status
    flash(_("通行密钥已删除，用它不能再登录。"), "success")
    return redirect(url_for("second_factor.index"), 303)


def _must_not_be_the_last(own: Actor) -> None:
    if is_needed(own) and passkeys.count(own.account_id) == 1 and not factors.has_codes(own.account_id):
        raise Conflict(_("您的岗位必须使用两步登录。请先登记另一个通行密钥，或设置手机验证码。") if by_post(own) else
                       _("%(city)s要求使用两步登录。请先登记另一个通行密钥，或设置手机验证码。", city=current_tenant().name))


def _one(passkey_id: uuid.UUID) -> str:
    """The name of a passkey of one's own. Raises NotFound."""
    found = next((row.name for row in passkeys.listed(actor().account_id) if row.id == passkey_id), None)
    if found is None:
        raise NotFound
    return str(found)


def _new(error: Invalid | TooMany | Conflict | None = None) -> str:
    own = actor()
    options = passkeys.registration_options(new_challenge(), relying_party(), own.account_id, accounts.username(own.account_id))
    given = proof_fields(NewForm(), own, error)
    typed = {field.name: field for field in form_fields(NewForm(), request.form, error.fields if isinstance(error, Invalid) else {})}
    return render_template("account/passkey_new.html", options=options, message=error.message if error else None, with_passkeys=has_domain(),
                           fields=[typed["name"] if field.name == "name" else field for field in given if field.name != "credential"],
                           forced=is_unfinished(own))


def _show(passkey_id: uuid.UUID, error: Invalid | TooMany | Conflict | None = None) -> str:
    name = _one(passkey_id)
    named = form_fields(NameForm(), {"name": request.form.get("name", name)}, error.fields if isinstance(error, Invalid) else {})
    return render_template("account/passkey.html", passkey_id=passkey_id, name=name, name_fields=named,
                           fields=proof_fields(ProofForm(), actor(), error), message=error.message if error else None)
