"""The page, with its menu entry, paging and export."""
from sqlalchemy import Select, select

from core.api import PluginPages, TableColumn, _l
from plugin_name.models import Card

pages = PluginPages("plugin_name")


@pages.table("/", title=_l("感谢卡"), permission="plugin_name.read", menu=True, icon="heart-handshake", export=True, columns=(
    TableColumn("member_id", _l("党员"), "member"), TableColumn("day", _l("服务日期"), "date"),
    TableColumn("minutes", _l("时长"), "hours")), empty=_l("还没有感谢卡。服务达到规定的时长、得到评价以后自动记入。"))
def cards() -> Select[tuple[Card]]:
    """All cards, the newest first."""
    return select(Card).order_by(Card.day.desc())
