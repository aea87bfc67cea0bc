"""Writes the new and changed members of a batch with their affiliations, and opens the obligations that follow (三.2)."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, Self

from core.access import accounts
from core.db import new_ids
from core.members import bulk
from core.members.affiliations import COLUMNS, AffiliationChange
from core.members.names import spellings
from core.privacy.keyring import for_tenant
from core.registration import obligations
from core.registration.obligations import InitialTerms, Newcomers
from core.tenancy.scope import tenant_id
from tenants.importing.matching import Match, Matches

NOTHING: list[str] = []


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for the whole import: when new affiliations begin, what new members owe, how rows are written.

    `source` is what the affiliations say of their origin: import or form.
    """

    day: dt.date
    initial: InitialTerms
    method: bulk.Method
    source: str = "import"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch, ready to be sent: new members, changed ones with what that changes, affiliations to open, obligations of the new."""

    new: bulk.Rows
    changed: bulk.Rows
    changes: list[AffiliationChange]
    affiliations: bulk.Rows
    owed: bulk.Rows
    day: dt.date
    renamed: Mapping[uuid.UUID, str]


def terms(day: dt.date, method: bulk.Method | None, source: str = "import") -> Terms:
    """Ask the database, once, what preparing must not ask."""
    return Terms(day, obligations.initial_terms(day), method or bulk.best_method(), source)


def prepare(matches: Matches, terms: Terms) -> Prepared:
    """Spell, encrypt and lay out a batch; asks the database nothing."""
    changes = [c for one in matches.changed for c in _changes(one, terms.day)]
    new, method = _new(matches.new), terms.method
    joined = Newcomers(*(new[column] for column in ("id", *COLUMNS.values())))
    return Prepared(bulk.member_rows(new, method), bulk.member_rows(_changed(matches.changed), method), changes,
                    bulk.affiliation_rows(_affiliations(new, changes), terms.day, terms.source, method),
                    obligations.initial_rows(joined, terms.initial, method), terms.day,
                    {m.known.id: m.facts.name for m in matches.changed if m.facts.name != m.known.name})


def write_batch(batch: Prepared) -> None:
    """Send a batch in the open transaction."""
    bulk.insert(batch.new)
    bulk.overwrite_members(batch.changed)
    for kind in COLUMNS:
        moved = [c.member_id for c in batch.changes if c.kind == kind and not c.is_new_member]
        bulk.close_affiliations(kind, moved, batch.day)
    bulk.insert(batch.affiliations)
    bulk.insert(batch.owed)
    obligations.open_for(batch.changes)
    # Whoever comes back may still have an account.
    accounts.follow_units({c.member_id: c.new_organization_id for c in batch.changes
                           if c.kind == "unit" and c.is_new_member and c.new_organization_id is not None})
    accounts.follow_names(batch.renamed)


class Writer:
    """Sends batches from a thread of its own while the next one is prepared: the database and Python share the time.

    Until it is left, nobody else may use the scope's session. Leaving waits for the batch at hand, also after a failure, so
    that the transaction is never rolled back under it.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="import-writer")
        self._pending: Future[None] | None = None

    def send(self, batch: Prepared) -> None:
        """Hand a batch over; waits for the one before and raises what went wrong with it."""
        self.wait()
        self._pending = self._pool.submit(copy_context().run, write_batch, batch)

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
    returned = known.status != "active"
    old = {kind: None if returned else getattr(known, column) for kind, column in COLUMNS.items()}
    wanted = {"unit": facts.unit.id, "residence": facts.residence_id, "workplace": facts.workplace_id}
    if returned:  # whoever comes back also comes back to what the file leaves blank
        wanted = {kind: wanted[kind] or getattr(known, column) for kind, column in COLUMNS.items()}
    return [AffiliationChange(known.id, kind, old[kind], target, day, returned, facts.joined or known.joined_party_on)
            for kind, target in wanted.items() if target is not None and target != old[kind]]


