"""Slows down whoever tries codes or sends forms without an account: counted in PostgreSQL, so that it holds in every process."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy import case, update
from sqlalchemy.dialects.postgresql import insert

from core.db import new_id
from core.errors import TooMany
from core.i18n import _
from core.privacy import keyring
from core.privacy.addresses import network
from core.residents.models import ResidentTry
from core.residents.visiting import Counted, forget, remember
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

TRIES = 10
WINDOW = dt.timedelta(minutes=15)
LONGEST = dt.timedelta(days=1)  # then the nightly cleaning forgets the tries


def admit(purpose: str, address: str, *, most: int = TRIES, window: dt.timedelta = WINDOW,
          message: Callable[[int], str] | None = None) -> None:
    """Count a try of a client before it is looked at. Raises TooMany after `most` of them in `window`.

    `message(minutes)` says what to do instead, such as to hand in the paper. The count's row stays locked until the transaction ends,
    so that tries at the same moment count one after another; on a public page it is kept also when the request fails.
    """
    if window > LONGEST:
        raise ValueError("tries are forgotten after a day")
    one = Counted(tenant_id(), purpose, address, window)
    tries, since = count(one)
    remember(one)
    if tries > most:
        wait = int((since + window - now()).total_seconds()) + 1
        raise TooMany((message or _too_many)(-(-wait // 60)), wait)


def forgive(purpose: str, address: str) -> None:
    """Take one try back: its code was right. The earlier wrong ones go on counting."""
    forget(purpose, address)
    session().execute(update(ResidentTry).where(
        ResidentTry.tenant_id == tenant_id(), ResidentTry.purpose == purpose, ResidentTry.client == _client(purpose, address),
        ResidentTry.tries > 0).values(tries=ResidentTry.tries - 1))


def count(one: Counted) -> tuple[int, dt.datetime]:
    """Write one try; answers how many there are in the window and when it began."""
    old = ResidentTry.since <= now() - one.window
    counted = insert(ResidentTry).values(tenant_id=tenant_id(), id=new_id(), purpose=one.purpose, client=_client(one.purpose, one.address),
                                         since=now(), tries=1)
    row = session().execute(counted.on_conflict_do_update(index_elements=["tenant_id", "purpose", "client"], set_={
        "tries": case((old, 1), else_=ResidentTry.tries + 1), "since": case((old, now()), else_=ResidentTry.since),
    }).returning(ResidentTry.tries, ResidentTry.since)).one()
    return row.tries, row.since


def _too_many(minutes: int) -> str:
    return _("试的次数太多，请等 %(minutes)s 分钟后再试，或直接联系社区。", minutes=minutes)


def _client(purpose: str, address: str) -> bytes:
    return keyring.for_tenant(tenant_id()).fingerprint(f"resident client/{purpose}", network(address))
