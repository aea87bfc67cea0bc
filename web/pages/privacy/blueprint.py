"""The blueprint that these modules share, and words that they have in common."""
from __future__ import annotations

from core.i18n import _l
from web.routing import Pages

pages = Pages("privacy", __name__, url_prefix="/privacy")
ENTER, DECIDE = "privacy.enter", "privacy.decide"
HOLD_TITLES = {"inspection": _l("巡察、审计需要"), "dispute": _l("争议处理中"), "law": _l("法律、法规规定的保存期未到")}
