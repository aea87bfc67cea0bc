"""What every answer and every form must carry: security headers and the CSRF check."""
from __future__ import annotations

from flask import Flask, Request, Response, current_app, request
from flask.sessions import NullSession, SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from itsdangerous import URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException

from web.routing import API_PREFIX, access_of

CONTENT_SECURITY_POLICY = ("default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                           "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
                           "frame-ancestors 'none'")
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}
_PUBLIC_PLACES = "/t/"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class PageCookie(SecureCookieSessionInterface):
    """Flask's signed cookie, for people's pages only: a program that sends one is a stranger all the same."""

    _signer: URLSafeTimedSerializer | None = None

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | NullSession | None:
        """The cookie's content; nothing, and nothing that could be written, for the API and for what machines sign."""
        if request.path.startswith(API_PREFIX) or (request.path.startswith(_PUBLIC_PLACES) and not _for_people(app, request)):
            return self.make_null_session(app)
        return super().open_session(app, request)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The signer, made once: deriving its key takes longer than the signature."""
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer


def init_app(app: Flask, csrf: CSRFProtect) -> None:
    """Check CSRF on every write that a cookie could authenticate, and add the headers to every answer."""
    app.session_interface = PageCookie()

    @app.before_request
    def limit_body() -> None:
        # Werkzeug's own limit of a form's size holds for forms with files only; any other body is read and parsed at once.
        if request.mimetype != "multipart/form-data":
            request.max_content_length = app.config["MAX_FORM_MEMORY_SIZE"]

    @app.before_request
    def check_csrf() -> None:
        # The API knows no cookie (above), and a bearer token cannot be sent by a foreign page.
        if request.method not in SAFE_METHODS and not request.path.startswith(API_PREFIX) and _asks_for_token(current_app, request.endpoint):
            csrf.protect()

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        said = response.headers.get("Cache-Control", "")  # Flask's send_file says "no-cache"; a view that says how long means it
        if not (request.endpoint or "").endswith("static") and "max-age" not in said:
            response.headers["Cache-Control"] = "no-store"
        return response


def _for_people(app: Flask, request: Request) -> bool:
    """Whether the address is a page, and not one where machines sign: asked before Flask has looked, since the cookie comes first."""
    try:
        adapter = app.create_url_adapter(request)
        return adapter is None or _asks_for_token(app, adapter.match()[0])
    except HTTPException:  # not found, another method, redirected, an untrusted host: told later
        return True


def _asks_for_token(app: Flask, endpoint: str | None) -> bool:
    """Whether a form's token is asked for there; where it is not, the view checks a signature, and no cookie could be misused."""
    access = access_of(app, endpoint) if endpoint in app.view_functions else None
    return access is None or access.csrf
