"""What saving a section would do, in words: old and new values, the counties that follow, and what follows from it."""
from __future__ import annotations

from dataclasses import dataclass

from core.extension.settings_registry import Section
from core.i18n import _
from core.organizations import tree
from tenants import settings
from tenants.settings import LEVELS, Outcome, SettingsView
from tenants.wording import field_title, joined, pair_words


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One value that would hold otherwise; `keeping` are the counties that have their own and keep it."""

    title: str
    before: str
    after: str
    follows: str
    keeping: str


def concerns_others(view: SettingsView, outcome: Outcome) -> bool:
    """Whether somebody beyond the level itself would notice, or the schema has something to say about it."""
    told = any(view.section.schema().fields[n].metadata.get("follows") for n in outcome.changed)
    return told or bool(outcome.locked or outcome.unlocked) or (view.organization_id is None and view.section.local
                                                                and bool(outcome.changed))


def rows(view: SettingsView, outcome: Outcome) -> list[TrialRow]:
    """What changes, one row a value."""
    own, fields = _counties_with_own(view), view.section.schema().fields
    return [TrialRow(field_title(view.section, n), *pair_words(before, after, fields[n]), str(fields[n].metadata.get("follows", "")),
                     joined(own.get(n, ()))) for n, (before, after) in outcome.changed.items()]


def locks(view: SettingsView, outcome: Outcome) -> list[str]:
    """What becomes of locks, one sentence a setting."""
    own, section = _counties_with_own(view), view.section
    return [*(_locked(section, n, own.get(n, [])) for n in sorted(outcome.locked)),
            *(_unlocked(section, n, own.get(n, [])) for n in sorted(outcome.unlocked))]


def following(view: SettingsView, outcome: Outcome) -> int | None:
    """How many counties go along with at least one change; None where counties have no part in it."""
    if view.organization_id is not None or not view.section.local or not outcome.changed:
        return None
    own = _counties_with_own(view)
    every = {row.name for row in tree.search([tree.root().path], kinds=LEVELS, limit=200)}
    return len({name for setting in outcome.changed for name in every - set(own.get(setting, ()))})


def _counties_with_own(view: SettingsView) -> dict[str, list[str]]:
    """Names of the counties that have laid down their own value, by setting."""
    if view.organization_id is not None or not view.section.local:
        return {}
    found = {place: values for (namespace, place), values in settings.own_of_places().items() if namespace == view.section.namespace}
    names = tree.names(found)
    result: dict[str, list[str]] = {}
    for place, values in found.items():
        for name in values:
            result.setdefault(name, []).append(names[place])
    return {name: sorted(places) for name, places in result.items()}


def _locked(section: Section, name: str, places: list[str]) -> str:
    text = _("锁定“%(title)s”：区县不能再改", title=field_title(section, name))
    return _("%(text)s；%(places)s自己的值从此不用。", text=text, places=joined(places)) if places else f"{text}。"


def _unlocked(section: Section, name: str, places: list[str]) -> str:
    text = _("不再锁定“%(title)s”：区县可以改", title=field_title(section, name))
    return _("%(text)s；%(places)s自己的值重新生效。", text=text, places=joined(places)) if places else f"{text}。"
