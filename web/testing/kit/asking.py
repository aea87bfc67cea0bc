"""Finds a plugin's addresses in the application and asks them, as this or that person."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from core.access.roles import role_permissions
from core.tenancy import session
from web.routing import API_PREFIX, access_of
from web.testing.browsing import UNSENT
from web.testing.factories import TestAccount, TestMember, TestTenant
from web.testing.kit.samples import known_ids
from web.testing.kit.stage import City, Stage
from web.testing.kit.subject import Subject

_SAFE = {"HEAD", "OPTIONS"}
_SAMPLES: Mapping[str, Any] = {"IntegerConverter": 1, "FloatConverter": 1.0, "DateConverter": dt.date(2026, 1, 1)}


@dataclass(frozen=True)
class Door:
    """One address and method of the plugin, with the permission that it asks for; a public one asks for none.

    `signed`: what a machine sends there is asked for a signature instead of a form's token.
    """

    rule: Rule
    method: str
    permission: str = ""
    signed: bool = False

    @property
    def api(self) -> bool:
        """Whether programs ask here, with a token."""
        return self.rule.rule.startswith(API_PREFIX)

    @property
    def title(self) -> str:
        """As developers write it."""
        return f"{self.method} {self.rule.rule}"

    def roles(self, city: City) -> list[str]:
        """Roles that have the permission."""
        return [role for role in city.accounts if self.permission in role_permissions(role)]


def doors(subject: Subject, stage: Stage) -> Iterator[Door]:
    """Every address and method of the plugin, its static files aside."""
    for rule in stage.app.url_map.iter_rules():
        access = None if rule.endpoint.endswith("static") else access_of(stage.app, rule.endpoint)
        if access is not None and access.plugin == subject.plugin.name and access.permission is not None:
            yield from (Door(rule, method, access.permission) for method in sorted(set(rule.methods or ()) - _SAFE))


def public_doors(subject: Subject, stage: Stage) -> Iterator[Door]:
    """Every address and method of its public pages."""
    for rule in stage.app.url_map.iter_rules():
        access = None if rule.endpoint.endswith("static") else access_of(stage.app, rule.endpoint)
        if access is not None and access.plugin == subject.plugin.name and access.public:
            yield from (Door(rule, method, signed=not access.csrf) for method in sorted(set(rule.methods or ()) - _SAFE))


def ask(stage: Stage, door: Door, address: str, city: City, account: TestAccount | None, *, csrf: bool = True) -> TestResponse:
    """Ask as an account that has the permission (None: as nobody); a form is sent empty, with its token unless `csrf` is False."""
    if door.api:
        headers = {} if account is None else {"Authorization": f"Bearer {stage.token(city, account, door.permission)}"}
        return stage.app.test_client().open(address, method=door.method, headers=headers, json=None if door.method == "GET" else {},
                                             buffered=True)
    if door.method != "POST" or not csrf or door.signed:
        return stage.browser(account).client.open(address, method=door.method, buffered=True)
    for _try in range(2):
        answer = stage.browser(account).client.post(address, data={"csrf_token": stage.form_token(account)}, buffered=True)
        if answer.status_code != 400 or UNSENT not in answer.text:
            break
        stage.forget(account)  # a page has begun another session, whose forms have another token
    return answer


def address_of(subject: Subject, stage: Stage, door: Door, city: City, member: TestMember | None = None) -> str:
    """The door's address, with the ids of the member (the city's first one) and of the plugin's rows in it."""
    member = member or city.member
    ids = known_ids(city.tenant, member, city.records[0 if member is city.member else 1])
    values = {name: city.tenant.slug if name == "slug" else ids.get(name) or _sample(subject, city.tenant, door.rule, name, member) for name in door.rule.arguments}
    with stage.app.test_request_context():
        return stage.app.url_map.bind("localhost").build(door.rule.endpoint, values, method=door.method)


def _sample(subject: Subject, tenant: TestTenant, rule: Rule, name: str, member: TestMember) -> Any:
    kind = type(rule._converters[name]).__name__
    if kind != "UUIDConverter":
        return _SAMPLES.get(kind, "x")
    rows = _rows(subject, tenant, member)
    stem = name.removesuffix("_id")
    near = [key for table, key in rows.items() if table in (stem, f"{subject.plugin.name}_{stem}") or table.endswith(f"_{stem}")]
    return (near or list(rows.values()) or [uuid.uuid4()])[0]


def _rows(subject: Subject, tenant: TestTenant, member: TestMember) -> dict[str, uuid.UUID]:
    """One row of each of the plugin's tables, about the member where the table knows members."""
    found = {}
    with tenant.scope():
        for model in subject.plugin.models:
            query = select(model.id).where(model.tenant_id == tenant.id).limit(1)
            if hasattr(model, "member_id"):
                query = query.where(model.member_id == member.id)
            if (key := session().scalar(query)) is not None:
                found[str(model.__tablename__)] = key  # type: ignore[attr-defined]
    return found
