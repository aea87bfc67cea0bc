"""Writes the new and changed members of a batch with their affiliations, and opens the obligations that follow (三.2)."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Self

from core.db import new_id
from core.members import bulk
from core.members.affiliations import COLUMNS, AffiliationChange
from core.members.names import spellings
from core.privacy.keyring import for_tenant
from core.registration import obligations
from core.tenancy.scope import tenant_id
from tenants.importing.matching import Match, Matches


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch as rows, ready to be sent; of the members the first `new` are new."""

    new: int
    members: list[tuple[object, ...]]
    affiliations: list[tuple[object, ...]]
    changes: list[AffiliationChange]
    day: dt.date


def prepare(matches: Matches, day: dt.date) -> Prepared:
    """Spell, encrypt and lay out a batch; asks the database nothing. `day` is when new affiliations begin."""
    rows = [*matches.new, *matches.changed]
    changes = [c for one in rows for c in _changes(one, day)]
    ties: list[tuple[object, ...]] = [(new_id(), c.member_id, c.new_organization_id, c.kind, day, "import") for c in changes]
    return Prepared(len(matches.new), _member_rows(rows), ties, changes, day)


def write_batch(batch: Prepared, method: bulk.Method) -> None:
    """Send a batch in the open transaction."""
    if not batch.members:
        return
    bulk.write_members(batch.members[:batch.new], method, known=False)
    bulk.write_members(batch.members[batch.new:], method)
    for kind in COLUMNS:
        moved = [c.member_id for c in batch.changes if c.kind == kind and not c.is_new_member]
        bulk.close_affiliations(kind, moved, batch.day)
    bulk.open_affiliations(batch.affiliations, method)
    obligations.open_for(batch.changes)


class Writer:
    """Sends batches from a thread of its own while the next one is prepared: the database and Python share the time.

    Until it is left, nobody else may use the scope's session. Leaving waits for the batch at hand, also after a failure, so
    that the transaction is never rolled back under it.
    """

    def __init__(self, method: bulk.Method) -> None:
        self._method = method
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="import-writer")
        self._pending: Future[None] | None = None

    def send(self, batch: Prepared) -> None:
        """Hand a batch over; waits for the one before and raises what went wrong with it."""
        self.wait()
        self._pending = self._pool.submit(copy_context().run, write_batch, batch, self._method)

    def wait(self) -> None:
        """Until the last batch is written; raises what went wrong."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._pool.shutdown(wait=True)


def _changes(one: Match, day: dt.date) -> list[AffiliationChange]:
    known, facts = one.known, one.facts
    returned = known is None or known.status != "active"
    old = {kind: None if returned else getattr(known, column) for kind, column in COLUMNS.items()}
    wanted = {"unit": facts.unit.id, "residence": facts.residence_id, "workplace": facts.workplace_id}
    if returned and known is not None:  # whoever comes back also comes back to what the file leaves blank
        wanted = {kind: wanted[kind] or getattr(known, column) for kind, column in COLUMNS.items()}
    joined = facts.joined or (known.joined_party_on if known is not None else None)
    return [AffiliationChange(one.id, kind, old[kind], target, day, returned, joined)
            for kind, target in wanted.items() if target is not None and target != old[kind]]


def _member_rows(rows: Sequence[Match]) -> list[tuple[object, ...]]:
    """The rows in the order of bulk.MEMBER_COLUMNS; a blank cell keeps what is known."""
    ring = for_tenant(tenant_id())

    def sealed(column: str, values: list[tuple[uuid.UUID, str | None]]) -> list[bytes | None]:
        return ring.encrypt_many("member", column, values)
    numbers = sealed("id_number", [(m.id, m.facts.id_number) for m in rows])
    phones = sealed("phone", [(m.id, m.facts.phone or m.phone) for m in rows])
    addresses = sealed("address", [(m.id, m.facts.address or m.address) for m in rows])
    written = spellings([m.facts.name for m in rows])
    return [_row(*parts) for parts in zip(rows, numbers, phones, addresses, written, strict=True)]


def _row(one: Match, number: bytes | None, phone: bytes | None, address: bytes | None, spelt: tuple[str, str, str]) -> tuple[object, ...]:
    facts, known = one.facts, one.known
    if known is None:
        return (one.id, facts.name, *spelt, facts.sex, facts.ethnicity, number, one.id_number_index, phone, one.phone_index, address,
                facts.joined, facts.category or "full", facts.branch, facts.position, facts.skills or [], facts.preferences or [],
                facts.unit.id, facts.residence_id, facts.workplace_id)
    return (one.id, facts.name, *spelt, facts.sex, facts.ethnicity or known.ethnicity, number, one.id_number_index, phone,
            one.phone_index or known.phone_index, address, facts.joined or known.joined_party_on, facts.category or known.category,
            facts.branch or known.branch, facts.position or known.position, facts.skills or known.skills,
            facts.preferences or known.preferences, facts.unit.id, facts.residence_id or known.residence_id,
            facts.workplace_id or known.workplace_id)
