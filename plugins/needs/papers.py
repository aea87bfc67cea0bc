"""What is printed: slips with codes, the poster for the board, the asker's receipt, the answer for somebody without a phone, the bulletin."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import current_app, url_for

from core.api import PaperColumn, TablePaper, _, current_tenant, grouped, qr_svg, render_layout, table_pdf, term
from plugins.needs import bulletins
from plugins.needs.receipts import Told
from plugins.needs.words import TOLD

_LAYOUTS = Path(__file__).parent / "layouts"


def address(endpoint: str, **values: Any) -> str:
    """A public page's whole address, as it stands on paper."""
    base = current_app.config["BAODAO"].base_url.rstrip("/")
    return f"{base}{url_for(f'needs_public.{endpoint}', slug=current_tenant().slug, **values)}"


def slips(community: Any, codes: Sequence[str], days: int) -> bytes:
    """Slips to cut out, eight on an A4 page. The code stands behind '#' in the QR code: a browser keeps that part to itself."""
    page = address("form", code=community.code)
    return render_layout(_LAYOUTS / "slips.typ", {
        "tenant": current_tenant().name, "community": community.name, "title": _("您有什么需要，请告诉社区"), "note": _(
            "扫码或在手机上打开下面的网址，填写需要和这个号码；也可以写在背面交给%(place)s。%(days)s 天内有效，只能用一次。", place=term("community"), days=days),
        "address": page.partition("://")[2],
        "slips": [{"code": grouped(code), "qr": qr_svg(f"{page}#{code}")} for code in codes]})


def poster(community: Any, *, needs_code: bool) -> bytes:
    """The poster for the notice board, A4."""
    page = address("form", code=community.code)
    steps = [_("用手机扫一扫二维码，写下您的需要，不用注册。"), _("提交后会得到一个回执码，凭码随时查看答复。"),
             _("没有手机的，可以写在纸上投进意见箱，或直接告诉%(place)s工作人员。", place=term("community"))]
    if needs_code:
        steps.insert(0, _("先向%(place)s领取号码条。", place=term("community")))
    return render_layout(_LAYOUTS / "poster.typ", {
        "tenant": current_tenant().name, "community": community.name, "title": _("您的需要，我们来办"), "steps": steps,
        "address": page.partition("://")[2], "qr": qr_svg(page), "note": _("您写的内容和联系方式只有%(place)s看得到。", place=term("community"))})


def receipt(community: str, code: str, category: str, day: dt.date) -> bytes:
    """The asker's receipt with its code, A5."""
    page = address("answer")
    return _note(_("意见回执"), community, [(_("登记日期"), _day(day)), (_("类别"), category)], _(
        "凭这个回执码查看办理进度和答复：扫描二维码，或打开 %(address)s 输入号码；也可以拿着本单到%(place)s询问。",
        address=page.partition("://")[2], place=term("community")), grouped(code), qr_svg(f"{page}#{code}"))


def answer_slip(community: str, told: Told, summary: str) -> bytes:
    """The answer on paper, A5: for somebody who has no phone. The asker's own words and name do not stand on it."""
    lines = [(_("登记日期"), _day(told.received_on)), (_("类别"), told.category), *([(_("需要"), summary)] if summary else []),
             (_("办理情况"), str(TOLD[told.state])), (_("答复"), told.answer or _("还没有答复")),
             *([(_("答复日期"), _day(told.answered_on))] if told.answered_on else [])]
    return _note(_("意见答复单"), community, lines, _("对答复有意见的，请再告诉%(place)s工作人员。", place=term("community")), "", None)


def bulletin(row: Any, community: str, lines: Sequence[Any]) -> bytes:
    """The demand bulletin (D6) for the board."""
    return table_pdf(TablePaper(
        row.title, (PaperColumn(_("序号"), 0.4, "center"), PaperColumn(_("类别"), 1.0), PaperColumn(_("需求"), 4.0)),
        [(str(line.position), line.category, line.summary) for line in lines],
        f"{bulletins.number_of(row)}　{_day(row.published_on)}" + (f"　{row.introduction}" if row.introduction else ""),
        f"{current_tenant().name} {community}"))


def _note(title: str, community: str, lines: Sequence[tuple[str, str]], how_to: str, code: str, qr: str | None) -> bytes:
    return render_layout(_LAYOUTS / "note.typ", {"tenant": current_tenant().name, "community": community, "title": title,
                                                 "lines": [list(line) for line in lines], "how_to": how_to, "code": code, "qr": qr})


def _day(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
