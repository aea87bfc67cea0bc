"""Finds the request's tenant and actor, opens the scope, and closes it with commit or rollback."""
from __future__ import annotations

import uuid
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from flask import Flask, Request, Response, current_app, g, request, session as cookie
from flask_login import LoginManager, UserMixin, current_user
from sqlalchemy import select

from core.access import entry, operator_factors, operators, tokens
from core.access.actor import HALF, Actor
from core.access.authorization import authorize
from core.access.doors import act_as
from core.access.factors import must_enrol
from core.access.roles import permission
from core.audit.actor import set_actor
from core.errors import Forbidden, NotFound, ScopeError, Unauthenticated, Unavailable
from core.extension.activation import is_enabled, is_on
from core.extension.holding import held_back
from core.extension.registry import current
from core.i18n import _, current_locale
from core.residents.recounting import recount
from core.residents.visiting import undone, visit_from
from core.tenancy import Tenant, in_scope, session, tenant_scope, unscoped
from core.terms import use_terms
from tenants.terms import TenantTerms
from web.routing import API_PREFIX, Access, access_of

_BEFORE_CHANGE = frozenset({"account.password", "login.sign_out"})  # all that a temporary password opens
_SECOND_STEP = frozenset({"second_step.show", "second_step.check", "second_step.passkey", "login.sign_out"})  # all that half a login opens
_ENROLMENT = frozenset({*_BEFORE_CHANGE, "second_factor.setup", "second_factor.confirm", "passkeys.new", "passkeys.create"})
_OPERATORS_STEP, _OPERATORS_ENROLMENT = frozenset({"operator_factor.step"}), frozenset({"operator_factor.setup"})


class SecondStep(Forbidden):
    """The login's second factor is still to be given."""


class EnrolFirst(Forbidden):
    """A password was met only, where more is asked: a second factor is to be set up before anything else, or a token made anew with one."""


class PasswordChange(Forbidden):
    """A temporary password opens nothing but the page where it is changed."""


class PluginHeld(Unavailable):
    """The plugin whose page this is is on and held back, as while it is suspended."""


@dataclass(frozen=True)
class SignedIn(UserMixin):
    """flask-login's user: a live server-side login and its actor."""

    tenant_id: int
    token: str
    actor: Actor

    def get_id(self) -> str:
        """What the signed cookie holds: the tenant and the login's token."""
        return f"{self.tenant_id}.{self.token}"


def init_app(app: Flask) -> None:
    """Install the request's frame on the application."""
    manager = LoginManager(app)
    manager.session_protection = "basic"
    manager.user_loader(_load_user)
    app.before_request(_enter)
    app.after_request(_leave)
    app.teardown_request(_abandon)


def actor() -> Actor:
    """The request's actor. Raises Unauthenticated when nobody is signed in."""
    found = g.get("actor")
    if found is None:
        raise Unauthenticated
    return found


def _enter() -> None:
    g.scope = ExitStack()
    if request.endpoint is None or request.endpoint == "static" or request.endpoint.endswith(".static"):
        return
    access = access_of(current_app, request.endpoint)
    if access is None:
        raise NotFound
    if access.operator:
        _enter_operator()
    elif access.tenant_from_url:
        _enter_public(access)
    elif not access.public:
        _enter_signed_in(access)


def _enter_operator() -> None:
    g.scope.enter_context(unscoped())
    operator = operators.find_login(cookie.get("operator", ""))
    if operator is None:
        raise Unauthenticated
    check_operators_factor(operator)
    g.operator = operator
    g.scope.enter_context(set_actor("operator", operator.id))


def _enter_public(access: Access) -> None:
    tenant = tenant_id_of((request.view_args or {}).get("slug", ""))
    if tenant is None:
        raise NotFound
    g.scope.enter_context(visit_from(request.remote_addr or "", recount))
    _open(tenant)
    if access.plugin is not None and not is_enabled(access.plugin):
        step_out()  # the page must not even tell that there is such a tenant
        raise NotFound
    if access.csrf:  # else there is no cookie either (web.security)
        _pick_up_login(tenant)


def _enter_signed_in(access: Access) -> None:
    found = _by_token() if request.path.startswith(API_PREFIX) else _by_cookie()
    if found is None:
        raise Unauthenticated
    check_factor(found)
    _become(found)
    code = access.permission or ""
    plugin = access.plugin or permission(code).plugin
    if plugin is not None and not is_on(plugin):
        raise NotFound
    authorize(found, code)
    if plugin is not None and not is_enabled(plugin):
        raise PluginHeld(_why_held(plugin))
    if found.must_change_password and not request.path.startswith(API_PREFIX) and request.endpoint not in _BEFORE_CHANGE:
        raise PasswordChange


