"""Names the device of a login out of a short list, so that people recognise their own; what the browser sends is not kept."""
from __future__ import annotations

from core.i18n import LazyString, _, _l

_SYSTEMS: tuple[tuple[str, str, LazyString], ...] = (
    ("HarmonyOS", "harmony", _l("鸿蒙手机")), ("Android", "android", _l("安卓手机")), ("iPhone", "iphone", _l("苹果手机")),
    ("iPad", "ipad", _l("苹果平板")), ("Windows", "windows", _l("Windows 电脑")), ("Mac OS", "mac", _l("苹果电脑")), ("Linux", "linux", _l("Linux 电脑")))
_BROWSERS: tuple[tuple[str, str, str | LazyString], ...] = (
    ("wxwork", "wxwork", _l("企业微信")), ("MicroMessenger", "wechat", _l("微信")), ("DingTalk", "dingtalk", _l("钉钉")),
    ("Edg", "edge", "Edge"), ("Firefox", "firefox", "Firefox"), ("Chrome", "chrome", "Chrome"), ("Safari", "safari", "Safari"))
_TITLES = {code: title for _sign, code, title in (*_SYSTEMS, *_BROWSERS)}


def device_code(user_agent: str) -> str:
    """System and browser, as in "windows/chrome", or less where the browser tells less."""
    return "/".join(next((code for sign, code, _title in known if sign in user_agent), "") for known in (_SYSTEMS, _BROWSERS))


def device_title(code: str) -> str:
    """The device in words."""
    return " ".join(str(_TITLES[part]) for part in code.split("/") if part in _TITLES) or _("其他设备")
