"""A tenant with a member who has a phone, the application in front of it, and the SQL that is sent."""
from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

import core.db
from core.config import Config
from core.service.records import RecordInput
from core.tenancy import today
from tests.support.databases import MASTER_KEYS, TestDatabase
from tests.support.factories import TestAccount, TestMember, TestTenant, make_member, make_tenant, sign_in
from tests.support.statements import sent
from web.app import create_app

RECIPIENT = "孙桂兰"


@pytest.fixture(scope="session")
def app() -> Flask:
    """The application; its database is whatever the test has connected."""
    return create_app(Config(database_url="", redis_url="", secret_key="for tests only", master_keys=MASTER_KEYS,
                             data_dir=Path("/nonexistent"), base_url="http://127.0.0.1",
                             environment="test", log_level="WARNING", log_format="text", second_factor="optional"))


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """武汉, with points switched on."""
    return make_tenant(plugins=("points",))


@pytest.fixture
def member(tenant: TestTenant) -> TestMember:
    """Lives in the first community, belongs to the first unit, has a phone."""
    return make_member(tenant, account=True)


class Browser:
    """A client that carries the page's CSRF token along, as a browser does."""

    def __init__(self, app: Flask, account: TestAccount | None = None, **environ: str) -> None:
        self.client: FlaskClient = app.test_client()
        self.client.environ_base.update(environ)
        if account is not None:
            sign_in(self.client, account)

    def get(self, address: str) -> Any:
        """Open a page."""
        return self.client.get(address)

    def post(self, address: str, token_from: str | None = None, **fields: Any) -> Any:
        """Send a form whose token stands on the page `token_from`; any page has it, that of an error too."""
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.client.get(token_from or "/no-such-page").get_data(as_text=True))
        assert found is not None
        return self.client.post(address, data={"csrf_token": found[1], **fields})


@pytest.fixture
def browser(app: Flask, tenant: TestTenant) -> Callable[..., Browser]:
    """`browser(account)` opens one; without an account nobody is signed in."""
    return lambda account=None, **environ: Browser(app, account, **environ)


@pytest.fixture
def statements(database: TestDatabase) -> Iterator[list[str]]:
    """The SQL that is sent during the test."""
    with sent() as seen:
        yield seen


@pytest.fixture
def without_locks(database: TestDatabase) -> Iterator[None]:
    """Takes the row locks out of every statement on its way, and the using up of a code: the twin's missing walls."""
    def strip(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> tuple[str, Any]:
        statement = re.sub(r"\s+FOR UPDATE\b(\s+SKIP LOCKED\b)?", "", statement)
        return re.sub(r"^(UPDATE evaluation_code .*?WHERE )", r"\1false AND ", statement, flags=re.DOTALL), parameters

    engine = core.db.database.engine
    event.listen(engine, "before_cursor_execute", strip, retval=True)
    yield
    event.remove(engine, "before_cursor_execute", strip)


def service(community_id: Any, **changes: Any) -> RecordInput:
    """An hour and a half for a person."""
    return RecordInput(**{"kind": "环境卫生", "title": "清扫楼道", "happened_on": today(), "minutes": 90, "community_id": community_id,
                          "recipient": RECIPIENT, **changes})


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run every work in a thread of its own, all together; answers results or the errors raised, in order."""
    gate, outcome = threading.Barrier(len(works)), [None] * len(works)

    def run(position: int, work: Callable[[], Any]) -> None:
        gate.wait()
        try:
            outcome[position] = work()
        except Exception as error:  # noqa: BLE001 -- the error is the outcome
            outcome[position] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcome
