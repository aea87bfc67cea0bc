"""`baodao backup erase-again`: after a restore onto a server of one's own, what was erased since is erased again, and the rest is named."""
from __future__ import annotations

import datetime as dt
import json
import uuid
from pathlib import Path

import pytest
from sqlalchemy import select

from core.audit import anchors, erasures
from core.audit.models import OperatorEntry
from core.tenancy import now, session, unscoped
from plugins.needs.models import Need
from tests.cli.conftest import Baodao
from tests.cli.test_doctor import KEYS
from tests.plugins.needs.conftest import make_need
from tests.support.factories import make_tenant


@pytest.mark.usefixtures("database")
def test_it_is_erased_again_and_what_cannot_be_is_named(baodao: Baodao, own_folder: Path) -> None:
    tenant = make_tenant(plugins=("needs",))
    erased, kept = make_need(tenant), make_need(tenant)
    start = now()
    anchors.configure(anchors.Anchoring(own_folder / "anchors"))
    try:
        with tenant.scope():
            erasures.note("columns", erased, "needs_need", ("name", "phone", "address"))
            erasures.note("of a plugin that is gone", uuid.UUID(int=7))
    finally:
        anchors.configure(anchors.Anchoring())
    later = baodao("backup", "erase-again", "--since", (start + dt.timedelta(hours=1)).isoformat(), "--json", **KEYS)
    assert (later.returncode, json.loads(later.stdout)) == (0, {"erased_again": 0, "not_erased": []})
    done = baodao("backup", "erase-again", "--since", start.isoformat(), "--json", **KEYS)
    left = {"tenant": tenant.id, "kind": "of a plugin that is gone", "id": str(uuid.UUID(int=7))}
    assert (done.returncode, json.loads(done.stdout)) == (1, {"erased_again": 1, "not_erased": [left]})
    with tenant.scope():
        rows = {row.id: (row.name, row.has_contact) for row in session().scalars(select(Need))}
    assert (rows[erased], rows[kept][1]) == ((None, False), True)
    with unscoped():
        told = session().scalars(select(OperatorEntry.details).where(OperatorEntry.action == "backup.restored").order_by(OperatorEntry.seq)).all()
    assert [(one["erased_again"], one["not_erased"]) for one in told] == [(0, 0), (1, 1)]
    assert baodao("backup", "erase-again", "--since", "gestern", **KEYS).returncode == 1
