"""A tenant in which a plugin with a small rule kind is on: so many points an hour, and what it was told."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from marshmallow import Schema, fields, validate
from sqlalchemy import cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from core.extension.facts import DeedFact
from core.extension.registry import Registry, using
from core.extension.rule_kinds import PackVersion, RuleKind
from core.rules.documents import PackDocumentSchema
from core.rules.facts import record_facts
from core.rules.where import WhereSchema, matches
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant
from tests.support.plugins import make_plugin

AWARD = {"key": "award", "title": "获得表彰", "levels": ["省级", "市级"], "self_declared": True, "for_units": True, "approver": "county_officer"}
VISIT = {"key": "visit", "title": "走访", "approver": "community_officer"}


class Present(Schema):
    """Something to be had."""

    key = fields.String(required=True)
    title = fields.String(required=True)
    price = fields.Integer(load_default=1)


class Shop(Schema):
    """Where it is to be had."""

    days = fields.Integer(load_default=7)
    presents = fields.List(fields.Nested(Present), load_default=list, metadata={"title": "礼品", "item": "一件"})


class GiftRule(PackDocumentSchema):
    """So many points an hour."""

    FORM_MORE = ("patience",)
    patience = fields.Integer(load_default=3)
    shop = fields.Nested(Shop, load_default=lambda: Shop().load({}), metadata={"title": "小店", "help": "什么时候开"})
    rate = fields.Integer(load_default=1, validate=validate.Range(1, 9))
    where = fields.Nested(WhereSchema, load_default=lambda: WhereSchema().load({}))


def rehearse(document: Mapping[str, Any], since: dt.date, until: dt.date, _name: str) -> Any:
    """Nobody had anything; everybody would have points for the hours that match."""
    facts = record_facts()
    total = func.sum(facts.c.minutes * document["rate"] / 60)
    return (select(facts.c.member_id, literal(0).label("before"), cast(func.floor(total), fields_integer()).label("after"),
                   cast(func.jsonb_build_object("times", func.count()), JSONB).label("why"))
            .where(matches(document["where"], facts), facts.c.happened_on.between(since, until)).group_by(facts.c.member_id))


def fields_integer() -> Any:
    """The type of a rehearsal's values."""
    from sqlalchemy import Integer

    return Integer()


def faults(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """No rule may be called 坏."""
    return [("title", "换个名称")] if document["title"] == "坏" else []


class Told:
    """What the plugin was told."""

    def __init__(self) -> None:
        self.deeds: list[tuple[str, DeedFact]] = []
        self.published: list[PackVersion] = []


@pytest.fixture
def told(database: TestDatabase) -> Iterator[Told]:
    """Installs the plugin; answers what it hears."""
    heard = Told()

    def deed_counted(deed: DeedFact) -> None:
        heard.deeds.append(("counted", deed))

    def deed_withdrawn(deed: DeedFact) -> None:
        heard.deeds.append(("withdrawn", deed))

    kinds = tuple(RuleKind(name, name, GiftRule, lambda d: [d["title"]], rehearse, lambda value, _d: f"{value} 分",
                           lambda why, _d: str(why), faults, heard.published.append, local=local, several=several)
                  for name, local, several in (("gifts", True, False), ("gifts.cards", False, True)))
    with using(Registry()) as registry:
        assert registry.register(make_plugin("gifts", {"deed_counted": deed_counted, "deed_withdrawn": deed_withdrawn}, rule_kinds=kinds))
        yield heard


@pytest.fixture
def tenant(database: TestDatabase, told: Told) -> TestTenant:
    """武汉, with the plugin on."""
    return make_tenant(plugins=("gifts",))


@pytest.fixture
def member(tenant: TestTenant) -> TestMember:
    """Lives in the first community, belongs to the first unit, has a phone."""
    return make_member(tenant, account=True)
