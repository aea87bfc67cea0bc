"""Small plugins for tests."""
from __future__ import annotations

import datetime as dt
import importlib
import sys
import types
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.db import Base
from core.extension.facts import RecordFact
from core.extension.hookspecs import hookimpl
from core.extension.manifest import Plugin
from core.extension.registry import Registry, using

#: All that come with the house.
BUNDLED = ("awards", "cobuilding", "consultation", "feedback", "liaison", "menu", "needs", "pledges", "points", "posts", "practice", "reports", "stars",
           "unit_desk", "wishes")


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


@contextmanager
def imported(folder: Path, name: str, source: str) -> Iterator[types.ModuleType]:
    """A package of that source, in which {name} is its name, imported anew from `folder` and forgotten afterwards."""
    package = folder / name
    package.mkdir(exist_ok=True)
    (package / "__init__.py").write_text(source.replace("{name}", name), encoding="utf-8")
    sys.path.insert(0, str(folder))
    try:
        importlib.invalidate_caches()
        yield importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))
        for table in [t for t in Base.metadata.tables if t.startswith(f"{name}_")]:
            Base.metadata.remove(Base.metadata.tables[table])
        for module in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
            del sys.modules[module]


@contextmanager
def loaded(folder: Path, name: str, source: str) -> Iterator[Registry]:
    """The same as a plugin, loaded alone."""
    with imported(folder, name, source) as module, using(Registry()) as registry:
        assert registry.register(module.plugin), registry.refused
        yield registry
