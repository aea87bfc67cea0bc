"""Brings the scope's tenant to a target: switches, settings, locks, counties' values and words, in one transaction."""
from __future__ import annotations

from collections.abc import Mapping

from core.extension.activation import is_on
from core.extension.registry import current
from core.extension.settings_registry import section
from tenants import activation, settings, terms
from tenants.differences import Target
from tenants.planting import Known
from tenants.state import Tree


def reach(target: Target, organizations: Mapping[str, Known]) -> None:
    """Make the target true. `organizations` tell the counties by code. Raises Conflict and Invalid as the single acts do."""
    _switch(target)
    for namespace in {**target.settings, **target.locked}:
        if section(namespace).plugin and not is_on(namespace):
            continue  # what a plugin that is off laid down comes back with it
        view = settings.get(namespace)
        values, locked = target.settings.get(namespace, view.own), target.locked.get(namespace, view.locked)
        if (values, locked) != (view.own, view.locked):
            settings.save(namespace, values, version=view.version, locked=locked)
    _counties(target.counties, organizations)
    for locale, names in target.terms.items():
        terms.save_terms(names, locale)


def _switch(target: Target) -> None:
    order = list(current().plugins)  # each after those that it needs
    for name in sorted(target.plugins_off, key=order.index, reverse=True):
        activation.disable(name)
    for name in sorted(target.plugins_on, key=order.index):
        activation.enable(name)


def _counties(wanted: Mapping[str, Tree], organizations: Mapping[str, Known]) -> None:
    for code, sections in wanted.items():
        for namespace, values in sections.items():
            if code not in organizations or (section(namespace).plugin and not is_on(namespace)):
                continue
            view = settings.get(namespace, organizations[code].id)
            if view.own != values:
                settings.save(namespace, values, organizations[code].id, version=view.version, below_locks=True)
