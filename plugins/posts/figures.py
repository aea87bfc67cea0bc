"""The posts' numbers for the overview: by community what was put up and taken, by unit what its members took."""
from __future__ import annotations

from core.api import Figure, FigureRequest, _, claim_rows, figure_counts, matter_rows
from plugins.posts.setting import SOURCE


def figures(request: FigureRequest) -> list[Figure]:
    """One statement a figure."""
    claims, matters = claim_rows(SOURCE).c, matter_rows(SOURCE).c
    place = claims.unit_id if request.side == "unit" else claims.community_id
    taken = Figure("posts.taken", _("认领岗位"), figure_counts(request, place, claims.claimed_on, claims.parent_id.is_(None),
                                                           claims.state != "waiting"), _("人次"), order=3)
    if request.side == "unit":
        return [taken]
    return [Figure("posts.opened", _("新设的岗位"), figure_counts(request, matters.community_id, matters.opened_on), _("个"), order=1),
            Figure("posts.open", _("现在开放的岗位"), figure_counts(request, matters.community_id, None, matters.state == "open"), _("个"), now=True, order=2),
            taken]
