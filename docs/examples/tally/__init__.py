"""The example of the reference: what a member has done, by kind."""
from __future__ import annotations

from pathlib import Path

from core.api import JobKind, Measure, Plugin, _l

from . import counting, hooks, jobs
from .models import TallyEntry
from .settings import TallySettings

_HERE = Path(__file__).parent

plugin = Plugin(
    name="tally",
    title=_l("分类统计"),
    description=_l("每名党员各类服务和事项各有几次。"),
    version="1.0.0",
    api=1,
    hooks=hooks,
    settings=TallySettings,
    local_settings=True,
    terms={"tally": ("分类统计", "tally")},
    jobs=(JobKind("tally.clear", _l("清理已撤回的记录"), jobs.clear, resumable=True, at="03:40"),),
    measures=(Measure("tally.kinds", _l("有几类服务和事项"), counting.kinds),),
    models=(TallyEntry,),
    migrations=_HERE / "migrations",
    personal_data=_l("每名党员各次服务和事项的类别、记录编号。"),
)
