"""The example of the reference: what a member has done, by kind."""
from __future__ import annotations

from core.api import JobKind, Measure, Permission, Plugin, _l
from tally import api, counting, datasets, hooks, jobs, pages, public  # noqa: F401  Baodao finds in them what they declare
from tally.settings import TallySettings

OFFICERS = ("city_administrator", "county_officer", "street_officer", "community_officer", "unit_liaison")

plugin = Plugin(
    "tally", _l("分类统计"), _l("每名党员各类服务和事项各有几次。"), "1.0.0", api=1, package=__name__,
    settings=TallySettings, local_settings=True,
    permissions=(Permission("tally.read", _l("查看分类统计"), OFFICERS),
                 Permission("tally.correct", _l("更正分类统计"), ("community_officer",))),
    api_routes=api.api_routes, public_routes=public.public_routes,
    terms={"tally": ("分类统计", "tally")},
    measures=(Measure("tally.kinds", _l("有几类服务和事项"), counting.kinds),),
    datasets=(datasets.BY_KIND,),
    jobs=(JobKind("tally.clear", _l("清理已撤回的记录"), jobs.clear, resumable=True, at="03:40"),),
    personal_data=_l("每名党员各次服务和事项的类别、日期、记录编号。"))
