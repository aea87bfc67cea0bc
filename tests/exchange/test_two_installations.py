"""Two whole installations, each with its own database, Redis, website and worker, that exchange by https over TLS (R9, R27, R29)."""
from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core import outgoing
from core.exchange import arrivals, outbox, partner_files, partners, post_office
from core.exchange.models import ExchangeIncoming, ExchangeOutgoing, ExchangeReceipt
from core.jobs import running
from core.tenancy import session
from core.tenancy.scope import tenant_id
from tests.cli.conftest import clean_environment, own_folder
from tests.exchange.conftest import Pair
from tests.support.applications import shared_app
from tests.support.certificates import Authority, server_context
from tests.support.databases import MASTER_KEYS
from tests.support.factories import make_member, make_tenant
from tests.support.serving import served, terminated
from web.cli.up import free_port

__all__ = ["own_folder"]
NETWORK, SECOND = "127.0.0.1/32", (sys.executable, "-m", "tests.exchange.second")
Ask = Callable[..., Any]


@contextmanager
def other_installation(folder: Path, port: int, tls_port: int, authority: Authority) -> Iterator[Ask]:
    """`baodao up` of its own, and a process beside it that acts there as its people do."""
    environment = clean_environment(
        BAODAO_MASTER_KEY=",".join(f"{number}:{base64.b64encode(key).decode()}" for number, key in MASTER_KEYS.items()),
        BAODAO_BASE_URL=f"https://127.0.0.1:{tls_port}", BAODAO_OUTGOING_NETWORKS=NETWORK, BAODAO_OUTGOING_CA=str(authority.file))
    log = folder.with_suffix(".log")
    with log.open("w") as output, subprocess.Popen([*SECOND, "up", "--data", str(folder), "--port", str(port)], stdout=output, stderr=output, env=environment,
                                                   start_new_session=True) as installation:
        try:
            until(lambda: "已就绪" in log.read_text() or installation.poll() is not None, 400)
            assert installation.poll() is None, log.read_text()
            with subprocess.Popen([*SECOND, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                  env=environment) as person:
                yield lambda *what: _ask(person, *what)
                person.communicate(timeout=60)
        finally:
            installation.terminate()
            installation.wait(60)


def _ask(person: subprocess.Popen[str], name: str, *arguments: Any) -> Any:
    print(json.dumps([name, arguments]), file=person.stdin, flush=True)
    return json.loads(person.stdout.readline())


def until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait for what other processes do."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.3)


@pytest.mark.long
def test_envelopes_go_both_ways_between_two_installations_and_find_who_was_down(database, config, own_folder: Path, tmp_path: Path) -> None:
    authority, ports = Authority.made(tmp_path), (free_port(), free_port(), free_port())
    tls = server_context(authority.server(tmp_path, "127.0.0.1"))
    mine, theirs = f"https://127.0.0.1:{ports[0]}", f"https://127.0.0.1:{ports[1]}"
    outgoing.configure([NETWORK], authority.file)
    application = shared_app(config)  # with it the handlers of jobs are known
    home = make_tenant("1100", name="甲市")
    pair = Pair(home, home, make_member(home, "欧阳远行"))
    with other_installation(own_folder, ports[2], ports[1], authority) as other:
        community = other("seed", "1200", "乙市")
        with home.scope():
            known = partner_files.take(other("partner_file", theirs).encode())
            partners.accept(known, partners.get(known).version)
            other("know", partner_files.write(mine).decode())
        pair.code = lambda _number=0: community
        pair.partner_id = lambda *_any: known
        sent = pair.send()
        deliver()
        assert state(home, sent) == ("waiting", 1)  # nobody answers there yet
        with terminated(ports[2], tls, ports[1]):
            with home.scope():
                outbox.again(sent)
            deliver()
            assert (state(home, sent), other("look")["incoming"]) == (("delivered", 0), ["waiting"])
            other("admit")
            until(lambda: any(tries for _kind, _state, tries in other("look")["outgoing"]), 120)  # their worker finds us down, and comes back
            with served(application, tls=tls, port=ports[0]):
                until(lambda: receipts(home) == 1, 180)
                until(lambda: other("look")["outgoing"][0][:2] == ["receipt", "delivered"], 30)
                own = pair.home.paths[home.communities[0]].rstrip("/").split("/")[-1]
                other("send", "司马来客", own)
                until(lambda: arrived(home) is not None, 120)
                waiting = arrived(home)
                with home.scope():
                    arrivals.admit(waiting.id, waiting.version, by=home.accounts["community_officer"].id)
                deliver()
                assert other("look") == {"incoming": ["done", "done"], "receipts": 1, "outgoing": [
                    ["receipt", "delivered", other("look")["outgoing"][0][2]], ["certificate", "delivered", 0]]}
    outgoing.configure([])


def deliver() -> None:
    """What scheduler and worker do in this installation."""
    post_office.go_round()
    running.run_due()


def state(tenant: Any, sent: Any) -> tuple[str, int]:
    """How one envelope stands."""
    with tenant.scope():
        row = session().get_one(ExchangeOutgoing, (tenant_id(), sent))
        return row.state, row.tries


def receipts(tenant: Any) -> int:
    """How many have come home."""
    with tenant.scope():
        return session().scalar(select(func.count()).select_from(ExchangeReceipt).where(ExchangeReceipt.tenant_id == tenant_id())) or 0


def arrived(tenant: Any) -> ExchangeIncoming | None:
    """The certificate that waits here."""
    with tenant.scope():
        return session().scalars(select(ExchangeIncoming).where(ExchangeIncoming.tenant_id == tenant_id(), ExchangeIncoming.kind == "certificate")).first()
