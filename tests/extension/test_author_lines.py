"""How much an author writes for a whole plugin: table, page, permission, menu, setting, event, export, form, button, second language.

Counted are the lines written by hand: not blank; of the translations those that translate; the migration is written by
`baodao plugin migration`. Its test is the one of its hook and setting: that off means off, rights, tenants and reach is tried by the
conformance kit for every plugin alike. Purpose is what says something of the plugin's subject: no import, no docstring, no marker of the frame.
"""
from __future__ import annotations

import ast
from pathlib import Path

from tests.support import snow

FOLDER = Path(snow.__file__).parent
FRAME = ("__tablename__", "pages = PluginPages", "@hookimpl")
TEST = "test_its_hook_and_its_setting"


def counted(path: Path) -> tuple[int, int]:
    """A module's written lines, and those of purpose."""
    text = path.read_text(encoding="utf-8")
    beside: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        if isinstance(node, ast.Import | ast.ImportFrom) or is_docstring:
            beside |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    written = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    return len(written), sum(number not in beside and not line.strip().startswith(FRAME) for number, line in written)


def own_test() -> int:
    """The lines of the plugin's own test."""
    tree = ast.parse((Path(__file__).parents[1] / "web" / "test_plugin_pages.py").read_text(encoding="utf-8"))
    [found] = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == TEST]
    return (found.end_lineno or 0) - found.lineno + 1


def test_at_most_eighty_lines_of_which_sixty_per_cent_are_purpose() -> None:
    modules = [counted(path) for path in sorted(FOLDER.glob("*.py"))]
    catalogue = (FOLDER / "translations" / "en" / "LC_MESSAGES" / "snow.po").read_text(encoding="utf-8")
    translated = sum(line.startswith("msgstr") for line in catalogue.split("\n"))
    written = sum(count for count, _purpose in modules) + translated + own_test()
    purpose = sum(count for _count, count in modules) + translated + own_test()
    assert (written <= 80, purpose / written >= 0.6) == (True, True), (written, purpose)


def test_twin_the_count_sees_imports_and_blank_lines() -> None:
    assert counted(FOLDER / "models.py") == (17, 9)
