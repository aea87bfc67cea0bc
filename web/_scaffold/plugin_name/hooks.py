"""What Baodao tells the plugin, and what it asks of it."""
import uuid

from sqlalchemy import ColumnElement, delete, select

from core.api import MemberData, Panel, RecordFact, _, audit, hookimpl, session, settings
from plugin_name.models import Card


@hookimpl
def record_counted(record: RecordFact) -> None:
    """A service that is long enough earns a card; told twice, it still earns one."""
    if record.minutes >= settings("plugin_name")["minutes"] and not _cards(Card.record_id == record.record_id):
        session().add(Card(member_id=record.member_id, record_id=record.record_id, day=record.happened_on, minutes=record.minutes))
        audit("plugin_name.given", "service_record", record.record_id)


@hookimpl
def record_withdrawn(record: RecordFact) -> None:
    """A service that counts no longer has no card."""
    if session().execute(delete(Card).where(Card.record_id == record.record_id).returning(Card.id)).all():
        audit("plugin_name.taken_back", "service_record", record.record_id)


@hookimpl
def member_panels(member_id: uuid.UUID) -> list[Panel]:
    """The cards on the member's page."""
    return [Panel(_("感谢卡"), "plugin_name/panel.html", {"cards": _cards(Card.member_id == member_id)})]


@hookimpl
def export_member_data(member_id: uuid.UUID) -> list[MemberData]:
    """What is kept of a member, for the member."""
    rows = tuple({"day": card.day.isoformat(), "minutes": card.minutes} for card in _cards(Card.member_id == member_id))
    return [MemberData(_("感谢卡"), rows)]


@hookimpl
def erase_member_data(member_id: uuid.UUID) -> int:
    """Nothing of the member remains."""
    return len(session().execute(delete(Card).where(Card.member_id == member_id).returning(Card.id)).all())


def _cards(which: ColumnElement[bool]) -> list[Card]:
    return list(session().scalars(select(Card).where(which).order_by(Card.day.desc())))
