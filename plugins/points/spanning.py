"""The job that reckons rules over whole months, quarters and years once these are over, and again while late records still come in."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ARRAY, Integer, Select, Text, Uuid, bindparam, cast, column, func, literal, select

from core.api import JobContext, audit, session, tenant_id, today
from plugins.points import holding, ledger, writing
from plugins.points.calendar import period_of
from plugins.points.holding import Held
from plugins.points.models import PointsEntry
from plugins.points.quantities import Span, by_member, of_quantities, spans
from plugins.points.wording import kept, rule_words

KIND = "points.spans"
BACK = dt.timedelta(days=120)  # a span that ended longer ago is left as it is


def run(context: JobContext) -> dict[str, Any]:
    """The job: each rule and span in a transaction of its own; what is due is compared with what was entered, so that it may be repeated."""
    done, entries = int((context.state or {}).get("done", 0)), int((context.state or {}).get("entries", 0))
    yesterday = today() - dt.timedelta(days=1)
    work = [(held, rule, span) for held, rule in _rules() for span in spans(rule["every"], yesterday - BACK, yesterday)]
    for number, (held, rule, span) in enumerate(work):
        then = holding.for_tenant(span[1])  # beside the versions of the period in which the span ended
        if number >= done and then.pack_id == held.pack_id:
            entries += reckon(then, rule, span)
            context.checkpoint({"done": number + 1, "entries": entries}, done=number + 1, total=len(work))
    return {"entries": entries}


def _rules() -> list[tuple[Held, Mapping[str, Any]]]:
    """The rules over spans of the schemes that held lately."""
    found: dict[Any, Held] = {}
    for day in (today() - BACK, today() - dt.timedelta(days=1)):
        held = holding.for_tenant(day)
        found[held.pack_id] = held
    return [(held, rule) for held in found.values() for rule in of_quantities(held.document)]


def reckon(held: Held, rule: Mapping[str, Any], span: Span) -> int:
    """Enter the difference between what a rule brings for a span and what it has brought; answers the number of entries."""
    due = {row.member_id: row for row in session().execute(by_member(rule, held.document, span))}
    key, entry = rule["key"], PointsEntry
    had: dict[Any, int] = dict(session().execute(select(entry.member_id, func.sum(entry.raw)).where(
        entry.tenant_id == tenant_id(), entry.source == "quantity", entry.rule_key == key, entry.happened_on == span[1],
        entry.pack_id == held.pack_id).group_by(entry.member_id)).all())
    changed = {m: (due[m].raw if m in due else 0) - had.get(m, 0) for m in {*due, *had}}
    people = sorted(m for m, raw in changed.items() if raw)
    if not people:
        return 0
    ledger.hold(people)
    done = ledger.run("span", held, lambda: _writing(held, rule, span), people, of=(key, span), count=len(people), people=people,
                      raws=[changed[m] for m in people], amounts=[int(due[m].quantity) if m in due else 0 for m in people])
    audit("points.spans_reckoned", "points_account", None, {"rule": key, "until": span[1].isoformat(), "entries": done.entries})
    return done.entries


def _writing(held: Held, rule: Mapping[str, Any], span: Span) -> Select:
    names = ("people", "raws", "amounts")
    arrays: list[Any] = [cast(bindparam(name, None), ARRAY(kind)) for name, kind in zip(names, (Uuid, Integer, Integer), strict=True)]
    rows = func.unnest(*arrays).table_valued(column("member_id", Uuid), column("raw", Integer), column("amount", Integer), name="due").render_derived()
    new = select(rows.c.member_id, func.gen_random_uuid().label("source_id"), literal(span[1]).label("happened_on"),
                 literal(period_of(span[1], held.document["period"])).label("period"), rows.c.amount.label("given"),
                 literal(rule["key"], Text).label("rule_key"), rows.c.raw, rows.c.amount.label("counted"), literal(100).label("percent"),
                 literal(f"{rule['title']}：{rule_words(rule, kept)}", Text).label("rule"), literal("quantity", Text).label("source"))
    return writing.entries_of(held, new.cte("new"), "earned")
