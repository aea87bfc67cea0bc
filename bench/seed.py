"""Fills a database with synthetic tenants of equal shape, so that only the number of rows differs between two databases."""
from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import psycopg

from core.db import new_id
from core.members import names
from core.privacy.cipher import MasterKeys
from core.privacy.keyring import StoredKey, TenantKeyring

TENANTS, PER_COMMUNITY, PER_UNIT = 17, 300, 100
COMMON, COMMON_SHARE = "王", 0.15  # so that even the small tenant fills a page of them
SURNAMES = "李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
GIVEN = "国建军志明平华强勇刚伟斌波涛辉林海东生云新春文武德正光荣庆忠浩宇俊杰鹏飞凯博睿轩晨阳子涵天翔嘉铭泽思远丽芳英秀兰梅红霞玲燕"
RARE, RARE_PLACES = "欧阳", frozenset(range(0, 500, 25))
NOW = dt.datetime(2026, 6, 30, 2, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 6, 30)
ORGANIZATION = ("tenant_id, id, parent_id, kind, code, name, sort_key, path, unit_type, subordination, community_id, active, version,"
                " created_at")
MEMBER = ("tenant_id, id, name, pinyin, initials, sort_key, sex, id_number, id_number_index, phone, phone_index, address, category, branch,"
          " position, skills, preferences, unit_id, residence_id, workplace_id, status, version, created_at, updated_at")
REPORT_IN = ("tenant_id, id, member_id, community_id, unit_id, sort_key, basis, channel, status, reported_on, version, created_at")


@dataclass(frozen=True, slots=True)
class Seeded:
    """The tenant that is measured: its id, one community with some 300 residents, its root."""

    tenant_id: int
    community_id: uuid.UUID
    root_id: uuid.UUID


