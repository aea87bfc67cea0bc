"""What the tenant at hand asks of each role: forms, fields, what comes round, what is asked twice, and what each plugin adds."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import Flask

from core.access.roles import COMMUNITY, COUNTY, LIAISON, MEMBER, ROLES, STREET, permission
from core.extension.activation import enabled_plugins
from core.extension.dispatch import attempt
from core.extension.manifest import Duty
from core.extension.registry import current
from core.extension.settings import effective
from core.i18n import _l
from web.burden.forms import FormFact, forms_of

WHO = (MEMBER, COMMUNITY, LIAISON, STREET, COUNTY)
YEAR = 365
#: What many forms ask for and means another thing in each of them.
NO_FACT = frozenset({"reason", "note", "answer", "text", "comment", "version", "title", "says", "decision", "description", "category", "kind", "day", "rating",
                     "happened_on", "minutes", "code", "why"})


def _norm_days() -> int | None:
    times: int = effective("service")["activity_norm"]
    return YEAR // times if times else None


CORE_DUTIES = (Duty(MEMBER, _l("参加社区活动（只作提示，不作考核）"), _norm_days, "service.activity_norm"),)


@dataclass(frozen=True, slots=True)
class RoleFact:
    """What one role may be asked: its forms, and how many fields they have, must have filled in, and ask for photos."""

    role: str
    forms: tuple[FormFact, ...]

    @property
    def fields(self) -> int:
        """All fields of all forms."""
        return sum(len(form.fields) for form in self.forms)

    @property
    def required(self) -> int:
        """Those that must be filled in."""
        return sum(len(form.required) for form in self.forms)

    @property
    def photos(self) -> int:
        """Those that ask for a picture."""
        return sum(one.photo for form in self.forms for one in form.fields)

    @property
    def title(self) -> str:
        """The role in words."""
        return str(ROLES[self.role].title)


@dataclass(frozen=True, slots=True)
class TwiceFact:
    """A fact that one role may write in several forms: the field's title, and what the forms are for."""

    role: str
    title: str
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddedFact:
    """What a plugin adds to what core asks, by role: forms, fields, fields that must be filled in; and what comes round through it."""

    plugin: str
    title: str
    by_role: dict[str, tuple[int, int, int]]
    duties: int


@dataclass(frozen=True, slots=True)
class DutyFact:
    """What comes round: for whom, how often a year, and the setting that decides it."""

    role: str
    title: str
    times: float
    setting: str


def plugins_on() -> frozenset[str]:
    """The plugins that work for the tenant."""
    return frozenset(current().plugins) & frozenset(enabled_plugins())


def by_role(app: Flask) -> list[RoleFact]:
    """What each role may be asked now."""
    on = plugins_on()
    return [RoleFact(role, tuple(forms_of(app, role, on))) for role in WHO]


def twice(roles: Iterable[RoleFact]) -> list[TwiceFact]:
    """Where one role may write the same fact in two forms of different rights: same name and same title of a field that is written freely."""
    found = []
    for role in roles:
        places: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for form in role.forms:
            for one in form.fields:
                if one.written and one.name not in NO_FACT:
                    places[one.name, str(one.title)][form.permission] = str(permission(form.permission).title)
        found += [TwiceFact(role.role, title, tuple(sorted(forms.values()))) for (_name, title), forms in sorted(places.items()) if len(forms) > 1]
    return found


def duties() -> list[DutyFact]:
    """What comes round, core's and that of the plugins that work."""
    declared = [(duty, duty.days()) for duty in CORE_DUTIES] + [(duty, _days(name, duty)) for name in sorted(plugins_on())
                                                                for duty in current().plugins[name].duties]
    return [DutyFact(duty.role, str(duty.title), round(YEAR / days, 1), duty.setting) for duty, days in declared if days]


def _days(plugin: str, duty: Duty) -> int | None:
    """How often a plugin asks for something; None as well where it fails to say, which is counted as its failure."""
    days: int | None = attempt(plugin, "duties", lambda ask: ask(), duty.days)
    return days


def added(app: Flask) -> list[AddedFact]:
    """What each plugin that works has added; a tenant begins without any."""
    roles = by_role(app)
    found = []
    for name in sorted(plugins_on()):
        own = {role.role: [form for form in role.forms if form.plugin == name] for role in roles}
        found.append(AddedFact(name, str(current().plugins[name].title), {role: _sizes(forms) for role, forms in own.items()},
                               sum(bool(_days(name, duty)) for duty in current().plugins[name].duties)))
    return found


def _sizes(forms: Sequence[FormFact]) -> tuple[int, int, int]:
    return len(forms), sum(len(form.fields) for form in forms), sum(len(form.required) for form in forms)
