"""Posts 设岗领岗: posts that a community sets by need, and members claim (R47, R54)."""
from __future__ import annotations

from core.api import Plugin, _l

plugin = Plugin(name="posts", title=_l("设岗领岗"),
                description=_l("社区按需设岗，党员认领；可候补、退出、推荐匹配。"), version="1.0.0", package=__name__)
