"""A tenant, its people's duties, and clients signed in as its officers."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from core.audit.models import AuditEntry
from core.config import Config
from core.extension import settings as reading
from core.members.affiliations import AffiliationChange
from core.registration import obligations
from core.registration.models import Obligation
from core.tenancy import session
from core.tenancy.scope import tenant_id
from tenants import settings
from tests.support.applications import shared_app
from tests.support.databases import TestDatabase
from tests.support.factories import TestAccount, TestMember, TestTenant, make_tenant, sign_in
from tests.support.statements import sent

SignIn = Callable[[TestAccount], FlaskClient]
NO = uuid.UUID("00000000-0000-7000-8000-000000000000")


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """A small tenant; members report in at one community."""
    return make_tenant()


@pytest.fixture
def app(config: Config) -> Flask:
    """The application on this test's database."""
    return shared_app(config)


@pytest.fixture
def client_of(app: Flask) -> SignIn:
    """Give a client that is signed in as an account."""
    def make(account: TestAccount) -> FlaskClient:
        client = app.test_client()
        sign_in(client, account)
        return client
    return make


@pytest.fixture
def statements(database: TestDatabase) -> Iterator[list[str]]:
    """The SQL that is sent during the test."""
    with sent() as seen:
        yield seen


def set_registration(tenant: TestTenant, **values: object) -> None:
    """Let the tenant's settings of the section say this."""
    with tenant.scope():
        version = settings.get("registration").version
        settings.save("registration", values, version=version)
        reading.forget()


def join(tenant: TestTenant, member: TestMember, day: dt.date) -> None:
    """Open what a member owes who joins on `day`."""
    places = {"unit": member.unit_id, "residence": member.residence_id, "workplace": member.workplace_id}
    with tenant.scope():
        obligations.open_for([AffiliationChange(member.id, kind, None, place, day, True, None)
                              for kind, place in places.items() if place is not None])


def duties(tenant: TestTenant, member: TestMember) -> list[tuple[str, str, str, dt.date]]:
    """(cause, basis, status, due day) of a member's duties, in the order in which they arose."""
    with tenant.scope():
        rows = session().execute(select(Obligation.cause, Obligation.basis, Obligation.status, Obligation.due_on).where(
            Obligation.tenant_id == tenant_id(), Obligation.member_id == member.id).order_by(Obligation.id))
        return [tuple(row) for row in rows]


def acts(tenant: TestTenant) -> list[str]:
    """The audited acts of this room, in order."""
    with tenant.scope():
        rows = session().scalars(select(AuditEntry.action).where(AuditEntry.tenant_id == tenant_id()).order_by(AuditEntry.seq))
        return [a for a in rows if a.split(".")[0] in ("certificate", "report_in", "receipt", "obligation")]


def post(client: FlaskClient, address: str, form: str | None = None, /, **values: object) -> TestResponse:
    """Post a form with the CSRF token of the page at `form` (by default the address itself)."""
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get(form or address).text)
    assert token is not None
    return client.post(address, data={"csrf_token": token[1], **values}, content_type="multipart/form-data")


def first_column(page: TestResponse, label: str = "姓名") -> list[str]:
    """The texts of the linked first column of a list, in order."""
    return re.findall(rf'<td data-label="{label}"[^>]*>\s*<a href="[^"]+">([^<]+)</a>', page.text)
