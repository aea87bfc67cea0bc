"""Small plugins for tests."""
from __future__ import annotations

import datetime as dt
import types
import uuid
from collections.abc import Mapping
from typing import Any

from core.extension.facts import RecordFact
from core.extension.hookspecs import hookimpl
from core.extension.manifest import Plugin


def make_plugin(name: str, hooks: Mapping[str, Any] | None = None, **manifest: Any) -> Plugin:
    """A plugin whose hooks are plain functions; they are marked here, as a plugin's author would do."""
    module = types.ModuleType(name)
    for key, value in (hooks or {}).items():
        setattr(module, key, value if hasattr(value, "baodao_impl") else hookimpl(value))
    return Plugin(**{"name": name, "title": name, "description": "", "version": "1", "hooks": module, **manifest})


def make_record(**values: Any) -> RecordFact:
    """A record of one hour."""
    return RecordFact(**{"record_id": uuid.uuid4(), "member_id": uuid.uuid4(), "unit_id": None, "community_id": uuid.uuid4(),
                         "kind": "patrol", "minutes": 60, "happened_on": dt.date(2015, 3, 1), "evaluation": "good", **values})
