"""What a page shows or does stays with the person and the account that it is about."""
from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select

from core.access.models import Grant
from core.access.roles import ADMINISTRATOR, COUNTY, STREET
from core.audit import set_actor
from core.jobs import enqueue
from core.tenancy import session
from tests.support.browsing import submit
from tests.support.factories import TestAccount, TestTenant

Browse = Callable[[TestAccount], FlaskClient]
LABEL = "导出党员名册"


def test_a_county_officers_first_page_lists_the_officers_own_jobs_only(browser_of: Browse, tenant: TestTenant) -> None:
    county, administrator = tenant.accounts[COUNTY], tenant.accounts[ADMINISTRATOR]
    with tenant.scope(), set_actor("account", tenant.others[COUNTY].id):
        enqueue("members.export", {})
    assert LABEL not in browser_of(county).get("/").text
    assert LABEL in browser_of(administrator).get("/").text  # the job is there to be shown
    with tenant.scope(), set_actor("account", county.id):
        enqueue("members.export", {})
    assert LABEL in browser_of(county).get("/").text


def test_a_role_is_taken_back_only_from_its_own_account(browser_of: Browse, tenant: TestTenant) -> None:
    administrator = browser_of(tenant.accounts[ADMINISTRATOR])
    street, county = tenant.accounts[STREET], tenant.accounts[COUNTY]
    with tenant.scope():
        grant = session().scalars(select(Grant.id).where(Grant.account_id == street.id)).one()
    page = f"/accounts/{county.id}"
    assert submit(administrator, page, f"{page}/grants/{grant}/revoke").status_code == 404
    with tenant.scope():
        assert session().scalars(select(Grant.id).where(Grant.account_id == street.id)).all() == [grant]
