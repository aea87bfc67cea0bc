"""The errors that Baodao raises on purpose, so that every door can answer each of them in its own way.

    BaodaoError                 something the caller can understand and mend
    ├── Invalid                 422  the input is wrong; `fields` says where
    ├── NotFound                404  absent, or outside the caller's scope: the two look alike
    ├── Forbidden               403  visible to the caller, but not allowed
    ├── Unauthenticated         401  nobody is signed in
    ├── Conflict                409  the state has moved on, or the thing exists already
    ├── TooMany                 429  a limit was reached; `retry_after` seconds
    ├── Unavailable             503  a server that is needed does not answer
    └── ConfigurationError      the installation is set up wrongly; the message says how to mend it
    ScopeError                  a programming error: a query outside a tenant's scope
"""
from __future__ import annotations

from collections.abc import Mapping


class BaodaoError(Exception):
    """Base of all expected errors. `message` is a sentence for people that says what to do."""

    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(BaodaoError):
    """The input is wrong. `fields` maps a field's name to its messages; it may be empty."""

    status = 422

    def __init__(self, message: str, fields: Mapping[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.fields: dict[str, list[str]] = dict(fields or {})


class NotFound(BaodaoError):
    """Absent or out of scope; both must look the same (security rule 9)."""

    status = 404

    def __init__(self, message: str = "没有找到。请检查地址，或返回上一页重新选择。") -> None:
        super().__init__(message)


class Forbidden(BaodaoError):
    """In scope, but the right is missing."""

    status = 403

    def __init__(self, message: str = "您没有进行这项操作的权限。如有需要，请联系本级管理员。") -> None:
        super().__init__(message)


class Unauthenticated(BaodaoError):
    """Nobody is signed in, or the login has ended."""

    status = 401

    def __init__(self, message: str = "请先登录。") -> None:
        super().__init__(message)


class Conflict(BaodaoError):
    """Somebody else was faster, or the thing exists already; nothing was overwritten."""

    status = 409


class TooMany(BaodaoError):
    """A limit was reached. `retry_after` is in seconds."""

    status = 429

    def __init__(self, message: str, retry_after: int = 60) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(BaodaoError):
    """A server that is needed (Redis, PostgreSQL) does not answer."""

    status = 503


class ConfigurationError(BaodaoError):
    """The installation is set up wrongly; raised at start-up."""

    status = 500


class ScopeError(RuntimeError):
    """A query or a write outside a tenant's scope: a defect in the program, never shown as a user's error."""
