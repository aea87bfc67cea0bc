"""Makes the demonstration once: provisions the cities and plays their year, each in one transaction, so wholly or not at all."""
from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sqlalchemy import Row, func, select, update

from core import audit
from core.access import operators
from core.access.models import Account
from core.access.passwords import hash_password
from core.audit.models import AuditEntry
from core.config import Config
from core.errors import ConfigurationError
from core.privacy.cipher import MasterKeys
from core.tenancy import Operator, Tenant, session, tenant_scope, unscoped
from core.tenancy.scope import tenant_id
from tenants import profile, provisioning
from web.demo import loop
from web.demo.cities import CITIES, WUHAN, City
from web.demo.loop import Loop
from web.demo.sector import SECTOR
from web.demo.stage import Stage
from web.demo.year import play

MARK = "demo.seeded"
OPERATOR = "operator"
Progress = Callable[[City, float], None]


def missing() -> list[City]:
    """The cities that are not there yet. Raises ConfigurationError when the database holds somebody's real work."""
    with unscoped() as opened:
        known = {row.code: row for row in opened.execute(select(Tenant.id, Tenant.code, Tenant.name))}
    wanted = []
    for city in CITIES:
        row = known.pop(city.code, None)
        if row is None or not _state(row):
            wanted.append(city)
    if known and len(wanted) == len(CITIES):
        names = "、".join(row.name for row in known.values())
        raise ConfigurationError(f"数据库中已有租户（{names}），不能用作演示。请用 --data 另选一个目录。")
    return wanted


def seed(config: Config, cities: list[City], password: str, progress: Progress) -> None:
    """Provision and play; the process is connected as baodao_app."""
    _operator(password)
    for city in cities:
        provisioning.apply(profile.load(city.profile), MasterKeys(config.master_keys))
        with unscoped() as opened:
            identity = opened.execute(select(Tenant.id).where(Tenant.code == city.code)).scalar_one()
        with tenant_scope(identity):
            play(Stage(city, partial(progress, city)), password)
            audit.record(MARK, "tenant", None, {"code": city.code})


def loops() -> list[Loop]:
    """The service loop of the first city, its plugins switched on, where nothing of it is there yet."""
    with unscoped() as opened:
        identity = opened.execute(select(Tenant.id).where(Tenant.code == WUHAN.code)).scalar_one()
    with tenant_scope(identity):
        found = loop.prepare(WUHAN)
    return [] if found is None else [found]


def set_passwords(password: str) -> None:
    """Give every account of the cast a new password: the file with the old one is gone."""
    with unscoped() as opened:
        ids = list(opened.scalars(select(Tenant.id).where(Tenant.code.in_([city.code for city in (*CITIES, SECTOR)]))))
        opened.execute(update(Operator).where(Operator.username == OPERATOR).values(password_hash=hash_password(password)))
    for identity in ids:
        with tenant_scope(identity):
            session().execute(update(Account).where(Account.tenant_id == tenant_id(), Account.password_hash.is_not(None))
                              .values(password_hash=hash_password(password)))


def _state(row: Row) -> bool:
    """Whether the tenant is ours and complete; False when it is empty, as after an interrupted start."""
    with tenant_scope(row.id):
        if session().scalar(select(AuditEntry.id).where(AuditEntry.tenant_id == tenant_id(), AuditEntry.action == MARK).limit(1)):
            return True
        used = session().scalar(select(func.count()).select_from(Account).where(Account.tenant_id == tenant_id()))
    if used:
        raise ConfigurationError(f"租户{row.name}中已有真实数据，不能用作演示。请用 --data 另选一个目录。")
    return False


def _operator(password: str) -> None:
    with unscoped() as opened:
        if opened.scalar(select(Operator.id).where(Operator.username == OPERATOR)) is None:
            operators.create_operator(OPERATOR, password)