def seed(connection: psycopg.Connection, masters: MasterKeys, members: int) -> Seeded:
    """Write `members` in 17 tenants, with their trees and report-ins; answers what to measure. Commits."""
    # Foreign keys hold by construction; checking three a row would take longer than the rest.
    connection.execute("set session_replication_role = replica")
    measured = [_tenant(connection, masters, number, members // TENANTS) for number in range(1, TENANTS + 1)]
    connection.execute("set session_replication_role = origin")
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")
    return measured[TENANTS // 2]


def seed_city(connection: psycopg.Connection, masters: MasterKeys, number: int, communities: int,
              units: int) -> tuple[list[tuple[str, str]], list[str]]:
    """One tenant without members; answers its communities as (code, name) and the names of its units. Commits."""
    _new_tenant(connection, masters, number)
    places = [(f"420102{index:06}", f"第{index}社区居委会") for index in range(1, communities + 1)]
    names_of_units = [f"武汉市第{index}局" for index in range(1, units + 1)]
    root, ids = new_id(), [new_id() for _ in places]
    with connection.cursor().copy(f"copy organization ({ORGANIZATION}) from stdin") as copy:
        copy.write_row((number, root, None, "committee", "4201", "武汉市委组织部", "4201", "4201/", None, None, None, True, 1, NOW))
        for identity, (code, name) in zip(ids, places, strict=True):
            copy.write_row((number, identity, root, "community", code, name, code, f"4201/{code}/", None, None, None, True, 1, NOW))
        for index, name in enumerate(names_of_units):
            code = f"4201U{index:05}"
            copy.write_row((number, new_id(), root, "unit", code, name, code, f"4201/{code}/", "government", "city", ids[index % len(ids)], True, 1, NOW))
    connection.commit()
    return places, names_of_units


def _new_tenant(connection: psycopg.Connection, masters: MasterKeys, number: int) -> TenantKeyring:
    connection.execute("insert into tenant (id, code, slug, name, short_name, kind, status, profile, created_at)"
                       " values (%s, %s, %s, %s, %s, 'city', 'active', '{}', %s)",
                       (number, f"B{number:03}", f"bench{number}", f"第{number}市", f"{number}市", NOW))
    wrapped = masters.new_tenant_key(number, 1)
    connection.execute("insert into tenant_key values (%s, 1, %s, %s, %s)", (number, masters.algorithm, wrapped, NOW))
    return TenantKeyring(number, masters, lambda _tenant: [StoredKey(1, masters.algorithm, wrapped)])


def _tenant(connection: psycopg.Connection, masters: MasterKeys, number: int, members: int) -> Seeded:
    random_numbers = random.Random(number)
    ring = _new_tenant(connection, masters, number)
    root = new_id()
    communities = [new_id() for _ in range(max(1, members // PER_COMMUNITY))]
    units = [new_id() for _ in range(max(1, members // PER_UNIT))]
    with connection.cursor().copy(f"copy organization ({ORGANIZATION}) from stdin") as copy:
        for row in _organizations(number, root, communities, units):
            copy.write_row(row)
    people = _members(number, ring, random_numbers, members, communities, units)
    reported = []
    with connection.cursor().copy(f"copy member ({MEMBER}) from stdin") as copy:
        for row in people:
            copy.write_row(row)
            reported.append((number, new_id(), row[1], row[18], row[17], row[5], "residence", "officer", "confirmed", TODAY, 1, NOW))
    with connection.cursor().copy(f"copy report_in ({REPORT_IN}) from stdin") as copy:
        for report in reported:
            copy.write_row(report)
    return Seeded(number, communities[len(communities) // 2], root)


def _organizations(number: int, root: uuid.UUID, communities: list[uuid.UUID], units: list[uuid.UUID]) -> Iterator[tuple[object, ...]]:
    yield (number, root, None, "committee", "root", "市委组织部", "root", "root/", None, None, None, True, 1, NOW)
    for index, community in enumerate(communities):
        code = f"c{index:05}"
        yield (number, community, root, "community", code, f"第{index}社区", code, f"root/{code}/", None, None, None, True, 1, NOW)
    for index, unit in enumerate(units):
        code = f"u{index:05}"
        yield (number, unit, root, "unit", code, f"第{index}单位", code, f"root/{code}/", "government", "city", communities[0], True, 1, NOW)


@cache
def _spelt(name: str) -> tuple[str, str, str]:
    return names.spellings([name])[0]


def _members(number: int, ring: TenantKeyring, r: random.Random, count: int, communities: list[uuid.UUID],
             units: list[uuid.UUID]) -> Iterator[tuple[object, ...]]:
    for start in range(0, count, 10_000):
        block = range(start, min(count, start + 10_000))
        ids = [new_id() for _ in block]
        numbers = [f"420101199{r.randrange(10**9):09}"[:18] for _ in block]
        phones = [f"13{r.randrange(10**9):09}" for _ in block]
        sealed = {column: ring.encrypt_many("member", column, list(zip(ids, texts, strict=True))) for column, texts in
                  (("id_number", numbers), ("phone", phones), ("address", ["解放路1号"] * len(block)))}
        # The index of a number is made unique by the row's place: two random numbers may be the same.
        blind = ring.blind_many("member.id_number", [f"{n}{i}" for n, i in zip(numbers, block, strict=True)])
        blind_phones = ring.blind_many("member.phone", phones)
        for place, index in enumerate(block):
            # A few bear the searched name, the same number in a small and in a large tenant.
            surname = RARE if index in RARE_PLACES else COMMON if r.random() < COMMON_SHARE else r.choice(SURNAMES)
            name = surname + r.choice(GIVEN) + r.choice(("", r.choice(GIVEN)))
            yield (number, ids[place], name, *_spelt(name), r.choice(("male", "female")),
                   sealed["id_number"][place], blind[place], sealed["phone"][place], blind_phones[place], sealed["address"][place],
                   "full", "第一党支部", "科员", ["政策宣讲"], [], units[index % len(units)], communities[index % len(communities)],
                   communities[(index * 7) % len(communities)], "active", 1, NOW, NOW)
