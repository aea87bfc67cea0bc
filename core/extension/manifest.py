"""What a plugin says of itself, true for every tenant: frozen data, checked when the plugin is loaded."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marshmallow import Schema

from core.db import TenantRow
from core.extension.approval_kinds import ApprovalKind
from core.extension.dataset import Dataset
from core.extension.declarations import PluginPages, Text
from core.extension.rule_kinds import RuleKind
from core.jobs.context import JobContext

API_VERSION = 1
#: Blocks of the menu in which a plugin's entries may stand.
NAVIGATION_GROUPS = ("plugins", "service", "exchange", "figures", "honours")


@dataclass(frozen=True, slots=True)
class Permission:
    """A right that the plugin adds. `code` begins with the plugin's name; `roles` have it from the start."""

    code: str
    title: Text
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Navigation:
    """An entry of the menu: `endpoint` is the plugin's own, `permission` decides who sees it. `order`: small first.

    `group` is the block in which it stands: "service" (what is done for residents), "exchange" (between communities and units),
    "figures", "honours" (points, stars, awards), or "plugins", for what fits nowhere else.
    """

    title: Text
    endpoint: str
    permission: str
    icon: str = "puzzle"
    order: int = 100
    group: str = "plugins"


@dataclass(frozen=True, slots=True)
class Measure:
    """A named number of a member, such as points.balance, by which plugins cooperate without importing each other.

    `read` answers one member's; `values` a select of member_id and value for all who have one, so that rules read them at once.
    The number is in 1/`scale` of what people call it: minutes of an hour have scale 60.
    """

    name: str
    title: Text
    read: Callable[[uuid.UUID], int]
    values: Callable[[], Any] | None = None
    scale: int = 1


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job; `run` takes the JobContext. It waits where the plugin is off. `at` ("02:00", Shanghai) or `every`
    lets it come round by itself for each tenant; `resumable` lets it commit parts.
    """

    kind: str
    title: Text
    run: Callable[[JobContext], dict[str, Any] | None]
    resumable: bool = False
    at: str | None = None
    every: dt.timedelta | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that comes round for a role (a code such as community_officer), for the page on which a tenant sees what it asks for.

    `days` answers how many days lie between two times as the tenant's settings have it, None where it is not asked for at all; `setting`
    names what decides it, "section.name".
    """

    role: str
    title: Text
    days: Callable[[], int | None]
    setting: str = ""


@dataclass(frozen=True, slots=True)
class MatterKind:
    """How the matters that a plugin puts up are called (岗位, 微心愿 ...), and the endpoints of the plugin's own that show one.

    Each takes `matter_id`: `show` is for officers, `own` for members. Core's lists and registers link there while the plugin works.
    `public` answers the endpoint of the public page on which a community's matters stand, which takes `slug` and the community's
    `code`; None where that community has none.
    """

    title: Text
    show: str
    own: str
    public: Callable[[uuid.UUID], str | None] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Plugin:
    """A plugin's manifest. Texts are lazy Chinese source strings.

    `name` prefixes its tables, permissions, jobs and measures. `hooks` is the module or object with its hook
    implementations. `local_settings`: counties may lay down their own, and the plugin reads them by a community or other place.
    `report_formats` is a folder with one folder a format, for the plugin "reports"; `datasets` are what formats are made of.
    `pages` declares its pages; `routes` and `api_routes` make what the web mounts beside them, and core does not look inside.
    `approvals` are its acts that need a second person.
    `duties` are what comes round for somebody while the plugin is on.
    `matters` says how the matters are called that the plugin puts up for members to take on.
    `public_routes` makes pages for people without an account, below /t/<slug>/p/<name>, each view marked `public`.
    `audit_titles` puts the actions and kinds of objects that it writes to the audit log into words; those of declared pages are
    known. `personal_data` says for what the plugin holds data about persons; None means that it holds none, and then it needs no
    export and no erasure.
    `package=__name__` lets what lies there be found: hook implementations, pages, models, and the folders migrations,
    translations and templates; what is given explicitly goes before.
    """

    name: str
    title: Text
    description: Text
    version: str
    api: int = API_VERSION
    requires: tuple[str, ...] = ()
    hooks: object | None = None
    settings: type[Schema] | None = None
    local_settings: bool = False
    permissions: tuple[Permission, ...] = ()
    terms: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    routes: Callable[[], Any] | None = None
    public_routes: Callable[[], Any] | None = None
    api_routes: Callable[[], Any] | None = None
    jobs: tuple[JobKind, ...] = ()
    navigation: tuple[Navigation, ...] = ()
    measures: tuple[Measure, ...] = ()
    datasets: tuple[Dataset, ...] = ()
    report_formats: Path | None = None
    rule_kinds: tuple[RuleKind, ...] = ()
    approvals: tuple[ApprovalKind, ...] = ()
    models: tuple[type[TenantRow], ...] = ()
    migrations: Path | None = None
    translations: Path | None = None
    matters: MatterKind | None = None
    duties: tuple[Duty, ...] = ()
    audit_titles: Mapping[str, Text] = field(default_factory=dict)
    personal_data: Text | None = None
    package: str | None = None
    pages: PluginPages | None = None
    templates: Path | None = None

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of its tables."""
        return tuple(str(model.__tablename__) for model in self.models)  # type: ignore[attr-defined]
