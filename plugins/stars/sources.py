"""Gathers what the conditions of one or several documents ask of the facts, so that each table is read once for all members."""
from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Subquery, and_, func, not_, select, true

from core.api import deed_facts, first_report_ins, matches, measure_values, quantity, record_facts, tenant_id
from plugins.stars.documents import Document
from plugins.stars.models import Star

RECORDS, DEEDS = "records", "deeds"
OF_DEEDS = ("deeds", "deed_quantity")


class Asked(NamedTuple):
    """Where an aggregate will stand."""

    source: str
    label: str


def held_stars(scheme: str, on: dt.date) -> Subquery:
    """The star that each member holds in a scheme, of those given up to a day: member_id, level, granted_on, cut_off."""
    return (select(Star.member_id, Star.level, Star.granted_on, Star.cut_off).where(
        Star.tenant_id == tenant_id(), Star.scheme == scheme, Star.state == "held", Star.granted_on <= on).subquery("held_star"))


def counts_for(document: Document, facts: FromClause) -> ColumnElement[bool]:
    """Which records count in a scheme at all."""
    return and_(matches(document["counts"], facts),
                *(not_(func.coalesce(matches(part["where"], facts), False)) for part in document["left_out"]))


class Sources:
    """Aggregates by label, each asked for once, and the sub-queries that answer them.

    First everything is asked for, then `join` builds the sub-queries, then `value` names their columns. `until` is the last day
    that is read, `member_id` narrows every read to one person.
    """

    def __init__(self, until: dt.date, held: Subquery, member_id: uuid.UUID | None = None) -> None:
        self.until, self.held, self.member_id = until, held, member_id
        self.facts: dict[str, Subquery] = {RECORDS: record_facts(), DEEDS: deed_facts()}
        self._asked: dict[str, dict[str, tuple[str, ColumnElement[Any]]]] = {RECORDS: {}, DEEDS: {}}
        self._with_held: set[str] = set()
        self._measures: dict[str, Subquery] = {}
        self._reports: Subquery | None = None
        self._built: dict[str, Subquery] = {}

    def ask(self, source: str, key: Any, aggregate: ColumnElement[Any]) -> Asked:
        """Have an aggregate computed; the same key twice is computed once."""
        known, text = self._asked[source], json.dumps(key, sort_keys=True, default=str)
        if text not in known:
            known[text] = (f"a{len(known)}", aggregate)
        return Asked(source, known[text][0])

    def amount(self, spec: Mapping[str, Any], since: dt.date | None, until: dt.date, document: Document, *,
               since_held: bool = False) -> Asked:
        """A quantity of records or deeds in a window; `since_held`: only what came after the facts of the star held."""
        source = DEEDS if spec["of"] in OF_DEEDS else RECORDS
        facts = self.facts[source]
        also = counts_for(document, facts) if source == RECORDS else true()
        if since_held:
            also = and_(also, facts.c.happened_on > func.coalesce(self.held.c.cut_off, dt.date(1, 1, 1)))
            self._with_held.add(source)
        key = [spec, since, until, since_held, [document["counts"], document["left_out"]] if source == RECORDS else None]
        return self.ask(source, key, quantity(spec, facts, since, until, also=also))

    def first_service(self, document: Document) -> Asked:
        """The day of a member's first record that counts in a scheme."""
        facts = self.facts[RECORDS]
        return self.ask(RECORDS, ["first", document["counts"], document["left_out"]],
                        func.min(facts.c.happened_on).filter(counts_for(document, facts)))

    def first_deed(self, spec: Mapping[str, Any]) -> Asked:
        """The day of a member's first deed of the kinds and levels of a quantity."""
        facts = self.facts[DEEDS]
        parts = [facts.c[column].in_(spec[name]) for name, column in (("deed_kinds", "kind"), ("deed_levels", "level")) if spec[name]]
        return self.ask(DEEDS, ["first", spec["deed_kinds"], spec["deed_levels"]], func.min(facts.c.happened_on).filter(and_(true(), *parts)))

    def measured(self, name: str) -> ColumnElement[Any] | None:
        """A plugin's measure of each member; None while there is none of that name."""
        if name not in self._measures and (values := measure_values(name)) is not None:
            self._measures[name] = values.subquery(f"measure_{len(self._measures)}")
        return self._measures[name].c.value if name in self._measures else None

    def first_report_in(self) -> ColumnElement[Any]:
        """The day of each member's first confirmed report-in."""
        if self._reports is None:
            self._reports = first_report_ins()
        return self._reports.c.first_on

    def value(self, asked: Asked) -> ColumnElement[Any]:
        """The column of an aggregate."""
        return self._built[asked.source].c[asked.label]

    def join(self, people: Subquery) -> FromClause:
        """`people` (a sub-query with the column id) beside everything that was asked for."""
        self._built = {source: self._grouped(source) for source, asked in self._asked.items() if asked}
        parts = [*self._built.values(), *self._measures.values(), *([self._reports] if self._reports is not None else []), self.held]
        joined: FromClause = people
        for part in parts:
            joined = joined.outerjoin(part, part.c.member_id == people.c.id)
        return joined

    def _grouped(self, source: str) -> Subquery:
        facts = self.facts[source]
        joined: FromClause = facts
        if source in self._with_held:
            joined = facts.outerjoin(self.held, self.held.c.member_id == facts.c.member_id)
        query = select(facts.c.member_id, *(aggregate.label(label) for label, aggregate in self._asked[source].values())).select_from(joined)
        query = query.where(facts.c.happened_on <= self.until, facts.c.member_id.is_not(None))
        if self.member_id is not None:
            query = query.where(facts.c.member_id == self.member_id)
        return query.group_by(facts.c.member_id).subquery(f"{source}_of_member")
