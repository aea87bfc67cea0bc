"""The copy has every tagged column, the erasure leaves none of them and every total, and both are refused where the law says so (promise 19)."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import ARRAY, Column, LargeBinary, Table, func, select, update

from core.access.doors import act_as
from core.access.models import Account, Grant
from core.audit import anchors, erasures
from core.db import Base, new_id
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.extension.registry import current
from core.members import data_requests
from core.members.models import Member
from core.members.queries import member_view
from core.members.rights_models import LegalHold
from core.privacy.keyring import for_tenant
from core.privacy.tags import is_sealed
from core.registration import coverage
from core.residents.erased import note_erasure
from core.service.claims.models import Claim, Matter
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id
from plugins.awards import objecting as awards_objecting
from plugins.awards.models import AwardObjection
from plugins.needs import contacts as needs_contacts
from plugins.needs.models import Need
from plugins.points import corrections, ledger
from tenants.rights import copying, erasing, hanging, replaying, residents
from tenants.rights.erasing import erase
from tenants.settings import save
from tests.plugins.points.test_ledger import hour
from tests.security.rows import PLUGINS, things
from tests.support.factories import TestTenant, make_member, make_tenant

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.promise(19)]
CANARY = "金丝雀"
UNPLANTABLE = {"sex"}  # one of two words
NEVER_EDITED = {"stars_event"}  # the application has no right to
TOTALS = ("service_record", "report_in", "receipt", "certificate", "obligation", "claim", "deed", "matter", "evaluation", "points_entry",
          "points_account", "points_card", "points_request", "stars_star", "needs_need", "wishes_wish", "menu_request", "affiliation")


def _tables() -> list[tuple[Table, Any]]:
    """Tables with rows about a member, core's by the walk, plugins' by the same walk over all keys."""
    found = [(Base.metadata.tables[name], None) for name in hanging.chains()]
    plugins = {str(model.__tablename__) for plugin in current().plugins.values() for model in plugin.models}  # type: ignore[attr-defined]
    known = {table.name for table, _none in found}
    for _round in range(3):
        for name in sorted(plugins - known):
            table = Base.metadata.tables[name]
            for key in table.foreign_key_constraints:
                if key.ondelete == "CASCADE" and key.referred_table.name in known - {"matter"}:
                    known.add(name)
                    found.append((table, key))
                    break
    return found


def _where(table: Table, key: Any, member_id: uuid.UUID) -> Any:
    if key is None:
        return hanging.about(table, member_id)
    column = table.c[hanging._own_column(key)]
    if key.referred_table.name == "member":
        return (table.c.tenant_id == tenant_id()) & (column == member_id)
    parent = key.referred_table
    upper = next((known, found) for known, found in _tables() if known is parent)
    return (table.c.tenant_id == tenant_id()) & column.in_(select(parent.c.id).where(_where(*upper, member_id)))


def _plant(member_id: uuid.UUID) -> dict[str, str]:
    """A word of its own into every column of the member's; "table.column" by word. Bytes are sealed by the row's id."""
    planted: dict[str, str] = {}
    for table, key in _tables():
        ids = session().scalars(select(table.c.id).where(_where(table, key, member_id))).all()
        for column in table.columns:
            tag = hanging.tag(column)
            if not ids or table.name in NEVER_EDITED or tag is None or tag.index or tag.whose != "member" or tag.kind in UNPLANTABLE:
                continue
            word = f"{CANARY}{len(planted)}号"
            for row_id in ids:
                session().connection().execute(update(table).where(table.c.tenant_id == tenant_id(), table.c.id == row_id)
                                               .values({column: _stored(column, row_id, word)}))
            planted[word] = f"{table.name}.{column.name}"
    return planted


def _stored(column: Column[Any], row_id: uuid.UUID, word: str) -> Any:
    if isinstance(column.type, LargeBinary):
        return for_tenant(tenant_id()).encrypt(column.table.name, column.name, row_id, word)
    return [word] if isinstance(column.type, ARRAY) else word


def _everything() -> str:
    """All that is stored of the tenant, sealed values opened, as one text."""
    found: list[str] = []
    for table in hanging.known():
        if "tenant_id" not in table.c or "id" not in table.c:
            continue
        for row in session().connection().execute(select(table).where(table.c.tenant_id == tenant_id())).mappings():
            for column in table.columns:
                value = row[column]
                if is_sealed(column) and value is not None and len(value) >= 32:
                    value = for_tenant(tenant_id()).decrypt_bytes(table.name, column.name, row[table.c.id], value).decode(errors="replace")
                found.append(str(value))
    return "\n".join(found)


def _totals(tenant: TestTenant) -> dict[str, Any]:
    tables = Base.metadata.tables
    found: dict[str, Any] = {name: session().scalar(select(func.count()).select_from(tables[name]).where(tables[name].c.tenant_id == tenant_id()))
                             for name in TOTALS}
    records, entries = tables["service_record"], tables["points_entry"]
    found["minutes"] = session().scalar(select(func.sum(records.c.minutes)).where(records.c.tenant_id == tenant_id(), records.c.status == "counted"))
    found["points"] = session().scalar(select(func.sum(entries.c.points)).where(entries.c.tenant_id == tenant_id()))
    found["coverage"] = coverage.total([tenant.paths[tenant.root]])
    return found


def _places_are_right() -> bool:
    held = select(func.count()).where(Claim.tenant_id == Matter.tenant_id, Claim.matter_id == Matter.id, Claim.state.in_(("held", "done")),
                                      Claim.parent_id.is_(None)).correlate(Matter).scalar_subquery()
    return session().scalar(select(func.count()).select_from(Matter).where(Matter.tenant_id == tenant_id(), Matter.taken != held)) == 0


def test_the_copy_has_all_and_the_erasure_leaves_nothing_but_the_totals(record_property: Callable[[str, object], None]) -> None:
    tenant = make_tenant(plugins=PLUGINS)
    member_id = things(tenant)["member_id"][0]
    stranger = make_member(tenant, "欧阳娜娜")
    with tenant.scope():
        data_requests.ask(member_id, "correction", "unit", "把名字改一下", by=None)
        planted = _plant(member_id)
        before, copy = _totals(tenant), copying.document(copying.parts(member_id), member_id).decode()
    missing = {column for word, column in planted.items() if word not in copy}
    record_property("figure", f"{len(planted) - len(missing)} of {len(planted)} tagged columns in the copy")
    assert (missing, len(planted) > 25) == (set(), True)
    with tenant.scope():
        assert CANARY in _everything(), "the control: what is planted is seen"
        erase(member_id, "request")
    with tenant.scope():
        left = _everything()
        assert [column for word, column in planted.items() if word in left] == []
        assert (_totals(tenant) | {"coverage": None}, _places_are_right()) == (before | {"coverage": None}, True)
        assert (coverage.total([tenant.paths[tenant.root]])[0] <= before["coverage"][0], member_view(stranger.id).name) == (True, "欧阳娜娜")
        with pytest.raises(NotFound):
            member_view(member_id)
        with pytest.raises(NotFound):
            erase(member_id, "request")
        row = session().get_one(Member, (tenant.id, member_id))
        assert (row.name, row.id_number, row.id_number_index, row.phone_index, row.status) == ("（已删除）", None, None, None, "erased")
        assert session().scalar(select(Account.id).where(Account.tenant_id == tenant.id, Account.member_id == member_id)) is None


def test_twin_without_the_walk_over_the_keys_words_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = make_tenant(plugins=PLUGINS)
    member = make_member(tenant)
    with tenant.scope():
        data_requests.ask(member.id, "correction", "unit", CANARY, by=None)
    monkeypatch.setattr("tenants.rights.erasing.chains", lambda: {"member": ()})
    with tenant.scope():
        erase(member.id, "request")
        assert CANARY in _everything()


def test_a_ledgers_words_go_and_its_sums_stay() -> None:
    tenant = make_tenant(plugins=("points",))
    member = make_member(tenant)
    entries = select(Base.metadata.tables["points_entry"])
    with tenant.scope():
        ledger.earn(hour(member))
        save("approvals", {"points_correction": False}, version=0)
        corrections.propose(member.id, 50, CANARY * 2, by=tenant.actor("community_officer"))
    with tenant.scope():
        rows = session().execute(entries).mappings().all()
        assert [(row.points, row.note) for row in ledger.entries(member.id)] == [(50, CANARY * 2), (100, None)]
        erase(member.id, "request")
    with tenant.scope():
        assert session().execute(entries).mappings().all() == rows
        assert [(row.points, row.note) for row in ledger.entries(member.id)] == [(50, None), (100, None)]


def test_a_hold_and_an_officers_role_stop_the_erasure() -> None:
    tenant = make_tenant()
    held, officer = make_member(tenant), make_member(tenant, "李四", account=True)
    assert officer.account is not None
    with tenant.scope():
        session().add(LegalHold(member_id=held.id, reason="dispute", since=today(), entered_by=None))
        session().add(Grant(id=new_id(), account_id=officer.account.id, role="unit_liaison", organization_id=tenant.units[0], created_at=now()))
    for member in (held, officer):
        with tenant.scope(), pytest.raises(Conflict):
            erase(member.id, "request")


def test_two_people_decide_and_a_refusal_says_why() -> None:
    tenant = make_tenant()
    member = make_member(tenant)
    county, city = (tenant.accounts[role].id for role in ("county_officer", "city_administrator"))
    with tenant.scope():
        asked = data_requests.ask(member.id, "deletion", "unit", "", by=county)
        assert data_requests.ask(member.id, "deletion", "unit", "", by=city) == asked, "asked twice is asked once"
        row = data_requests.of_member(member.id)[0]
        assert ((row.due_on - row.asked_on).days, row.state) == (15, "open")
    with tenant.scope():
        with pytest.raises(Forbidden):
            data_requests.decide(tenant.actor("county_officer"), asked, 1, grant=True, answer="")
        with pytest.raises(Invalid):
            data_requests.decide(tenant.actor("city_administrator"), asked, 1, grant=False, answer=" ")
        with pytest.raises(Conflict):
            data_requests.decide(tenant.actor("city_administrator"), asked, 2, grant=True, answer="")
        data_requests.decide(tenant.actor("city_administrator"), asked, 1, grant=False, answer="仍在履职期间")
        assert (data_requests.words(asked)[1], data_requests.of_member(member.id)[0].state) == ("仍在履职期间", "refused")


def test_whom_a_restored_backup_brings_back_is_erased_again(tmp_path: Path) -> None:
    tenant = make_tenant(plugins=PLUGINS)
    member, wishes = make_member(tenant), Base.metadata.tables["wishes_wish"]
    anchors.configure(anchors.Anchoring(tmp_path))
    try:
        replaying.register()
        things(tenant)
        with tenant.scope():
            wish_id, community, said = session().execute(select(wishes.c.id, wishes.c.community_id, wishes.c.name).where(
                wishes.c.tenant_id == tenant_id(), wishes.c.name.is_not(None)).limit(1)).one()
            erase(member.id, "request")
            residents.erase("wishes_wish", wish_id, [community])
        with tenant.scope():  # as a backup from before has it
            session().execute(update(Member).where(Member.tenant_id == tenant_id(), Member.id == member.id).values(name=member.name, status="active"))
            session().connection().execute(update(wishes).where(wishes.c.tenant_id == tenant_id(), wishes.c.id == wish_id).values(name=said))
        done, left = erasures.replay(now() - dt.timedelta(hours=1))
        with tenant.scope():
            names = (session().scalar(select(Member.name).where(Member.id == member.id)),
                     session().scalar(select(wishes.c.name).where(wishes.c.tenant_id == tenant_id(), wishes.c.id == wish_id)))
        assert (done, left, names) == (2, [], (erasing.TOMBSTONE, None))
    finally:
        anchors.configure(anchors.Anchoring())


@pytest.fixture
def forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[tuple[TestTenant, dict[str, Any]]]:
    """A need's contact and an objection's words are erased at their people's wish, then stand there again as in a backup from before."""
    tenant = make_tenant(plugins=PLUGINS)
    known = things(tenant)
    need_id, objection_id = known["need_id"][0], known["award_objection_id"][0]
    if not getattr(request, "param", True):  # the twin
        for module in (needs_contacts, awards_objecting):
            monkeypatch.setattr(module, "note_erasure", lambda *_arguments: None)
    with tenant.scope():
        ring = for_tenant(tenant.id)
        session().execute(update(Need).where(Need.tenant_id == tenant_id(), Need.id == need_id).values(
            has_contact=True, name=ring.encrypt("needs_need", "name", need_id, "张三"), answer=ring.encrypt("needs_need", "answer", need_id, "已修好")))
    before = _resident_words(tenant, need_id, objection_id)
    anchors.configure(anchors.Anchoring(tmp_path))
    with tenant.scope(), act_as(tenant.actor("county_officer")):
        needs_contacts.forget(need_id, None)
        awards_objecting.forget_one(objection_id)
    after = _resident_words(tenant, need_id, objection_id)
    with tenant.scope():
        session().execute(update(Need).where(Need.tenant_id == tenant_id(), Need.id == need_id).values(before["need"]))
        session().execute(update(AwardObjection).where(AwardObjection.tenant_id == tenant_id(), AwardObjection.id == objection_id).values(before["objection"]))
    assert (_resident_words(tenant, need_id, objection_id) == before, before != after) == (True, True)
    yield tenant, {"need": need_id, "objection": objection_id, "before": before, "after": after}
    anchors.configure(anchors.Anchoring())