def check_factor(found: Actor) -> None:
    """Let a login through only as far as its factors carry it (promise 5). Raises SecondStep, EnrolFirst."""
    if found.stage == HALF and request.endpoint not in _SECOND_STEP:
        raise SecondStep
    if must_enrol(found, second_factor_policy()) and request.endpoint not in _ENROLMENT:
        raise EnrolFirst(_("这个令牌建立时还没有用两步登录，现在不能再用。请本人在网页上登录，设好两步登录后重新建立令牌。"))


def check_operators_factor(operator: operators.OperatorFact) -> None:
    """The same for those who run the installation."""
    if operator.stage == HALF and request.endpoint not in _OPERATORS_STEP:
        raise SecondStep
    if operator_factors.must_enrol(operator.stage, second_factor_policy()) and request.endpoint not in _OPERATORS_ENROLMENT:
        raise EnrolFirst


def second_factor_policy() -> str:
    """Who must sign in with a second factor: Config.second_factor."""
    found: str = current_app.config["BAODAO"].second_factor
    return found


def is_unfinished(found: Actor) -> bool:
    """Whether a step of the sign-in is still to come, so that no page of work may be shown."""
    return found.stage == HALF or must_enrol(found, second_factor_policy())


def _why_held(plugin: str) -> str:
    title = current().plugins[plugin].title
    if plugin in held_back():
        return _("“%(title)s”的数据表还没有准备好，暂停使用。", title=title)
    return _("“%(title)s”多次出错，已自动暂停。", title=title)


def _by_cookie() -> Actor | None:
    tenant = _cookie_tenant()
    if tenant is None:
        return None
    _open(tenant)
    user = current_user._get_current_object()
    return user.actor if isinstance(user, SignedIn) else None


def _by_token() -> Actor | None:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    tenant = tokens.tenant_of(token) if scheme.lower() == "bearer" else None
    if tenant is None:
        return None
    _open(tenant)
    return entry.by_token(token)


def _pick_up_login(tenant: int) -> None:
    # A public page must agree with the login: somebody signed in elsewhere is a stranger here.
    if _cookie_tenant() == tenant and isinstance(current_user._get_current_object(), SignedIn) and not is_unfinished(current_user.actor):
        _become(current_user.actor)


def _become(found: Actor) -> None:
    g.actor = found
    g.scope.enter_context(set_actor("account", found.account_id))
    g.scope.enter_context(act_as(found))


def _load_user(identity: str) -> SignedIn | None:
    tenant, _dot, token = identity.partition(".")
    found = entry.by_login(token) if in_scope() else None
    return SignedIn(int(tenant), token, found) if found else None


def _open(tenant: int) -> None:
    g.tenant_id = tenant
    g.scope.enter_context(tenant_scope(tenant))
    g.scope.enter_context(use_terms(TenantTerms(current_locale())))


def _cookie_tenant() -> int | None:
    number = str(cookie.get("_user_id", "")).partition(".")[0]
    return int(number) if number.isascii() and number.isdigit() and 0 < int(number) < 2**31 else None


def tenant_id_of(slug: str) -> int | None:
    """The active tenant whose public pages stand under this slug; opens and closes a scope of its own."""
    with unscoped() as opened:
        return opened.scalar(select(Tenant.id).where(Tenant.slug == slug, Tenant.status == "active"))


def _leave(response: Response) -> Response:
    scope: ExitStack | None = g.pop("scope", None)
    if scope is None:
        return response
    if (response.status_code >= 400 and not g.get("keep_changes")) or g.get("failed"):
        _roll_back(scope)
    else:
        scope.close()
    return response


def _abandon(_error: BaseException | None) -> None:
    if scope := g.pop("scope", None):
        _roll_back(scope)


def step_out() -> None:
    """Give up tenant and person for the rest of the request, so that its answer needs no database."""
    _abandon(None)
    g.actor = g.operator = None


def _roll_back(scope: ExitStack) -> None:
    undone()
    with suppress(ScopeError):  # none was opened
        session().rollback()
    scope.close()


def request_id(current: Request) -> str:
    """The id that ties a request to its log lines: the proxy's, or a new one."""
    given = current.headers.get("X-Request-ID", "")
    return given if 8 <= len(given) <= 64 and given.replace("-", "").isalnum() else uuid.uuid4().hex
