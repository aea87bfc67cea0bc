"""The reference keeps to the code: its names, its lists, its numbers, and no code outside a file that a test runs."""
from __future__ import annotations

import ast
import dataclasses
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core import api, pages
from core.access.roles import ROLES, permissions
from core.extension.hookspecs import RULES
from core.terms import TERMS
from docs import lists
from tests.docs.conftest import EXAMPLES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
SHOWN = {"sh", "text"}  # what one types into a shell, and what comes out


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its language or directive, the argument, and the lines in it."""

    page: str
    kind: str
    argument: str
    lines: tuple[str, ...]

    def options(self) -> dict[str, str]:
        """A directive's options."""
        return {name: value.strip() for line in self.lines if line.startswith(":") for name, _, value in [line[1:].partition(":")]}


def blocks(path: Path, text: str | None = None) -> Iterator[Block]:
    """The fenced blocks of a page."""
    found: list[str] | None = None
    for line in (path.read_text(encoding="utf-8") if text is None else text).splitlines():
        if line.lstrip().startswith(("```", "~~~", ":::")):
            if found is None:
                found = [line.strip()]
                continue
            kind, _, argument = found[0].strip("`~:").partition("}") if "{" in found[0] else (found[0].strip("`~:"), "", "")
            yield Block(path.name, kind.removeprefix("{"), argument.strip(), tuple(found[1:]))
            found = None
        elif found is not None:
            found.append(line)


def loose(path: Path, text: str | None = None) -> list[Block]:
    """Blocks with code that is in no file."""
    return [b for b in blocks(path, text) if b.kind not in SHOWN | {"literalinclude", "list", "names", "pages", "rest", "toctree"}]


INCLUDED = [block for page in PAGES for block in blocks(page) if block.kind == "literalinclude"]


def test_no_code_stands_outside_a_file() -> None:
    assert [block for page in PAGES for block in loose(page)] == []


@pytest.mark.parametrize("fence", ["```python\nimport os\n```", "```\nimport os\n```", "~~~py\nx = 1\n~~~", "```{code-block} python\nx\n```"])
def test_twin_code_outside_a_file_is_found(fence: str) -> None:
    assert len(loose(Path("page.md"), f"# Page\n\n{fence}\n")) == 1


def test_what_is_included_is_there() -> None:
    assert [b.argument for b in INCLUDED if not (DOCS / b.argument).is_file()] == []
    for block in INCLUDED:
        text, options = (DOCS / block.argument).read_text(encoding="utf-8"), block.options()
        assert [v for k, v in options.items() if k in ("start-at", "end-at", "end-before", "start-after") and v not in text] == []
        if "pyobject" in options:
            assert options["pyobject"] in {n.name for n in ast.parse(text).body if isinstance(n, ast.FunctionDef | ast.ClassDef)}


def test_what_is_included_is_run_by_a_test_of_its_own() -> None:
    homes = ("docs/examples/", "web/_scaffold/", "plugins/")
    included = {(DOCS / b.argument).resolve().relative_to(ROOT).as_posix() for b in INCLUDED}
    assert {path for path in included if not path.startswith(homes)} == set()


def test_every_example_is_installed_by_the_tests_and_shown_on_a_page() -> None:
    kept = {path.stem for path in (DOCS / "examples").iterdir() if path.name != "__pycache__"}
    assert kept == {plugin.name for plugin in EXAMPLES}
    shown = {Path(b.argument).parts[1].removesuffix(".py") for b in INCLUDED if b.argument.startswith("examples/")}
    assert shown == kept


def test_the_examples_import_core_api_only() -> None:
    house = {"core", "tenants", "web", "plugins", "migrations", "tests", "docs"}
    for path in (DOCS / "examples").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level == 0 and n.module}
        names |= {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
        assert {name for name in names if name.partition(".")[0] in house} <= {"core.api", "core.pages"}, path


def test_the_page_of_core_api_has_exactly_its_names_in_its_order() -> None:
    groups = [block.argument.split() for block in blocks(DOCS / "api.md") if block.kind == "names"]
    grouped = [name for group in groups for name in group]
    assert [name for name in grouped if name not in api.__all__ or grouped.count(name) > 1] == []
    assert [sorted(group, key=api.__all__.index) for group in groups] == groups
    assert [block.kind for block in blocks(DOCS / "api.md")][-1] == "rest"  # whatever no group has


def test_every_name_of_core_pages_stands_on_the_page_once_and_says_what_it_is() -> None:
    told = {name: b.lines for b in blocks(DOCS / "api.md") if b.kind == "pages" for name in b.argument.split()}
    grouped = [name for b in blocks(DOCS / "api.md") if b.kind == "pages" for name in b.argument.split()]
    assert sorted(grouped) == sorted(pages.__all__)
    assert {name for name, lines in told.items() if lines} == {n for n in pages.__all__ if not inspect.isroutine(getattr(pages, n))}
    assert [n for n in pages.__all__ if inspect.isroutine(getattr(pages, n)) and not inspect.getdoc(getattr(pages, n))] == []


def test_the_page_of_the_manifest_has_exactly_its_fields() -> None:
    told = re.findall(r"^\| `(\w+)` \|", (DOCS / "manifest.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(told) == sorted(field.name for field in dataclasses.fields(api.Plugin))


def test_every_name_of_core_api_says_what_it_is() -> None:
    said = {b.argument for b in blocks(DOCS / "api.md") if b.kind == "names" and b.lines}
    own = [n for n in api.__all__ if inspect.isclass(getattr(api, n)) or inspect.isroutine(getattr(api, n))]
    assert [n for n in own if not (inspect.getdoc(getattr(api, n)) or "").strip()] == []
    assert said == set(api.__all__) - set(own)


def test_the_lists_are_whole() -> None:
    def first(name: str) -> list[str]:
        return re.findall(r"^\| \[?`([^`]+)`", "\n".join(lists.LISTS[name]()), re.MULTILINE)

    assert first("roles") == list(ROLES)
    assert first("permissions") == [p.code for p in permissions()]
    assert first("hooks") == list(RULES)
    assert first("terms") == sorted(TERMS)
    assert "NotFound" in first("errors")
    assert {block.argument for page in PAGES for block in blocks(page) if block.kind == "list"} == set(lists.LISTS)


def test_every_number_of_the_notice_in_the_code_is_explained() -> None:
    known = set(re.findall(r"^\| ([RD]\d+) \|", (DOCS / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert known == {f"R{n}" for n in range(1, 98)} | {f"D{n}" for n in range(1, 18)}
    cited = {number for room in ("core", "tenants", "plugins", "web") for path in (ROOT / room).rglob("*.py")
             for number in re.findall(r"\b[RD]\d{1,2}\b", path.read_text(encoding="utf-8"))}
    assert cited - known == set()


def test_pages_lead_to_files_that_are_there() -> None:
    """Also in the pages that the tool does not build."""
    for page in (*PAGES, *ROOT.glob("*.md")):
        for target in re.findall(r"\]\(([^)#\s:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page.name, target)
