"""What stands on paper: the certificate of a star and the public notice for the board."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from core.api import (
    Conflict,
    HonourPaper,
    PackVersion,
    PaperColumn,
    TablePaper,
    _,
    audit,
    current_tenant,
    honours_pdf,
    organization,
    pack_version,
    root_organization,
    settings,
    table_pdf,
)
from plugins.stars import documents, queries
from plugins.stars.progress import places_of

#: The text of a certificate where the scheme has none of its own; papers are Chinese, whatever language an officer reads.
USUAL = "{姓名}同志热心服务群众，截至{截止日}，经评定为{星级}。特发此证。"


def certificate(star_id: uuid.UUID) -> bytes:
    """The certificate of a star that is held. Raises NotFound, Conflict where the scheme has none or the star has ended."""
    star = queries.star(star_id)
    pack = pack_version(star.pack_id)
    if star.state != "held":
        raise Conflict(_("这个星级已经不再持有，不能打印证书。"))
    if not pack.document["certificate"]:
        raise Conflict(_("这套规则不颁发证书。"))
    places = places_of(star.member_id)
    filled = {"姓名": places.name, "单位": places.unit_name or "", "星级": documents.level_name(pack.document, star.level),
              "截止日": day(star.cut_off)}
    text = pack.document["certificate_text"] or USUAL
    for name, value in filled.items():
        text = text.replace(f"{{{name}}}", value)
    audit("stars.certificate_printed", "stars_star", star_id)
    return honours_pdf([HonourPaper("荣誉证书", star.number, places.name, text.removeprefix(f"{places.name}同志"), issuer(pack), star.granted_on,
                                    current_tenant().name, star.level)])


def issuer(pack: PackVersion) -> str:
    """Who gives the stars of a scheme."""
    if pack.organization_id is not None:
        return organization(pack.organization_id).name
    return str(settings("stars")["issuer"]) or root_organization().name


def notice(shown: Row, rows: Sequence[Row], pack: PackVersion) -> bytes:
    """A notice as a table to be put up."""
    columns = [PaperColumn("序号", 0.4, "center"), PaperColumn("姓名", 1), PaperColumn("单位", 2.4), PaperColumn("拟授予", 1)]
    lines = [[str(number), display_name(row.name), row.unit_name or "", documents.level_name(pack.document, row.level)]
             for number, row in enumerate(rows, 1)]
    said = f"公示时间：{day(shown.published_on)}至{day(shown.until)}。如有异议，请在公示期内向{issuer(pack)}反映。"
    audit("stars.notice_printed", "stars_notice", shown.id, {"count": len(rows)})
    return table_pdf(TablePaper(f"{pack.title}公示", columns, lines, subtitle=said, note=current_tenant().name))


def display_name(name: str) -> str:
    """A name as it stands on a notice: whole, or with one character hidden."""
    if settings("stars")["notice_names"] == "full" or len(name) < 2:
        return name
    return name[0] + "＊" + name[2:]


def day(value: Any) -> str:
    """A date on a Chinese paper."""
    return f"{value.year}年{value.month}月{value.day}日"
