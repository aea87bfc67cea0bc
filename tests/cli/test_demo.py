"""`baodao demo`: made once, kept at the second start, refused on real data; and the whole story by `--check`."""
from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.audit import verify
from core.audit.models import AuditEntry
from core.config import Config
from core.errors import ConfigurationError
from core.members.models import Member
from core.tenancy import Tenant, session, tenant_scope, unscoped
from core.tenancy.clock import LOCAL, set_clock
from core.tenancy.scope import tenant_id
from plugins.awards.models import AwardObjection, AwardSelection
from plugins.consultation.models import ConsultationRequest
from plugins.feedback.models import FeedbackPack
from plugins.unit_desk.models import Case, Request
from tests.cli.conftest import clean_environment, command_line
from tests.support.factories import make_tenant
from web.demo import logins, seeding
from web.demo.units import telling

PATIENCE = 900 if "COVERAGE_RUN" in os.environ else 300  # seconds


@pytest.mark.long
def test_the_whole_story_over_http() -> None:
    ran = subprocess.run(command_line("demo", "--check", "--json"), env=clean_environment(), capture_output=True, text=True, timeout=PATIENCE,
                         check=False)
    told = json.loads(ran.stdout)
    assert [step for step in told["steps"] if step["error"]] == []
    assert (ran.returncode, told["ok"]) == (0, True)
    assert (told["done"]["武汉市"]["points"], told["done"]["恩施州"]["points"]) == (3, 0)
    steps = {step["step"] for step in told["steps"]}
    assert steps >= {"省直机关工委：单位党员到武汉市报到、服务，一人迁往恩施州", "各处看到的是同一件事，省级只看到两个市（州）的合计"}


@pytest.mark.early
def test_a_step_that_fails_is_told_and_is_1_and_no_real_server_is_touched() -> None:
    code = ("from web.cli import main; from web.demo import proof; from web.demo.client import CheckFailed\n"
            "def fails(): raise CheckFailed('not as told')\n"
            "proof.Story.steps = lambda self: iter([('one', lambda: None), ('two', fails), ('three', lambda: 1 / 0)])\n"
            "main(['demo', '--check', '--json'])")
    real = {"DATABASE_URL": "postgresql://postgres:x@127.0.0.1:9/real", "REDIS_URL": "redis://127.0.0.1:9"}
    ran = subprocess.run([sys.executable, "-c", code], env=clean_environment(**real), capture_output=True, text=True, timeout=120, check=False)
    told = json.loads(ran.stdout)
    assert (ran.returncode, told["ok"], [step["error"] for step in told["steps"]]) == (
        1, False, [None, "not as told", "ZeroDivisionError: division by zero"])


@pytest.mark.usefixtures("database")
def test_real_data_are_left_alone() -> None:
    tenant = make_tenant()
    with pytest.raises(ConfigurationError) as refused:
        seeding.missing()
    assert refused.value.message == f"租户{tenant.name}中已有真实数据，不能用作演示。请用 --data 另选一个目录。"


def test_the_password_is_kept_for_the_owner(tmp_path: Path) -> None:
    password = logins.new_password()
    before = logins.stored(tmp_path)
    logins.keep(tmp_path, password)
    assert (before, logins.stored(tmp_path)) == (None, password)
    assert (tmp_path / logins.NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("moment", [
    pytest.param(dt.datetime(2026, 11, 25, 17, 5), marks=pytest.mark.long), dt.datetime(2028, 2, 29, 23, 59),
    pytest.param(dt.datetime(2027, 1, 1, 0, 1), marks=pytest.mark.long)], ids=str)
def test_the_year_can_be_played_at_any_moment(config: Config, moment: dt.datetime) -> None:
    """The dice fall the same way each time, but the days do not: at the first of these one record was verified twice."""
    with set_clock(moment.replace(tzinfo=LOCAL)):
        seeding.seed(config, seeding.missing()[1:], "a-demo-password", lambda _city, _done: None)
    assert [city.slug for city in seeding.missing()] == ["wuhan"]


def test_seeded_once_and_the_audit_chain_holds(config: Config) -> None:
    wanted = seeding.missing()
    seeding.seed(config, wanted[1:], "a-demo-password", lambda _city, _done: None)
    with unscoped() as opened:
        identity = opened.execute(select(Tenant.id)).scalar_one()
    with tenant_scope(identity):
        members = session().scalar(select(func.count()).select_from(Member).where(Member.tenant_id == tenant_id()))
        marks = session().scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.tenant_id == tenant_id(),
                                                                                    AuditEntry.action == seeding.MARK))
        faults = verify()
    assert ([city.slug for city in wanted], [city.slug for city in seeding.missing()]) == (["wuhan", "enshi"], ["wuhan"])
    assert (members, marks, list(faults)) == (43, 1, [])


@pytest.mark.long
def test_the_units_side_is_told_once_with_everything_at_some_point_of_its_way(config: Config) -> None:
    seeding.seed(config, seeding.missing()[:1], "a-demo-password", lambda _city, _done: None)
    told = []
    for _start in range(2):
        telling.tell(config)
        with unscoped() as opened:
            identity = opened.execute(select(Tenant.id)).scalar_one()
        with tenant_scope(identity):
            told.append({model: dict(session().execute(select(model.state, func.count()).where(model.tenant_id == tenant_id()).group_by(model.state)).all())
                         for model in (Request, Case, FeedbackPack, ConsultationRequest, AwardSelection, AwardObjection)})
            assert list(verify()) == []
    first, second = told
    assert first == second
    assert first[Request] == {"open": 3, "answered": 1, "done": 1, "withdrawn": 1}
    assert first[Case] == {"open": 2, "solved": 1, "unsolved": 1}
    assert set(first[FeedbackPack]) == {"draft", "reviewed", "signed", "sent", "read", "answered", "archived"}
    assert {"answered", "withdrawn", "open"} == set(first[ConsultationRequest])
    assert (first[AwardSelection], first[AwardObjection]) == ({"open": 2, "published": 1, "decided": 1}, {"open": 1, "rejected": 1})
