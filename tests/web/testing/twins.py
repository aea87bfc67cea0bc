"""Plugins that break one promise each: the one that `baodao plugin new` writes, with a few characters changed.

Run as a program it tries them all, in a process of its own since they leave tables and permissions behind, and prints for each
which checks of the conformance kit fail.
"""
from __future__ import annotations

import importlib
import json
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.extension.registry import Registry, using
from core.logs import configure_logging
from migrations.runner import upgrade
from tenants.loading import load_plugins
from web.scaffolding import write_plugin
from web.testing.databases import TestDatabase
from web.testing.kit.checks import run_check
from web.testing.kit.subject import subject_of
from web.testing.kit.suite import CHECKS, Check, Stage, Subject, scratch_app, staged
from web.testing.server import ScratchServer

Change = tuple[str, str, str]


@dataclass(frozen=True)
class Twin:
    """A plugin that must fail `check` and no other: in `file` of the new plugin, `old` becomes `new`. NAME stands for its name."""

    check: str
    file: str
    old: str
    new: str
    also: tuple[Change, ...] = ()


TURNED = """
from flask import Blueprint

def turned(app):
    inner = app.wsgi_app
    def outer(environ, start_response):
        def start(status, headers, info=None):
            wrong = environ["PATH_INFO"].startswith("/p/NAME/") and (CONDITION)
            return start_response("200 OK" if wrong else status, headers, info)
        return inner(environ, start)
    app.wsgi_app = outer

def routes():
    more = Blueprint("NAME_more", __name__)
    more.record(lambda state: turned(state.app))
    return more

plugin = Plugin("""
PUBLIC = """
from flask import Blueprint
from core.api import public

def routes():
    more = Blueprint("NAME_public", __name__)
    more.add_url_rule("/call", "call", public(csrf=False)(lambda slug: "1"), methods=["POST"])
    return more

plugin = Plugin("""
SIGNED = 'lambda slug: "1"', 'lambda slug: ("no signature", 403)'
PUBLIC_ROUTES: Change = ("__init__.py", "    settings=Settings,", "    public_routes=routes, settings=Settings,")
ROUTES: Change = ("__init__.py", "    settings=Settings,", "    routes=routes, settings=Settings,")


def turning(check: str, condition: str) -> Twin:
    """A plugin that stands in front of the whole application and says 200 where the frame has refused."""
    return Twin(check, "__init__.py", "\nplugin = Plugin(", TURNED.replace("CONDITION", condition), (ROUTES,))


