"""感谢卡 thank-you cards: a member gets one for every service that is long enough. A whole plugin: delete what you do not need."""
from marshmallow import Schema, fields, validate

from core.api import Permission, Plugin, _l
from plugin_name import hooks, models, pages  # noqa: F401  Baodao finds in them what they declare


class Settings(Schema):
    """Which services earn a card; Baodao makes a form of it."""

    minutes = fields.Integer(load_default=60, validate=validate.Range(1, 1440), metadata={
        "title": _l("至少服务几分钟"), "help": _l("达到这个时长的服务才记感谢卡")})


plugin = Plugin(
    "plugin_name", _l("感谢卡"), _l("服务达到规定的时长、得到评价以后，给党员记一张感谢卡。"), "0.1.0", api=1, package=__name__,
    settings=Settings,
    permissions=(Permission("plugin_name.read", _l("查看感谢卡"), ("city_administrator", "community_officer", "unit_liaison")),),
    audit_titles={"plugin_name.given": _l("记感谢卡"), "plugin_name.taken_back": _l("收回感谢卡")},
    personal_data=_l("每名党员的感谢卡：服务记录的编号、日期和时长。"))