def _affiliations(new: bulk.Columns, changes: list[AffiliationChange]) -> bulk.Columns:
    """The affiliations that begin: of changed members, then of new ones, kind by kind."""
    members, places, kinds = [c.member_id for c in changes], [c.new_organization_id for c in changes], [c.kind for c in changes]
    for kind, column in COLUMNS.items():
        found = [(member, place) for member, place in zip(new["id"], new[column], strict=True) if place is not None]
        members += [member for member, _place in found]
        places += [place for _member, place in found]
        kinds += [kind] * len(found)
    return {"id": new_ids(len(members)), "member_id": members, "organization_id": places, "kind": kinds}


def _new(rows: Sequence[Match]) -> bulk.Columns:
    """The new members in the order of their names, so that a batch's entries lie close together in most indexes."""
    spelt = spellings([m.facts.name for m in rows])
    order = sorted(range(len(rows)), key=[key for _pinyin, _initials, key in spelt].__getitem__)
    rows = [rows[place] for place in order]
    facts, ids = [m.facts for m in rows], new_ids(len(rows))
    columns = {name: [getattr(f, name) for f in facts] for name in ("name", "sex", "ethnicity", "branch", "position")}
    pinyin, initials, sort_key = zip(*(spelt[place] for place in order), strict=True) if rows else ((), (), ())
    return _sealed(ids, [f.id_number for f in facts], [f.phone for f in facts], [f.address for f in facts]) | columns | {
        "pinyin": pinyin, "initials": initials, "sort_key": sort_key,
        "id_number_index": [m.id_number_index for m in rows], "phone_index": [m.phone_index for m in rows],
        "joined_party_on": [f.joined for f in facts], "category": [f.category or "full" for f in facts],
        "skills": [f.skills or NOTHING for f in facts], "preferences": [f.preferences or NOTHING for f in facts],
        "unit_id": [f.unit.id for f in facts], "residence_id": [f.residence_id for f in facts],
        "workplace_id": [f.workplace_id for f in facts]}


def _changed(rows: Sequence[Match]) -> bulk.Columns:
    """The changed members; a blank cell keeps what is known."""
    spelt = spellings([m.facts.name for m in rows])
    sealed = _sealed([m.known.id for m in rows], [m.facts.id_number for m in rows], [m.facts.phone or m.phone for m in rows],
                     [m.facts.address or m.address for m in rows])
    merged = [_merged(m, *spelling) for m, spelling in zip(rows, spelt, strict=True)]
    return sealed | {name: [row[name] for row in merged] for name in bulk.MEMBER_COLUMNS if name not in sealed}


def _sealed(ids: list[uuid.UUID], numbers: list[str], phones: list[str | None], addresses: list[str | None]) -> dict[str, Sequence[Any]]:
    ring = for_tenant(tenant_id())
    plain: dict[str, Sequence[str | None]] = {"id_number": numbers, "phone": phones, "address": addresses}
    sealed = {column: ring.encrypt_many("member", column, list(zip(ids, texts, strict=True))) for column, texts in plain.items()}
    return {"id": ids, **sealed}


def _merged(one: Match, pinyin: str, initials: str, sort_key: str) -> dict[str, Any]:
    facts, known = one.facts, one.known
    return {"name": facts.name, "pinyin": pinyin, "initials": initials, "sort_key": sort_key, "sex": facts.sex,
            "ethnicity": facts.ethnicity or known.ethnicity, "id_number_index": one.id_number_index,
            "phone_index": one.phone_index or known.phone_index, "joined_party_on": facts.joined or known.joined_party_on,
            "category": facts.category or known.category, "branch": facts.branch or known.branch,
            "position": facts.position or known.position, "skills": facts.skills or known.skills,
            "preferences": facts.preferences or known.preferences, "unit_id": facts.unit.id,
            "residence_id": facts.residence_id or known.residence_id, "workplace_id": facts.workplace_id or known.workplace_id}