TWINS = {
    "another interface": Twin("manifest_is_valid", "__init__.py", '"0.1.0", api=1', '"0.1.0", api=99'),
    "a misspelt hook": Twin("hooks_are_known", "hooks.py", "def record_withdrawn(", "def record_withdraw("),
    "an import past the facade": Twin("only_core_api_is_imported", "hooks.py", "import uuid\n", "import uuid\nfrom core.db import new_id\n"),
    "an import by name": Twin("only_core_api_is_imported", "hooks.py", "import uuid\n",
                              "import uuid\nimport importlib\nimportlib.import_module('core.db')\n"),
    "a table by another name": Twin("tables_are_its_own", "models.py", '"NAME_card"', '"card_of_NAME"'),
    "an untagged text": Twin("tables_are_its_own", "models.py", "    minutes: Mapped[int]\n", "    minutes: Mapped[int]\n    note: Mapped[str | None]\n",
                             (("MIGRATION", '        sa.Column("minutes"', '        sa.Column("note", sa.String()),\n        sa.Column("minutes"'),)),
    "an act without a title": Twin("acts_have_titles", "__init__.py", '"NAME.given": _l("记感谢卡"), ', ""),
    "a text without English": Twin("both_languages_are_complete", "translations/en/LC_MESSAGES/NAME.po", 'msgid "时长"', 'msgid "长度"'),
    "an English source": Twin("both_languages_are_complete", "templates/panel.html", "{{ card.day", "{{ _('of the day') }}{{ card.day"),
    "a number without bounds": Twin("settings_are_declared", "__init__.py", "validate=validate.Range(1, 1440), ", ""),
    "a validator that breaks": Twin("settings_hold_old_and_new", "__init__.py", "validate=validate.Range(1, 1440)",
                                    "validate=[validate.Range(1, 1440), lambda minutes: 1 / max(minutes, 0) > 0]"),
    "no row-level security": Twin("tables_stand_behind_the_walls", "MIGRATION", '    enable_row_level_security("NAME_card")\n', ""),
    "no way down": Twin("migrations_go_down_and_up_again", "MIGRATION", '    op.drop_table("NAME_card")', "    pass"),
    "a column of no model": Twin("tables_are_as_the_models_say", "MIGRATION", '        sa.Column("day"',
                                 '        sa.Column("note", sa.Integer()),\n        sa.Column("day"'),
    "pages while off": turning("off_means_off", 'status.startswith("404")'),
    "pages for nobody": turning("anonymous_is_refused", '"/login" in dict(headers).get("Location", "")'),
    "pages for everybody": turning("permissions_refuse", 'status.startswith("403")'),
    "somebody else's member": Twin("permissions_refuse", "pages.py", "pages = PluginPages(\"NAME\")\n", """pages = PluginPages("NAME")


@pages.page("/members/<uuid:member_id>", title=_l("感谢卡"), permission="NAME.read", template="panel.html")
def of_member(member_id):
    return {"cards": []}
"""),
    "forms from anywhere": Twin("forms_need_their_token", "__init__.py", "\nplugin = Plugin(", TURNED.replace(
        "turned(state.app)", "state.app.config.update(WTF_CSRF_METHODS=())").replace("CONDITION", "False"), (ROUTES,)),
    "public pages while off": Twin("public_pages_are_the_tenants", "__init__.py", "\nplugin = Plugin(", TURNED.replace(
        "/p/NAME/", "/t/").replace("CONDITION", 'status.startswith("404")').replace("\nplugin = Plugin(", PUBLIC.replace(*SIGNED).replace(
            "    return more", "    more.record(lambda state: turned(state.app))\n    return more")), (PUBLIC_ROUTES,)),
    "a machine without a signature": Twin("public_writes_are_checked", "__init__.py", "\nplugin = Plugin(", PUBLIC, (PUBLIC_ROUTES,)),
    "a hook that raises": Twin("nothing_fails", "hooks.py", '["minutes"]', '["minutes"] / 0'),
    "a page that breaks": Twin("nothing_fails", "pages.py", "    return select(Card)", "    1 / 0\n    return select(Card)"),
    "SQL by hand": Twin("no_query_without_the_tenant", "pages.py", "    return select(Card)", """    from sqlalchemy import text
    if False:
        text("select count(*) from NAME_card")
    return select(Card)"""),
    "SQL put together": Twin("no_query_without_the_tenant", "pages.py", "    return select(Card)", """    from core.api import session
    from sqlalchemy import text
    session().execute(text(" ".join(["select count(*)", "from NAME_card"])))
    return select(Card)"""),
    "an erasure that leaves": Twin("members_can_be_exported_and_erased", "hooks.py", "delete(Card).where(Card.member_id == member_id)",
                                   "delete(Card).where(Card.member_id != Card.member_id)"),
    "an erasure of all": Twin("members_can_be_exported_and_erased", "hooks.py", "delete(Card).where(Card.member_id == member_id)",
                              "delete(Card)"),
    "an erasure that raises": Twin("members_can_be_exported_and_erased", "hooks.py", "    return len(session()", "    1 / 0\n    return len(session()"),
    "an export of nothing": Twin("members_can_be_exported_and_erased", "hooks.py", '_("感谢卡"), rows)', '_("感谢卡"), ())'),
}


@dataclass(frozen=True)
class Cut:
    """A part of the new plugin that is deleted, as its README says: files, functions of hooks.py, and what the manifest says of it."""

    files: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()


