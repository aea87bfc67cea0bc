"""Turns a scheme's document into SQL: the value of each condition, whether a level is reached, and who is kept out."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, Date, Integer, and_, case, cast, false, func, literal, or_
from sqlalchemy.dialects.postgresql import array

from plugins.stars import documents
from plugins.stars.documents import Document
from plugins.stars.sources import Sources

Later = Callable[[], ColumnElement[Any]]  # a value, once the sources are joined


def months_until(since: ColumnElement[Any], until: dt.date) -> ColumnElement[Any]:
    """Full months from one day to another: 6 from 31 August to 28 February, which has no 31st to wait for. 0 without a first day."""
    months = cast((until.year - func.extract("year", since)) * 12 + until.month - func.extract("month", since), Integer)
    unfinished = cast(since + func.make_interval(0, months) > cast(literal(until), Date), Integer)
    return func.greatest(func.coalesce(months - unfinished, 0), 0)


class Judged:
    """One document on one cut-off day, over sources that it may share with others.

    Making it asks the sources for what is needed; the methods answer once the sources are joined.
    """

    def __init__(self, document: Document, cut_off: dt.date, sources: Sources, joined_party_on: ColumnElement[Any]) -> None:
        self.document, self.cut_off, self._sources, self._party = document, cut_off, sources, joined_party_on
        self._places = {p.key: p for p in documents.placed(document)}
        self._values: dict[str, Later] = {key: self._ask(p.level, p.condition) for key, p in self._places.items()}
        self._excluded: list[Later] = [self._exclusion(one) for one in document["exclusions"]]

    def explanation(self) -> ColumnElement[Any]:
        """The values of all conditions and what keeps out, as JSON in the document's order; `plugins.stars.words` reads it."""
        values: array[Any] = array([cast(later(), BigInteger) for later in self._values.values()], type_=BigInteger)
        out: array[Any] = array([later() for later in self._excluded], type_=Boolean)
        return func.jsonb_build_object("values", func.to_jsonb(values), "excluded", func.to_jsonb(out), "held", self.held())

    def held(self) -> ColumnElement[int]:
        """The level held in the scheme, 0 for none."""
        return func.coalesce(self._sources.held.c.level, 0)

    def reached(self) -> ColumnElement[int]:
        """The level that the facts alone give, 0 for none; without skipping, every level below it is given by them too."""
        ladder = documents.levels(self.document)
        whole: list[tuple[ColumnElement[bool], int]] = []
        below: list[ColumnElement[bool]] = []
        for level in ladder:
            below.append(self.qualifies(level))
            whole.append((and_(*below) if self.document["no_skipping"] else below[-1], level["number"]))
        return case(*reversed(whole), else_=0)

    def due(self) -> ColumnElement[int]:
        """The level that may be given now, above the one held; 0 for none. Without skipping it is the next one."""
        numbers = [0, *(level["number"] for level in documents.levels(self.document))]
        steps = []
        for level, below in zip(documents.levels(self.document), numbers, strict=False):
            ready = self.held() == below if self.document["no_skipping"] else self.held() < level["number"]
            steps.append((and_(ready, self.qualifies(level)), level["number"]))
        return case(*reversed(steps), else_=0)

    def qualifies(self, level: Mapping[str, Any]) -> ColumnElement[bool]:
        """Whether nothing keeps out and one way to the level is open."""
        ways = [and_(*(self._holds(f"{level['number']}.{number}.{position}") for position in range(len(way["conditions"]))))
                for number, way in enumerate(level["ways"])]
        return and_(~self._kept_out(), or_(*ways))

    def keeps(self) -> ColumnElement[bool]:
        """Whether a star that is held may be kept at the review: by the review's conditions, or else by its own level's."""
        own = self.document["review"]["conditions"]
        if own:
            return and_(~self._kept_out(), *(self._holds(f"0.0.{position}") for position in range(len(own))))
        return or_(false(), *(and_(self.held() == level["number"], self.qualifies(level)) for level in self.document["levels"]))

    def _kept_out(self) -> ColumnElement[bool]:
        return or_(false(), *(later() for later in self._excluded))

    def _holds(self, key: str) -> ColumnElement[bool]:
        return self._values[key]() >= documents.needed(self._places[key].condition)

    def _exclusion(self, exclusion: Mapping[str, Any]) -> Later:
        since = documents.before(self.cut_off, exclusion["months"]) if exclusion["months"] else None
        spec = {"of": "deeds", "deed_kinds": exclusion["deed_kinds"], "deed_levels": exclusion["deed_levels"]}
        asked = self._sources.amount(spec, since, self.cut_off, self.document)
        return lambda: func.coalesce(self._sources.value(asked), 0) > 0

    def _ask(self, level: int, condition: Mapping[str, Any]) -> Later:
        """Ask the sources for what a condition is made of."""
        kind: str = condition["needs"]
        if kind == "share":
            return self._share(condition)
        if kind == "tenure":
            since = self._since(condition)
            return lambda: months_until(since(), self.cut_off)
        if kind == "continuity":
            return self._continuity(condition)
        if kind == "held":
            return lambda: self._months_held(level)
        return self._amount(condition)

    def _amount(self, condition: Mapping[str, Any]) -> Later:
        spec = condition["quantity"]
        if spec["of"] == "measure":
            measured = self._sources.measured(spec["measure"])
            return lambda: literal(0) if measured is None else func.coalesce(measured, 0)
        return self._windowed(spec, condition)

    def _windowed(self, spec: Mapping[str, Any], condition: Mapping[str, Any]) -> Later:
        since, until = documents.window(condition, self.cut_off)
        asked = self._sources.amount(spec, since, until, self.document, since_held=condition["window"] == "previous")
        return lambda: func.coalesce(self._sources.value(asked), 0)

    def _share(self, condition: Mapping[str, Any]) -> Later:
        part = self._windowed(condition["quantity"], condition)
        whole = self._windowed({**condition["quantity"], "where": {}, "deed_levels": []}, condition)
        return lambda: func.coalesce(part() * 100 / func.nullif(whole(), 0), 0)

    def _continuity(self, condition: Mapping[str, Any]) -> Later:
        spec, each = condition["quantity"], documents.each(condition)
        asked = [self._sources.amount(spec, since, until, self.document) for since, until in documents.periods(condition, self.cut_off)]
        return lambda: sum((case((func.coalesce(self._sources.value(one), 0) >= each, 1), else_=0) for one in asked), literal(0))

    def _since(self, condition: Mapping[str, Any]) -> Later:
        if condition["since"] == "party":
            return lambda: self._party
        if condition["since"] == "report_in":
            first = self._sources.first_report_in()
            return lambda: first
        asked = (self._sources.first_service(self.document) if condition["since"] == "service"
                 else self._sources.first_deed(condition["quantity"]))
        return lambda: self._sources.value(asked)

    def _months_held(self, level: int) -> ColumnElement[int]:
        """Months for which the level below has been held; below the first level there is nothing to hold."""
        below = max((one["number"] for one in self.document["levels"] if one["number"] < level), default=0)
        if not below:
            return literal(documents.LONGEST)
        return case((self.held() == below, months_until(self._sources.held.c.granted_on, self.cut_off)), else_=-1)
