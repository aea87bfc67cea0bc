"""An error of the database quotes what was to be written; nothing of it reaches a log."""
from __future__ import annotations

import json
import logging
from typing import Any

import pytest
import structlog
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

import core.db
from core.logs import configure_logging
from core.members.models import Member
from core.privacy.logfilter import ScrubFilter
from core.tenancy import session
from tests.support.databases import TestDatabase
from tests.support.factories import make_member, make_tenant

NEW = "司徒不可见"


def refuse() -> BaseException:
    """What becomes of a row that breaks a rule of the database."""
    tenant = make_tenant()
    make_member(tenant)
    with pytest.raises(RuntimeError) as caught, tenant.scope():
        try:
            session().execute(update(Member).where(Member.tenant_id == tenant.id).values(sex="x", position=NEW))
        except IntegrityError as error:
            raise RuntimeError("the page broke") from error
    return caught.value


def through_structlog(error: BaseException) -> str:
    """The line that the web's and the workers' logger would write."""
    configure_logging()
    event: Any = {"event": "unexpected error", "exc_info": error}
    for processor in structlog.get_config()["processors"]:
        event = processor(None, "error", event)
    return str(event)


def through_logging(error: BaseException) -> str:
    """The line of a library that uses the standard library's logger."""
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "broken", (), (type(error), error, error.__traceback__))
    ScrubFilter().filter(record)
    return logging.Formatter().format(record)


@pytest.mark.parametrize("line", [through_structlog, through_logging])
def test_a_database_error_is_named_and_not_quoted(database: TestDatabase, monkeypatch: pytest.MonkeyPatch, line: Any) -> None:
    monkeypatch.setattr(core.db.database.engine, "hide_parameters", False)
    monkeypatch.setattr(core.db.database, "_openings", {})  # an earlier test's sessions have copies of the engine, which hide them still
    error = refuse()
    assert NEW in str(error.__cause__)  # the twin: it could leak
    written = line(error)
    assert [text in written for text in ("IntegrityError", "CheckViolation", "the page broke", "test_logs.py", NEW)] == [
        True, True, True, True, False]


def test_what_is_sent_makes_no_second_line_and_the_time_is_utc() -> None:
    configure_logging()
    event: Any = {"event": "refused\n{\"event\": \"forged\"}", "name": "\r\n\x1b[2J\u2028x"}
    for processor in structlog.get_config()["processors"]:
        event = processor(None, "info", event)
    assert (len(event.encode().splitlines()), "\x1b" in event, json.loads(event)["timestamp"][-1]) == (1, False, "Z")
    assert len("refused\n{}".splitlines()) == 2  # the twin: as plain text it would


def test_the_error_itself_hides_what_was_to_be_written(database: TestDatabase) -> None:
    assert NEW not in str(refuse().__cause__)
