"""The fixtures of a plugin's tests: a tenant with the plugin on, its people, their browsers, and a record that counts.

All of it is made anew for each test on one PostgreSQL of the run's own; commits are real.
"""
from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

import core.db
from core.extension.facts import RecordFact
from core.i18n import SOURCE_LOCALE, set_locale
from core.logs import configure_logging
from web.testing.browsing import Browser
from web.testing.databases import TestDatabase, Washer
from web.testing.factories import TestAccount, TestMember, TestTenant, make_member, make_tenant
from web.testing.kit.stage import Stage, connect, scratch_app
from web.testing.kit.subject import Subject, find_subject
from web.testing.pytest_plugin import SERVER
from web.testing.records import make_counted_record
from web.testing.server import ScratchServer


@pytest.fixture(scope="session")
def scratch_server(pytestconfig: pytest.Config) -> ScratchServer:
    """The run's PostgreSQL, on its way since pytest began."""
    return pytestconfig.stash[SERVER]


@pytest.fixture(scope="session")
def app() -> Flask:
    """The whole application, every installed plugin mounted."""
    configure_logging("ERROR", "text")
    return scratch_app()


@pytest.fixture(scope="session")
def baodao_plugin(app: Flask, pytestconfig: pytest.Config) -> Subject:  # noqa: ARG001  plugins are mounted by then
    """The plugin that --baodao names, with the reason if it was not let in."""
    return find_subject(pytestconfig.getoption("baodao"))


@pytest.fixture(scope="session")
def shared_database(app: Flask, scratch_server: ScratchServer) -> Iterator[tuple[TestDatabase, Washer]]:  # noqa: ARG001  plugins are loaded
    """The database that the tests use in turn, and what cleans it."""
    database = scratch_server.new_database()
    connect(database)
    washer = Washer(database)
    yield database, washer
    core.db.database.dispose()
    washer.close()


@pytest.fixture
def database(shared_database: tuple[TestDatabase, Washer]) -> Iterator[TestDatabase]:
    """A migrated database without rows, to which Baodao is connected as in life."""
    set_locale(SOURCE_LOCALE)
    database, washer = shared_database
    connect(database)
    yield database
    washer.wash()


@pytest.fixture
def stage(app: Flask, database: TestDatabase, scratch_server: ScratchServer) -> Stage:
    """Where the conformance kit tries the plugin."""
    return Stage(app, database, scratch_server.new_database)


@pytest.fixture
def tenant(database: TestDatabase, baodao_plugin: Subject) -> TestTenant:  # noqa: ARG001  its tables are there
    """A city with two counties, officers of every role, and the plugin switched on; `with tenant.scope():` opens its transaction."""
    return make_tenant(plugins=_switched_on(baodao_plugin))


@pytest.fixture
def other_tenant(tenant: TestTenant, baodao_plugin: Subject) -> TestTenant:  # noqa: ARG001  it comes second
    """Another city with the plugin on, for tests that nothing of it is seen."""
    return make_tenant("4228", name="恩施州", plugins=_switched_on(baodao_plugin))


@pytest.fixture
def unit(tenant: TestTenant) -> uuid.UUID:
    """The unit to which `member` belongs."""
    return tenant.units[0]


@pytest.fixture
def community(tenant: TestTenant) -> uuid.UUID:
    """The community where `member` lives and `officer` works."""
    return tenant.communities[0]


@pytest.fixture
def member(tenant: TestTenant) -> TestMember:
    """A member with an account; `make_member(tenant, "李四")` of web.testing.factories makes more."""
    return make_member(tenant, account=True)


@pytest.fixture
def officer(tenant: TestTenant) -> TestAccount:
    """The community's officer; `tenant.accounts` has one of every role."""
    return tenant.accounts["community_officer"]


@pytest.fixture
def counted_record(tenant: TestTenant, member: TestMember) -> RecordFact:
    """An hour of the member's that the community has verified and the recipient evaluated: the plugin has been told of it."""
    return make_counted_record(tenant, member)


@pytest.fixture
def browser(app: Flask, tenant: TestTenant) -> Callable[..., Browser]:  # noqa: ARG001  somebody to sign in
    """`browser(officer)` or `browser(member)` opens one in which that person is signed in, `browser()` one with nobody."""
    return lambda who=None: Browser(app, who)


@pytest.fixture
def member_browser(app: Flask, member: TestMember) -> Browser:
    """The member at the phone."""
    return Browser(app, member)


@pytest.fixture
def officer_browser(app: Flask, officer: TestAccount) -> Browser:
    """The community's officer at the desk."""
    return Browser(app, officer)


def _switched_on(subject: Subject) -> list[str]:
    if subject.refused is not None:
        pytest.fail(f"插件 {subject.plugin.name} 没有被载入：{subject.refused}", pytrace=False)
    return [*subject.plugin.requires, subject.plugin.name]
