"""Stops a spray: one password tried on many names from one address, which a count for each name does not see.

What counts are distinct names that failed from an address and have not got in from there since. An office whose people mistype
and then get it right never meets the limit; neither does somebody who tries one name again and again, who waits by name. Kept in
PostgreSQL, so that it holds in every process and without Redis. Tries that are under way at the same moment do not see each
other: a spray may go over the limit by as many as there are threads, once.
"""
from __future__ import annotations

import datetime as dt
import math

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from core import audit
from core.access.models import AddressTry
from core.db import new_id
from core.i18n import _
from core.privacy import keyring
from core.privacy.addresses import is_own_machine, network
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

WINDOW = dt.timedelta(minutes=15)


class Source:
    """The address from which somebody tries to sign in, and how many names may fail from it; without either, no limit.

    `device` is noted with a login that is opened from here.
    """

    def __init__(self, address: str | None = None, names: int = 0, device: str = "") -> None:
        self._names = names
        self.device = device
        self._address = address if address and names and not is_own_machine(address) else None

    def wait(self) -> int:
        """The seconds until tries from here are looked at again; 0 when they are now."""
        if self._address is None:
            return 0
        # One name over the limit: tries go on when the oldest of the newest names + 1 is out of the window.
        one_over = session().scalar(
            select(AddressTry.at).where(*self._here(), AddressTry.at > now() - WINDOW)
            .order_by(AddressTry.at.desc()).offset(self._names).limit(1))
        return 0 if one_over is None else math.ceil((one_over + WINDOW - now()).total_seconds())

    def note(self, name: str) -> None:
        """A name has failed from here; the log tells when that stops the address, and not which it is."""
        if self._address is None:
            return
        row = {"tenant_id": tenant_id(), "address_hash": self._hash(), "name_hash": _name_hash(name)}
        session().execute(insert(AddressTry).values(id=new_id(), at=now(), **row).on_conflict_do_update(
            index_elements=list(row), set_={"at": now()}))
        failing = session().scalar(select(func.count()).select_from(AddressTry).where(*self._here(), AddressTry.at > now() - WINDOW))
        if failing == self._names + 1:
            audit.record("login.address_stopped", "account", None, {"names": failing})

    def forgive(self, name: str) -> None:
        """The name has got in from here: it was a slip."""
        if self._address is not None:
            session().execute(delete(AddressTry).where(*self._here(), AddressTry.name_hash == _name_hash(name))
                              .execution_options(synchronize_session=False))

    def _here(self) -> tuple:
        return AddressTry.tenant_id == tenant_id(), AddressTry.address_hash == self._hash()

    def _hash(self) -> bytes:
        return keyring.for_tenant(tenant_id()).fingerprint("login address", network(self._address or ""))


def stop_message(seconds: int) -> str:
    """What somebody is told at an address that has to wait."""
    return _("从您这个网络登录失败的账号太多，请等 %(minutes)s 分钟后再试；急用时可换一个网络，例如手机流量。", minutes=-(-seconds // 60))


def _name_hash(name: str) -> bytes:
    return keyring.for_tenant(tenant_id()).fingerprint("login address name", name.encode())
