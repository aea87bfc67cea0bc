"""`baodao account`: the first accounts of an installation, which no page can make, and new passwords."""
from __future__ import annotations

import base64
import json

import pyotp
import pytest
from sqlalchemy import func, select

from core.access import accounts, factors, logins, operator_factors, operators
from core.access.models import Account
from core.access.passwords import verify_password
from core.access.roles import ADMINISTRATOR
from core.audit import OPERATORS, entries
from core.privacy import keyring
from core.privacy.cipher import MasterKeys
from core.tenancy import OperatorLogin, now, session, tenant_scope, unscoped
from tenants import keys
from tests.cli.conftest import Baodao
from tests.support.databases import MASTER_KEYS
from tests.support.factories import make_tenant

KEYS = {"BAODAO_SECRET_KEY": "s", "BAODAO_MASTER_KEY": "1:" + base64.b64encode(MASTER_KEYS[1]).decode()}


@pytest.mark.usefixtures("database")
def test_the_operator_gets_in_and_gets_a_new_password(baodao: Baodao) -> None:
    made = json.loads(baodao("account", "operator", "root", "--json", **KEYS).stdout)
    again = baodao("account", "operator", "root", **KEYS)
    renewed = json.loads(baodao("account", "operator", "root", "--reset", "--json", **KEYS).stdout)
    assert made["path"] == "/operator/login"
    assert (again.returncode, again.stderr) == (1, "错误：这个用户名已被使用，请换一个。\n")
    with unscoped():
        assert operators.sign_in("root", made["password"]).token is None
        assert operators.sign_in("root", renewed["password"]).token
    with unscoped():
        assert [e.action for e in reversed(entries(trail=OPERATORS))] == [
            "operator.created", "operator.password_reset", "login.failed", "login.opened"]


@pytest.mark.usefixtures("database")
def test_the_first_administrator_of_a_tenant(baodao: Baodao) -> None:
    tenant = make_tenant()
    made = json.loads(baodao("account", "administrator", "wang", "--name", "王主任", "--tenant", tenant.slug, "--json", **KEYS).stdout)
    renewed = json.loads(baodao("account", "reset", "wang", "--tenant", tenant.code, "--json", **KEYS).stdout)
    nobody = baodao("account", "reset", "li", "--tenant", tenant.code, **KEYS)
    assert made["path"] == f"/t/{tenant.slug}/login"
    assert (nobody.returncode, nobody.stderr) == (1, "错误：没有用户名为 li 的账号。\n")
    with tenant_scope(tenant.id):
        found = session().get_one(Account, (tenant.id, accounts.named("wang")))
        grants = [(grant.role, grant.path) for grant in accounts.account_grants([found.id])]
    with unscoped():
        assert [(e.action, e.object_id, e.details) for e in reversed(entries(trail=OPERATORS))] == [
            ("account.created", found.id, {"tenant": tenant.code}), ("account.password_reset", found.id, {"tenant": tenant.code})]
    assert (found.display_name, found.must_change_password, len(grants), grants[0][0]) == ("王主任", True, 1, ADMINISTRATOR)
    assert (verify_password(found.password_hash, made["password"]), verify_password(found.password_hash, renewed["password"])) == (
        False, True)


@pytest.mark.usefixtures("database")
def test_whoever_lost_the_phone_sets_up_a_new_one(baodao: Baodao) -> None:
    keyring.configure(MasterKeys(MASTER_KEYS), keys.load)
    tenant = make_tenant()
    account = tenant.accounts[ADMINISTRATOR]
    with tenant.scope():
        factors.confirm(account.id, pyotp.TOTP(factors.propose(account.id)).at(now()))
        logins.open_login(account.id, second_factor=True)
    with unscoped():
        root = operators.create_operator("root", "a quiet river")
        operator_factors.confirm(root, pyotp.TOTP(operator_factors.propose(root)).at(now()))
        operators.open_login(root, second_factor=True)
    told = baodao("account", "reset-factor", account.username, "--tenant", tenant.code, "--json", **KEYS)
    assert json.loads(told.stdout) == {"username": account.username, "second_factor": "reset"}
    assert baodao("account", "operator", "root", "--reset-factor", **KEYS).returncode == 0
    with tenant.scope():
        assert (factors.has_codes(account.id), list(logins.live_logins(tenant.actor(ADMINISTRATOR)))) == (False, [])
    with unscoped():
        assert (operator_factors.has_codes(root), session().scalar(select(func.count()).select_from(OperatorLogin))) == (False, 0)
        assert [(e.action, e.object_id) for e in entries(trail=OPERATORS)][:2] == [("factor.reset", root), ("factor.reset", account.id)]
