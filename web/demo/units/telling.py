"""Switches the plugins of the unit's side on in the first city and tells their story once, before the website answers."""
from __future__ import annotations

import dataclasses
import datetime as dt

from flask import Flask
from sqlalchemy import exists, select

from core import audit
from core.audit.models import AuditEntry
from core.config import Config
from core.errors import BaodaoError
from core.tenancy import Tenant, session, tenant_scope, today, unscoped
from core.tenancy.scope import tenant_id
from tenants import settings
from tenants.activation import enable
from web.demo.cities import WUHAN, City
from web.demo.client import CheckFailed
from web.demo.units import asking, desk, honours, letters
from web.demo.units.cast import Scene, find

MARK = "demo.units_told"
PLUGINS = ("unit_desk", "feedback", "consultation", "awards")
STORIES = (desk.play, letters.play, asking.play, honours.play)


def wanted(city: City = WUHAN) -> int | None:
    """The tenant of the city, where the story has not been begun yet; begun once it is never told again."""
    with unscoped() as opened:
        identity: int = opened.execute(select(Tenant.id).where(Tenant.code == city.code)).scalar_one()
    with tenant_scope(identity):
        told = session().scalar(select(exists().where(AuditEntry.tenant_id == tenant_id(), AuditEntry.action == MARK)))
    return None if told else identity


def prepare(app: Flask, tenant: int, city: City = WUHAN) -> Scene:
    """Switch on, lay down what the city wants, find the people."""
    with tenant_scope(tenant):
        for name in PLUGINS:
            enable(name)
        for name, values in _settings().items():
            view = settings.get(name)
            settings.save(name, {**view.own, **values}, version=view.version)
        audit.record(MARK, "tenant", None, {"code": city.code})
        return Scene(app, tenant, city.slug, find(city))


def tell(config: Config) -> None:
    """All of it, in an application of this process; one story that fails keeps none of the others back.

    Raises CheckFailed at the end, where pages did not do as a story says.
    """
    from web.app import create_app

    tenant = wanted()
    if tenant is None:
        return
    scene = prepare(create_app(dataclasses.replace(config, log_level="WARNING")), tenant)  # each request would be a line
    failed: list[str] = []
    for play in STORIES:
        try:
            play(scene)
        except (CheckFailed, BaodaoError, LookupError, StopIteration, ValueError) as error:
            failed.append(f"{play.__module__.rpartition('.')[2]}：{error!r}")
    if failed:
        raise CheckFailed("；".join(failed))


def _settings() -> dict[str, dict[str, object]]:
    """A quarter's interval for look-ups with a beginning, letters whose remarks the member sees, and an award of the city's own."""
    return {"unit_desk": {"lookup_months": 3, "begins_on": (today() - dt.timedelta(days=300)).isoformat()},
            "feedback": {"remarks_visible": True},
            "awards": {"kinds": [honours.STAR, honours.ADMIRED, honours.UNITS]}}
