"""Counts the tries of a request that failed: what it did is undone, but whoever guesses must not guess for nothing."""
from __future__ import annotations

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core.residents.throttle import count
from core.residents.visiting import Counted
from core.tenancy import tenant_scope

log = structlog.get_logger(__name__)


def recount(tries: list[Counted]) -> None:
    """Count each in a transaction of its own, outside any scope; never raises, since the request has its answer."""
    for one in tries:
        try:
            with tenant_scope(one.tenant_id):
                count(one)
        except SQLAlchemyError as error:
            log.warning("try_not_counted", purpose=one.purpose, error=type(error).__name__)
