"""Two-step sign-in of one's own account: setting it up with a phone's app, recovery codes on paper, doing without again."""
from __future__ import annotations

from urllib.parse import quote

from flask import flash, g, redirect, render_template, request, url_for
from markupsafe import Markup
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from core.access import accounts, factors, one_time_codes, passkeys
from core.access.actor import Actor
from core.access.opening import has_factor
from core.access.proving import has_password, is_fresh, prove
from core.access.roles import MEMBER
from core.documents import qr
from core.errors import Conflict, Invalid, TooMany
from core.i18n import _, _l
from core.tenancy import current_tenant
from web.forms import FormField, form_fields, load_form
from web.pages.login import safe_target, step_up
from web.routing import Pages
from web.tenant import actor, is_unfinished, second_factor_policy
from web.webauthn import has_domain

pages = Pages("second_factor", __name__, url_prefix="/account/second-factor")
PERMISSION = "account.self"


class ProofForm(Schema):
    """The password once more."""

    old_password = fields.String(load_default="", validate=validate.Length(0, 128), metadata={
        "title": _l("现在的密码"), "widget": "password", "autocomplete": "current-password", "help": _l("为了确认是您本人")})


class ConfirmForm(ProofForm):
    """The first code that the app shows."""

    code = fields.String(required=True, validate=validate.Length(1, 20), metadata={
        "title": _l("验证码"), "autocomplete": "one-time-code", "inputmode": "numeric", "help": _l("手机验证器里现在显示的 6 位数字")})


@pages.page("/", access=PERMISSION)
def index() -> str:
    """What is set up."""
    return _index()


@pages.page("/setup", access=PERMISSION)
def setup() -> str:
    """The QR code for the app, the key as text, and the field for the first code."""
    return _setup()


@pages.page("/setup", access=PERMISSION, methods=("POST",))
def confirm() -> str | Response | tuple[str, int]:
    """The app shows the right code: from now on it is asked for. The recovery codes are shown, this once."""
    own = actor()
    try:
        values = load_form(ConfirmForm(), request.form)
        prove_owner(own, values)
        made = factors.confirm(own.account_id, values["code"])
    except (Invalid, TooMany, Conflict) as error:
        g.keep_changes = True  # the counted try is to stay
        return _setup(error), error.status
    step_up(second_factor=True)
    return codes_page(made, _("两步登录已经设好"))


@pages.page("/recovery", access=PERMISSION, methods=("POST",))
def renew() -> str | tuple[str, int]:
    """New recovery codes, shown this once; the earlier ones are void."""
    own = actor()
    try:
        prove_owner(own, load_form(ProofForm(), request.form))
        made = factors.renew_recovery_codes(own.account_id)
    except (Invalid, TooMany, Conflict) as error:
        g.keep_changes = True
        return _index(error), error.status
    return codes_page(made, _("新的恢复码"))


@pages.page("/remove", access=PERMISSION, methods=("POST",))
def remove() -> str | Response | tuple[str, int]:
    """Do without the app's codes, where a passkey stays or nobody has to have a second factor."""
    own = actor()
    try:
        prove_owner(own, load_form(ProofForm(), request.form))
        _must_not_be_the_last(own)
        factors.remove_codes(own.account_id)
    except (Invalid, TooMany, Conflict) as error:
        g.keep_changes = True
        return _index(error), error.status
    step_up(second_factor=has_factor(own.account_id))
    flash(_("手机验证码已停用。"), "success")
    return redirect(url_for("second_factor.index"), 303)


def prove_owner(own: Actor, values: dict[str, str]) -> None:
    """Ask for the password, unless this is the rest of a sign-in of a moment ago: a rule made later leaves old logins unfinished too.

    Whoever has no password signs in anew. Raises Invalid and TooMany as `prove` does.
    """
    if not _goes_on_signing_in(own):
        prove(own, values["old_password"])


def _goes_on_signing_in(own: Actor) -> bool:
    return is_unfinished(own) and is_fresh(own)


def _must_not_be_the_last(own: Actor) -> None:
    if is_needed(own) and not passkeys.count(own.account_id):
        raise Conflict(_("您的岗位必须使用两步登录。换手机请点“换一部手机”。") if by_post(own) else
                       _("%(city)s要求使用两步登录。换手机请点“换一部手机”。", city=current_tenant().name))


def by_post(own: Actor) -> bool:
    """Whether the person must have a second factor for the post's sake, not by the city's rule."""
    return second_factor_policy() == factors.OFFICERS and factors.is_officer(own)


def proof_fields(schema: Schema, own: Actor, error: Invalid | TooMany | Conflict | None) -> list[FormField]:
    """The form's fields, without the password where it is not asked for."""
    asked = has_password(own.account_id) and not _goes_on_signing_in(own)
    found = form_fields(schema, {}, error.fields if isinstance(error, Invalid) else {})
    return [field for field in found if asked or field.name != "old_password"]


def is_needed(own: Actor) -> bool:
    """Whether the person must have a second factor here."""
    return factors.is_required(own, second_factor_policy())


def codes_page(made: list[str], title: str) -> str:
    """The recovery codes to print or save; they are never shown again."""
    text = "\r\n".join((f"{current_tenant().name} {accounts.username(actor().account_id)}", *made, ""))
    return render_template("account/recovery_codes.html", title=title, codes=made, download=f"data:text/plain;charset=utf-8,{quote(text)}",
                           username=accounts.username(actor().account_id), next_url=safe_target(request.form.get("next")) or url_for("home.index"))


def _setup(error: Invalid | TooMany | Conflict | None = None) -> str:
    own = actor()
    secret = factors.propose(own.account_id)
    address = one_time_codes.address(secret, accounts.username(own.account_id), _("%(city)s社区报到", city=current_tenant().name))
    return render_template(
        "account/second_factor_setup.html", code=Markup(qr.svg(address)), address=address, key=one_time_codes.spaced(secret),  # noqa: S704 - an SVG made here
        fields=proof_fields(ConfirmForm(), own, error), message=error.message if error else None, forced=is_unfinished(own), officer=factors.is_officer(own),
        member_only=own.roles() <= {MEMBER}, tenant_name=current_tenant().name,
        again=factors.has_codes(own.account_id), with_passkeys=has_domain(), target=safe_target(request.values.get("next")))


def _index(error: Invalid | TooMany | Conflict | None = None) -> str:
    own = actor()
    return render_template(
        "account/second_factor.html", with_codes=factors.has_codes(own.account_id), left=factors.recovery_codes_left(own.account_id),
        passkeys=passkeys.listed(own.account_id), with_passkeys=has_domain(), needed=is_needed(own), officer=factors.is_officer(own),
        fields=proof_fields(ProofForm(), own, error), message=error.message if error else None)
