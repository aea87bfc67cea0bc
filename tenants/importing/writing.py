"""Writes the new and changed members of a batch with their affiliations, and opens the obligations that follow (三.2)."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from core.db import new_id
from core.members import bulk
from core.members.affiliations import COLUMNS, AffiliationChange
from core.members.names import spellings
from core.privacy.keyring import for_tenant
from core.registration import obligations
from core.tenancy.scope import tenant_id
from tenants.importing.matching import Match, Matches


def write_batch(matches: Matches, day: dt.date, method: bulk.Method) -> None:
    """Write one batch in the open transaction. `day` is when new affiliations begin."""
    rows = [*matches.new, *matches.changed]
    if not rows:
        return
    changes = [c for one in rows for c in _changes(one, day)]
    bulk.write_members(_member_rows(rows), method)
    for kind in COLUMNS:
        bulk.close_affiliations(kind, [c.member_id for c in changes if c.kind == kind and not c.is_new_member], day)
    bulk.open_affiliations([(new_id(), c.member_id, c.new_organization_id, c.kind, day, "import") for c in changes], method)
    obligations.open_for(changes)


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
