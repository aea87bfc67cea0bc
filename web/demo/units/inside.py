"""A visitor of the application in this very process, who can come on a day that is past: what happened weeks ago stands there with its day."""
from __future__ import annotations

import datetime as dt
import urllib.parse
import uuid
from collections.abc import Mapping

from flask import Flask
from sqlalchemy import select

from core.access.opening import open_login
from core.jobs import run_job
from core.jobs.models import Job
from core.tenancy import session, tenant_scope
from core.tenancy.clock import LOCAL, set_clock
from core.tenancy.scope import tenant_id
from web.demo.client import Answer, CheckFailed, Value, Visitor

PAUSE = dt.timedelta(seconds=40)


class Inside(Visitor):
    """Signed in as an account without its password, or (None) a stranger; every page is opened at `moment`. A redirect is told, not followed."""

    def __init__(self, app: Flask, tenant: int, account: uuid.UUID | None, moment: dt.datetime) -> None:
        super().__init__(app.config["BAODAO"].base_url)
        self.moment, self._tenant, self._client = moment, tenant, app.test_client()
        if account is None:
            return
        with set_clock(moment), tenant_scope(tenant):
            token = open_login(account, second_factor=True)
        with self._client.session_transaction(base_url=self.base_url) as cookie:
            cookie["_user_id"], cookie["_fresh"] = f"{tenant}.{token}", True

    @property
    def today(self) -> dt.date:
        """The day on which the visitor comes."""
        return self.moment.astimezone(LOCAL).date()

    def work(self, kind: str) -> None:
        """Do the jobs of a kind that wait, on the visitor's day; no worker runs yet."""
        with set_clock(self.moment):
            with tenant_scope(self._tenant):
                waiting = session().scalars(select(Job.id).where(Job.tenant_id == tenant_id(), Job.kind == kind, Job.status == "due")).all()
            for job in waiting:
                run_job(self._tenant, job)

    def _send(self, path: str, body: bytes | None, kind: str | None, expect: int, referrer: str | None = None) -> Answer:
        address = urllib.parse.urljoin(self.base_url, path)
        headers = {"Referer": referrer} if referrer else {}
        self.moment += PAUSE if body is not None else dt.timedelta()  # nobody fills in a form in no time, and what does is held for a machine
        with set_clock(self.moment):
            got = self._client.open(urllib.parse.urlsplit(address).path, query_string=urllib.parse.urlsplit(address).query, base_url=self.base_url,
                                    method="GET" if body is None else "POST", data=body, content_type=kind, headers=headers, buffered=True)
        if got.status_code in (302, 303):
            self._refused(path)
            return Answer(urllib.parse.urljoin(address, got.headers["Location"]), 200, "text/html", b"")
        answer = Answer(address, got.status_code, got.mimetype or "", got.get_data())
        if answer.status != expect:
            raise CheckFailed(f"{path} 应答 {answer.status}，应为 {expect}：{answer.text[:300]}")
        return answer

    def _refused(self, path: str) -> None:
        """Raise CheckFailed where the page that comes next would tell of a refusal."""
        with self._client.session_transaction(base_url=self.base_url) as cookie:
            told = cookie.pop("_flashes", [])
        if wrong := [text for category, text in told if category == "danger"]:
            raise CheckFailed(f"{path}：{'；'.join(wrong)}")


def press(who: Visitor, path: str, ending: str, given: Mapping[str, Value] | None = None) -> Answer:
    """Open a page and send its form that ends so, with some values filled in. Raises CheckFailed when there is no such form."""
    page = who.get(path)
    return who.send(page, page.form(ending), given)
