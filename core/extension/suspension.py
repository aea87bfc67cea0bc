"""Suspends a plugin in one tenant, and lets it work again: a mark in the database, which every process sees at its next request."""
from __future__ import annotations

from typing import Any

from sqlalchemy import update

from core.extension import activation
from core.extension.models import PluginActivation, PluginFailure
from core.extension.work import redelivery
from core.jobs.control import retry_all
from core.tenancy import now, session
from core.tenancy.scope import tenant_id


def suspend(plugin: str, hook: str) -> bool:
    """Suspend a plugin that is on; False when it is off or suspended already. `hook` is the hook, route or job that failed."""
    done = _mark(plugin, PluginActivation.enabled, PluginActivation.suspended_at.is_(None), suspended_at=now(), suspended_for=hook)
    activation.forget()
    return done


def lift(plugin: str) -> bool:
    """Let a suspended plugin work again, its failures uncounted; False when it was not suspended.

    Its jobs go on, and what it had been told in vain too often is told it once more.
    """
    done = _mark(plugin, PluginActivation.suspended_at.is_not(None), suspended_at=None, suspended_for=None)
    activation.forget()
    if done:
        session().execute(update(PluginFailure).where(PluginFailure.tenant_id == tenant_id(), PluginFailure.plugin == plugin)
                          .values(weight=0, weighed_since=None).execution_options(synchronize_session=False))
        retry_all(redelivery(plugin))
    return done


def _mark(plugin: str, *conditions: Any, **values: Any) -> bool:
    changed = session().execute(
        update(PluginActivation).where(PluginActivation.tenant_id == tenant_id(), PluginActivation.plugin == plugin, *conditions)
        .values(values).returning(PluginActivation.id).execution_options(synchronize_session=False))
    return changed.one_or_none() is not None
