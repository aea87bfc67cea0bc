"""Many letters at once as a zip: a Word file a unit, and one PDF a community to be printed in one go."""
from __future__ import annotations

import io
import re
import uuid
import zipfile
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import select

from core.api import Conflict, Invalid, _, organization_names, place_rows, session, tenant_id
from plugins.feedback import docx, letters
from plugins.feedback.models import UNSIGNED, FeedbackPack

MOST = 400
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


def chosen(path: str, period: str) -> Sequence[Any]:
    """The signed packs of a period below a place, community by community: id, community_id, unit_id, sort_key.

    Raises Conflict where there are none, Invalid beyond 400.
    """
    places = place_rows("community")
    rows = session().execute(select(FeedbackPack.id, FeedbackPack.community_id, FeedbackPack.unit_id).join(
        places, places.c.id == FeedbackPack.community_id).where(
        FeedbackPack.tenant_id == tenant_id(), FeedbackPack.period == period, FeedbackPack.state.not_in(UNSIGNED), places.c.path.bool_op("^@")(path))
        .order_by(places.c.path, FeedbackPack.sort_key, FeedbackPack.id).limit(MOST + 1)).all()
    if not rows:
        raise Conflict(_("还没有签发的反馈函，没有可下载的内容。"))
    if len(rows) > MOST:
        raise Invalid(_("一次最多下载 %(count)s 份，请按街道或社区分次下载。", count=MOST))
    return rows


def letters_zip(rows: Sequence[Any]) -> bytes:
    """The zip of packs that come community by community."""
    names = organization_names({one for row in rows for one in (row.community_id, row.unit_id)})
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for community_id, group in groupby(rows, key=lambda row: row.community_id):
            _community(archive, _safe(names.get(community_id, "")), [(row.id, _safe(names.get(row.unit_id, ""))) for row in group])
    return content.getvalue()


def _community(archive: zipfile.ZipFile, place: str, packs: Sequence[tuple[uuid.UUID, str]]) -> None:
    found = letters.letters([identity for identity, _unit in packs])
    archive.writestr(f"{place}/{place}反馈函.pdf", letters.pdf(found))
    for number, ((_identity, unit), one) in enumerate(zip(packs, found, strict=True), 1):
        archive.writestr(f"{place}/{number:03} {unit}.docx", docx.letter(one))


def _safe(name: str) -> str:
    return _UNSAFE.sub("_", name)[:60] or "_"