CUTS = {
    "without its page": Cut(("pages.py",), (), (("__init__.py", "import hooks, models, pages", "import hooks, models"),)),
    "without its events": Cut((), ("record_counted", "record_withdrawn"), ()),
    "without its panel": Cut(("templates/panel.html",), ("member_panels",), ()),
    "without its settings": Cut((), (), (("__init__.py", "    settings=Settings,\n", ""), ("hooks.py", 'settings("NAME")["minutes"]', "60"))),
}


def write(name: str, folder: Path, changes: Sequence[Change], files: Sequence[str] = (), functions: Sequence[str] = ()) -> None:
    """A new plugin of that name, changed and cut; every change must find its place."""
    package = write_plugin(name, folder) / name
    for place, old, new in changes:
        file = "migrations/0001_make_the_table_of_cards.py" if place == "MIGRATION" else place.replace("NAME", name)
        source = (package / file).read_text(encoding="utf-8")
        assert source.count(old.replace("NAME", name)) == 1, (name, file, old)
        (package / file).write_text(source.replace(old.replace("NAME", name), new.replace("NAME", name)), encoding="utf-8")
    for file in files:
        (package / file).unlink()
    for function in functions:
        source = (package / "hooks.py").read_text(encoding="utf-8")
        shorter = re.sub(rf"@hookimpl\ndef {function}\(.*?\n\n\n", "", source, count=1, flags=re.DOTALL)
        assert shorter != source, function
        (package / "hooks.py").write_text(shorter, encoding="utf-8")
    sys.path.insert(0, str(package.parent))


def failing(name: str, checks: Sequence[Check], server: ScratchServer) -> dict[str, list[str]]:
    """Those of the checks that the plugin fails, by name, with what they say."""
    with using(Registry()) as registry:
        registry.register(importlib.import_module(name).plugin)
        load_plugins()

        def new_database() -> TestDatabase:
            database = server.new_database()
            upgrade(database.migrate_url)
            return database

        if not any(check.staged for check in checks):
            return _faults(subject_of(importlib.import_module(name).plugin, name), None, checks)
        app = scratch_app("CRITICAL")
        subject = subject_of(importlib.import_module(name).plugin, name)
        with staged(subject, app, new_database) as stage:
            return _faults(subject, stage, checks)


def _faults(subject: Subject, stage: Stage | None, checks: Sequence[Check]) -> dict[str, list[str]]:
    outcomes = [run_check(check, subject, stage) for check in checks]
    return {outcome.check.name: list(outcome.faults) for outcome in outcomes if outcome.faults}


def checks_for(twin: Twin, seen: set[str]) -> Sequence[Check]:
    """What is run on a twin: every check; of those that read files only, these alone; of a promise's second twin, its own check."""
    check = CHECKS[twin.check]
    if twin.check in seen and check.staged:
        return [check]
    seen.add(twin.check)
    return [one for one in CHECKS.values() if check.staged or not one.staged]


def main() -> None:
    """Try the sound plugin, what remains of it without this or that part, and each twin."""
    configure_logging("CRITICAL", "text")
    load_plugins()
    server = ScratchServer()
    server.template()  # with the schema of core and the bundled plugins
    found: dict[str, Any] = {}
    seen: set[str] = set()
    try:
        with tempfile.TemporaryDirectory() as folder:
            write("sound", Path(folder), [])
            found["sound"] = failing("sound", list(CHECKS.values()), server)
            for number, (title, cut) in enumerate(CUTS.items()):
                write(f"cut_{number}", Path(folder), cut.changes, cut.files, cut.functions)
                found[title] = failing(f"cut_{number}", [c for c in CHECKS.values() if not c.staged or c.name == "nothing_fails"], server)
            for number, (title, twin) in enumerate(TWINS.items()):
                write(f"twin_{number}", Path(folder), [(twin.file, twin.old, twin.new), *twin.also])
                found[title] = failing(f"twin_{number}", checks_for(twin, seen), server)
    finally:
        server.stop()
    sys.stdout.write(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
