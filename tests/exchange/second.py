"""The other installation: `up` starts it, without arguments its people act in it, told what to do line by line; each a process of its own."""
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core.audit import set_actor
from core.exchange import arrivals, certifying, partner_files, partners
from core.exchange.certifying import Destination
from core.exchange.models import ExchangeIncoming, ExchangeOutgoing, ExchangePartner, ExchangeReceipt
from core.tenancy import session
from core.tenancy.scope import tenant_id
from tests.support.factories import TestTenant, make_member, make_tenant
from web import cli
from web.cli.runtime import installation
from web.embedded.supervisor import Supervisor

_made: list[TestTenant] = []


def seed(code: str, name: str) -> str:
    """A city; answers the code of its first community."""
    _made.append(made := make_tenant(code, name=name))
    return made.paths[made.communities[0]].rstrip("/").split("/")[-1]


def partner_file(base_url: str) -> str:
    """The city's file, when people reach it at that address."""
    with _made[0].scope():
        return partner_files.write(base_url).decode()


def know(file: str) -> None:
    """Take the other side's file, compared on the telephone."""
    with _made[0].scope():
        known = partner_files.take(file.encode())
        partners.accept(known, partners.get(known).version)


def send(name: str, community: str) -> None:
    """Certify a member of ours to a community of theirs."""
    member = make_member(_made[0], name)
    with _made[0].scope(), set_actor("system"):
        partner = session().scalars(select(ExchangePartner.id).where(ExchangePartner.tenant_id == tenant_id())).one()
        certifying.send(member.id, Destination(partner, community, "residence"), channel="unit", by=None)


def admit() -> None:
    """The community takes in who waits."""
    with _made[0].scope():
        row = session().scalars(select(ExchangeIncoming).where(ExchangeIncoming.tenant_id == tenant_id(), ExchangeIncoming.state == "waiting")).one()
        arrivals.admit(row.id, row.version, by=_made[0].accounts["community_officer"].id)


def look() -> dict[str, Any]:
    """How everything stands: what came in, what goes out with its tries, and how many receipts came home."""
    with _made[0].scope():
        return {"incoming": list(session().scalars(select(ExchangeIncoming.state).where(ExchangeIncoming.tenant_id == tenant_id()))),
                "outgoing": [list(row) for row in session().execute(select(ExchangeOutgoing.kind, ExchangeOutgoing.state, ExchangeOutgoing.tries).where(
                    ExchangeOutgoing.tenant_id == tenant_id()).order_by(ExchangeOutgoing.id))],
                "receipts": len(session().scalars(select(ExchangeReceipt.id).where(ExchangeReceipt.tenant_id == tenant_id())).all())}


ACTS = {act.__name__: act for act in (seed, partner_file, know, send, admit, look)}


def main(folder: Path) -> None:
    """Do one act a line of the standard input, [name, arguments], and answer by a line."""
    answers, sys.stdout = sys.stdout, sys.stderr  # logs do not mix with the answers
    with installation(folder, "test"):
        for line in sys.stdin:
            name, arguments = json.loads(line)
            print(json.dumps(ACTS[name](*arguments)), file=answers, flush=True)


def up(*arguments: str) -> None:
    """`baodao up` with more patience than a person has, since other tests may be running."""
    Supervisor.wait_ready.__defaults__ = (300.0,)
    cli.main(["up", *arguments])


if __name__ == "__main__":
    up(*sys.argv[2:]) if sys.argv[1] == "up" else main(Path(sys.argv[1]))
