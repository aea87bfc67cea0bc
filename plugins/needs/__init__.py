"""Needs 意见征集: what residents need, collected by every channel and answered (R53, R67, R74)."""
from __future__ import annotations

from core.api import Plugin, _l

plugin = Plugin(name="needs", title=_l("意见征集"),
                description=_l("多渠道收集群众需求：归并、分类、答复，转为岗位或微心愿，定期发布需求公告。"), version="1.0.0", package=__name__)
