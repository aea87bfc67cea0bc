"""The example of the reference: how many services of each kind a member has done."""
from __future__ import annotations

from pathlib import Path

from core.api import JobKind, Measure, Plugin, _l

from . import counting, hooks, jobs
from .models import TallyService
from .settings import TallySettings

_HERE = Path(__file__).parent

plugin = Plugin(
    name="tally",
    title=_l("分类统计"),
    description=_l("每名党员各类服务做过几次。"),
    version="1.0.0",
    api=1,
    hooks=hooks,
    settings=TallySettings,
    local_settings=True,
    terms={"tally": ("分类统计", "tally")},
    jobs=(JobKind("tally.clear", _l("清理已撤回的服务"), jobs.clear, resumable=True, at="03:40"),),
    measures=(Measure("tally.kinds", _l("做过几类服务"), counting.kinds),),
    models=(TallyService,),
    migrations=_HERE / "migrations",
    audit_titles={"tally.counted": _l("计入分类统计"), "tally.uncounted": _l("从分类统计中减去")},
    personal_data=_l("每名党员各类服务的次数。"),
)
