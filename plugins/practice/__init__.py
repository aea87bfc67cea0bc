"""Practice 经验推广 (R87, R88): a library of good practice, role-model stories with consent, and a public column; off at first."""
from __future__ import annotations

from pathlib import Path

from core.api import Navigation, Permission, Plugin, _l
from plugins.practice import hooks, reporting
from plugins.practice.models import MODELS
from plugins.practice.pages import api_routes, public_routes, routes
from plugins.practice.settings import PracticeSettings

_HERE = Path(__file__).parent
_REVIEWERS = ("city_administrator", "county_officer", "street_officer")
_WRITERS = (*_REVIEWERS, "community_officer", "unit_liaison")

plugin = Plugin(
    name="practice",
    title=_l("经验推广"),
    description=_l("总结和推广好经验，宣传先进典型：起草、审核、推荐、借鉴和公开专栏。"),
    version="1.0.0",
    hooks=hooks,
    settings=PracticeSettings,
    permissions=(
        Permission("practice.read", _l("查看好经验和先进典型"), _WRITERS),
        Permission("practice.write", _l("起草好经验和先进典型"), _WRITERS),
        Permission("practice.review", _l("审核、发布和推荐好经验"), _REVIEWERS),
        Permission("practice.self", _l("查看和同意写本人的先进典型"), ("member",)),
    ),
    routes=routes,
    public_routes=public_routes,
    api_routes=api_routes,
    navigation=(Navigation(_l("经验推广"), "practice.index", "practice.read", icon="bookmark", group="honours"),
                Navigation(_l("关于我的先进典型"), "practice.mine", "practice.self", icon="bookmark", group="honours")),
    datasets=(reporting.DATASET,),
    models=MODELS,
    migrations=_HERE / "migrations",
    translations=_HERE / "translations",
    audit_titles={
        "practice.drafted": _l("起草经验或典型"), "practice.changed": _l("修改经验或典型"), "practice.published": _l("发布经验或典型"),
        "practice.taken_down": _l("撤下经验或典型"), "practice.recommended": _l("推荐好经验"), "practice.used": _l("借鉴好经验"),
        "practice.agreed": _l("同意写先进典型"), "practice.consent_withdrawn": _l("不再同意写先进典型"), "practice.exported": _l("导出经验推广"),
        "practice_entry": _l("经验或典型")},
    personal_data=_l("写到党员本人的先进典型和本人是否同意；本人不同意的立即撤下。"),
)