def _resident_words(tenant: TestTenant, need_id: uuid.UUID, objection_id: uuid.UUID) -> dict[str, dict[str, Any]]:
    with tenant.scope():
        need, objection = session().get_one(Need, (tenant.id, need_id)), session().get_one(AwardObjection, (tenant.id, objection_id))
        return {"need": {name: getattr(need, name) for name in ("text", "answer", "name", "phone", "address", "has_contact")},
                "objection": {name: getattr(objection, name) for name in ("says", "contact", "answer", "state")}}


@pytest.mark.parametrize(("forgotten", "again"), [(True, 2), (False, 0)], indirect=["forgotten"], ids=["noted", "twin"])
def test_what_plugins_erased_at_a_residents_wish_is_erased_again_and_no_more(forgotten: tuple[TestTenant, dict[str, Any]], again: int) -> None:
    tenant, known = forgotten
    replaying.register()
    assert erasures.replay(now() - dt.timedelta(hours=1)) == (again, [])
    assert _resident_words(tenant, known["need"], known["objection"]) == known["after" if again else "before"]
    assert [(one.kind, one.table, one.columns) for one in erasures.noted()] == [
        ("columns", "needs_need", ("name", "phone", "address")), ("columns", "awards_objection", ("says", "contact"))] * again


def test_only_a_residents_columns_are_noted_and_what_is_gone_is_let_pass(tmp_path: Path) -> None:
    tenant = make_tenant()
    anchors.configure(anchors.Anchoring(tmp_path))
    try:
        with tenant.scope():
            for table, column in (("needs_need", "text"), ("member", "phone"), ("no_such_table", "phone")):
                with pytest.raises(ValueError, match="could not be emptied again"):
                    note_erasure(table, uuid.UUID(int=1), (column,))
            note_erasure("needs_need", uuid.UUID(int=1), ("phone",))
            erasures.note("columns", uuid.UUID(int=1), "no_such_table", ("phone",))
        replaying.register()
        assert erasures.replay(now() - dt.timedelta(hours=1)) == (2, [])
        assert len(erasures.noted()) == 2
    finally:
        anchors.configure(anchors.Anchoring())
