"""Micro-wishes 微心愿: residents' small wishes, claimed, granted and written off (R23, R38, R58, R59, R74, R75, R78)."""
from __future__ import annotations

from pathlib import Path

from core.api import JobKind, MatterKind, Navigation, Permission, Plugin, _l
from plugins.wishes import hooks, jobs
from plugins.wishes.models import MODELS
from plugins.wishes.pages import api_routes, public_routes, routes
from plugins.wishes.reporting import DATASET
from plugins.wishes.settings import WishesSettings
from plugins.wishes.words import EVENTS

_HERE = Path(__file__).parent
_OFFICERS = ("city_administrator", "county_officer", "street_officer", "community_officer")

plugin = Plugin(
    name="wishes",
    title=_l("微心愿"),
    description=_l("征集、认领、办理和核销微心愿，心愿墙不显示居民身份。"),
    version="1.0.0",
    hooks=hooks,
    settings=WishesSettings,
    local_settings=True,
    permissions=(
        Permission("wishes.read", _l("查看微心愿"), (*_OFFICERS, "unit_liaison")),
        Permission("wishes.enter", _l("为居民登记微心愿"), ("community_officer", "street_officer")),
        Permission("wishes.manage", _l("审核、办理和核销微心愿"), ("community_officer",)),
        Permission("wishes.collective", _l("由单位集体认领微心愿"), ("unit_liaison",)),
        Permission("wishes.self", _l("认领微心愿"), ("member",)),
    ),
    routes=routes,
    public_routes=public_routes,
    api_routes=api_routes,
    jobs=(JobKind("wishes.forget", _l("删除到期的微心愿联系方式"), jobs.forget, at="02:50"),
          JobKind("wishes.count", _l("计入居民对微心愿的评价"), jobs.count, at="03:10")),
    navigation=(Navigation(_l("微心愿"), "wishes.index", "wishes.read", icon="heart-handshake", group="service"),
                Navigation(_l("认领微心愿"), "wishes.wall", "wishes.self", icon="heart-handshake", group="service")),
    datasets=(DATASET,),
    models=MODELS,
    migrations=_HERE / "migrations",
    translations=_HERE / "translations",
    matters=MatterKind(_l("微心愿"), "wishes.show", "wishes.own", lambda _community: "wishes_public.wall"),
    audit_titles={
        **{f"wishes.{kind}": title for kind, title in EVENTS.items()}, "wishes.contact_seen": _l("查看微心愿的联系方式"),
        "wishes.contact_erased": _l("删除微心愿的联系方式"), "wishes.code_issued": _l("打印微心愿回执"), "wishes.form_code_issued": _l("生成微心愿提交码"),
        "wishes.exported": _l("导出微心愿清单"), "wishes_wish": _l("微心愿")},
    personal_data=_l("提出心愿的居民的称呼、电话、住址和原话（加密，办结后到期删除），以及认领党员写的办理情况。"),
)
