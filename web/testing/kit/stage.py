"""The stage on which a plugin is tried: the application, a scratch database, and cities full of what could leak."""
from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask

import core.db
from core.access.actor import load_actor
from core.access.roles import MEMBER
from core.access.tokens import create_token
from core.config import Config
from core.errors import NotFound
from core.extension.facts import RecordFact
from core.jobs.bell import bell
from core.privacy import keyring
from core.privacy.cipher import MasterKeys
from tenants import keys
from web.app import create_app
from web.testing.browsing import Browser, csrf_of
from web.testing.databases import MASTER_KEYS, TestDatabase
from web.testing.factories import TestAccount, TestMember, TestTenant, make_member, make_tenant
from web.testing.kit.samples import fill
from web.testing.kit.subject import Subject
from web.testing.records import make_counted_record

NAMES = ("王小明", "向梅")


@dataclass(frozen=True)
class City:
    """A tenant with the plugin on: two members who live and work apart, a counted record of each, rows of the plugin about both.

    `unfilled` says which of the plugin's tables no sample row could be made for, and why.
    """

    tenant: TestTenant
    member: TestMember
    stranger: TestMember
    records: tuple[RecordFact, RecordFact]
    unfilled: tuple[str, ...]

    @property
    def accounts(self) -> dict[str, TestAccount]:
        """One account a role; the member's own is `member`'s."""
        assert self.member.account is not None  # noqa: S101  made by `Stage.city`
        return {**self.tenant.accounts, MEMBER: self.member.account}


@dataclass
class Stage:
    """`new_database` makes another migrated database, for checks that take the schema apart."""

    app: Flask
    database: TestDatabase
    new_database: Callable[[], TestDatabase]
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    shared: City | None = None
    _browsers: dict[uuid.UUID | None, tuple[Browser, str]] = field(default_factory=dict, repr=False)
    _tokens: dict[tuple[uuid.UUID, str], str] = field(default_factory=dict, repr=False)

    def tenant(self, subject: Subject) -> TestTenant:
        """Another tenant with the plugin on, and nobody but officers in it."""
        return make_tenant(f"42{next(self.numbers):02}", plugins=[*subject.plugin.requires, subject.plugin.name])

    def shared_city(self, subject: Subject) -> City:
        """One city for all checks that leave it as it was."""
        if self.shared is None:
            self.shared = self.city(subject)
        return self.shared

    def city(self, subject: Subject, *, filled: bool = True) -> City:
        """Another city, with data in every table of the plugin; unless `filled`, with those only that its own events have made."""
        tenant = self.tenant(subject)
        people = (make_member(tenant, NAMES[0], account=True), make_member(tenant, NAMES[1], unit=-1, residence=-1, account=True))
        counted = tuple(make_counted_record(tenant, person, minutes=120) for person in people)
        unfilled = [problem for number, (person, record) in enumerate(zip(people, counted, strict=True), 1)
                    for problem in fill(subject.plugin, tenant, person, record, number)] if filled else []
        return City(tenant, *people, counted, tuple(dict.fromkeys(unfilled)))  # type: ignore[arg-type]

    def browser(self, account: TestAccount | None = None) -> Browser:
        """The browser in which the account is signed in: one for all checks, as a person has."""
        return self._opened(account)[0]

    def form_token(self, account: TestAccount | None = None) -> str:
        """What the forms of the account's browser carry."""
        return self._opened(account)[1]

    def forget(self, account: TestAccount | None) -> None:
        """Close the account's browser; the next one signs in anew."""
        self._browsers.pop(None if account is None else account.id, None)

    def token(self, city: City, account: TestAccount, permission: str) -> str:
        """An API token of the account with this one right. Raises NotFound."""
        if (account.id, permission) not in self._tokens:
            with city.tenant.scope():
                actor = load_actor(account.id)
                if actor is None:
                    raise NotFound
                self._tokens[account.id, permission] = create_token(actor, "kit", [permission], 1)
        return self._tokens[account.id, permission]

    def _opened(self, account: TestAccount | None) -> tuple[Browser, str]:
        key = None if account is None else account.id
        if key not in self._browsers:
            browser = Browser(self.app, account)
            self._browsers[key] = browser, csrf_of(browser.get("/no-such-page").text)
        return self._browsers[key]


def connect(database: TestDatabase) -> None:
    """Connect this process to the database as baodao_app, with no bell to ring and keys of its own."""
    core.db.configure(database.app_url, statement_timeout=30)
    bell.configure(None)
    keyring.configure(MasterKeys(MASTER_KEYS), keys.load)


def scratch_app(log_level: str = "ERROR") -> Flask:
    """The application; its database is whatever the process has connected, Redis it has none."""
    return create_app(Config(database_url="", redis_url="", secret_key="for tests only",  # noqa: S106
                             master_keys=MASTER_KEYS, data_dir=Path("/nonexistent"), base_url="http://127.0.0.1", environment="test",
                             log_level=log_level, log_format="text", second_factor="optional"))


@contextmanager
def staged(subject: Subject, app: Flask, new_database: Callable[[], TestDatabase]) -> Iterator[Stage | None]:
    """The stage for a plugin that is mounted in `app`; None when it is not let in."""
    if subject.refused is not None:
        yield None
        return
    database = new_database()
    connect(database)
    try:
        yield Stage(app, database, new_database)
    finally:
        core.db.database.dispose()
