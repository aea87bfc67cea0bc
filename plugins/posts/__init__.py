"""Posts 设岗领岗: posts that a community sets by need, and members claim (R47, R54); off at first."""
from __future__ import annotations

from pathlib import Path

from core.api import MatterKind, Navigation, Permission, Plugin, _l
from plugins.posts import hooks
from plugins.posts.models import MODELS
from plugins.posts.pages import api_routes, board, public_routes, routes
from plugins.posts.reporting import DATASETS
from plugins.posts.settings import PostsSettings

_HERE = Path(__file__).parent
_READERS = ("city_administrator", "county_officer", "street_officer", "community_officer", "unit_liaison")

plugin = Plugin(
    name="posts",
    title=_l("设岗领岗"),
    description=_l("社区按需设岗，党员认领；可候补、退出、推荐匹配。"),
    version="1.0.0",
    hooks=hooks,
    settings=PostsSettings,
    local_settings=True,
    permissions=(
        Permission("posts.read", _l("查看岗位和认领情况"), _READERS),
        Permission("posts.manage", _l("设岗、代为认领、登记到岗"), ("community_officer",)),
        Permission("posts.self", _l("认领岗位、登记服务"), ("member",)),
    ),
    routes=routes,
    api_routes=api_routes,
    public_routes=public_routes,
    navigation=(Navigation(_l("设岗领岗"), "posts.index", "posts.read", icon="flag", group="service"),
                Navigation(_l("领岗位"), "posts.mine", "posts.self", icon="flag", group="service")),
    matters=MatterKind(_l("岗位"), show="posts.show", own="posts.own", public=board),
    datasets=DATASETS,
    models=MODELS,
    migrations=_HERE / "migrations",
    translations=_HERE / "translations",
    audit_titles={
        "posts.created": _l("设岗"), "posts.changed": _l("修改岗位"), "posts.closed": _l("关闭岗位"), "posts.reopened": _l("重新开放岗位"),
        "posts.invited": _l("邀请党员领岗"), "posts.accepted": _l("答应领岗邀请"), "posts.declined": _l("谢绝领岗邀请"),
        "posts.list_printed": _l("打印岗位清单"), "posts.exported": _l("导出岗位清单"),
        "posts.plan_printed": _l("打印服务计划"), "posts.plan_exported": _l("导出服务计划"), "posts_post": _l("岗位"), "posts_invitation": _l("岗位邀请")},
    personal_data=_l("请党员认领岗位的邀请和答复。岗位本身不含党员姓名；服务对象的姓名加密保存。"),
)
