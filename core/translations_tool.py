"""Keeps the English catalogues complete: `python -m core.translations_tool missing | update | fill FILE | compile`.

    missing     print each text without an English translation as a line of JSON {"domain", "text", "where"}; exit 1 if any
    update      extract the texts and bring the .po files up to date; texts that are no longer used are dropped
    fill FILE   update, then take translations from a JSON object {text: translation} (a plural has [one, many])
    compile     write the .mo files (part of `make install`; without them the .po files are read at start)

The domain "baodao" covers core, tenants and web; each folder of plugins/ has the domain of its own name.
"""
from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
LANGUAGE = "en"
KEYWORDS: Mapping[str, tuple[int, ...] | None] = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
}
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Domain:
    """A catalogue: its name, the folders whose texts it holds and the folder it lies in."""

    name: str
    sources: tuple[Path, ...]
    folder: Path

    @property
    def po(self) -> Path:
        """The English catalogue's source."""
        return self.folder / LANGUAGE / "LC_MESSAGES" / f"{self.name}.po"


def domains(root: Path = ROOT) -> list[Domain]:
    """The product's catalogue, then one for each plugin that lies in this checkout."""
    own = Domain("baodao", tuple(root / name for name in ("core", "tenants", "web")), root / "core" / "translations")
    folders = sorted(path.parent for path in (root / "plugins").glob("*/__init__.py"))
    return [own, *(Domain(folder.name, (folder,), folder / "translations") for folder in folders)]


def extracted(domain: Domain, root: Path = ROOT) -> Catalog:
    """A catalogue of all texts in the domain's sources, untranslated."""
    with (root / "babel.cfg").open(encoding="utf-8") as stream:
        methods, options = parse_mapping_cfg(stream)
    catalog = Catalog(locale=LANGUAGE, domain=domain.name, project="Baodao", copyright_holder="the Baodao authors")
    for source in domain.sources:
        for name, line, text, _comments, context in extract_from_dir(source, methods, options, keywords=KEYWORDS):
            catalog.add(text, None, [((source / name).relative_to(root).as_posix(), line)], context=context)
    return catalog


def missing(domain: Domain, root: Path = ROOT) -> list[Message]:
    """The texts in code and templates for which the domain's .po has no translation."""
    known = _read(domain)
    return [message for message in _texts(extracted(domain, root)) if not _is_translated(known.get(message.id))]


def translated(domain: Domain) -> list[Message]:
    """The texts that the domain's .po translates."""
    return [message for message in _texts(_read(domain)) if _is_translated(message)]


def untranslated_sources(domain: Domain, root: Path = ROOT) -> list[str]:
    """Texts whose source is not Chinese: somebody wrote the English one into the code."""
    firsts = (message.id if isinstance(message.id, str) else message.id[0] for message in _texts(extracted(domain, root)))
    bare = ((text, _PLACEHOLDER.sub("", text)) for text in firsts)
    return [text for text, words in bare if re.search(r"[A-Za-z]{4,}", words) and not _CHINESE.search(words)]


def update(domain: Domain, translations: Mapping[str, str | list[str]] | None = None, root: Path = ROOT) -> None:
    """Bring the .po up to date with the sources, taking new `translations` by text."""
    catalog, known = extracted(domain, root), _read(domain)
    for message in _texts(catalog):
        first = message.id if isinstance(message.id, str) else message.id[0]
        old = known.get(message.id)
        given = (translations or {}).get(first)
        if given is not None:
            message.string = tuple(given) if isinstance(given, list) else given
        elif old is not None and _is_translated(old):
            message.string = old.string
    catalog.creation_date = known.creation_date  # else two branches could never be merged without a conflict in this line
    domain.po.parent.mkdir(parents=True, exist_ok=True)
    with domain.po.open("wb") as stream:
        write_po(stream, catalog, sort_output=True, width=120, no_location=True, ignore_obsolete=True, omit_header=False)


def compile_all(root: Path = ROOT) -> None:
    """Write the .mo beside each .po."""
    for domain in domains(root):
        if domain.po.exists():
            with domain.po.with_suffix(".mo").open("wb") as stream:
                write_mo(stream, _read(domain))


def _read(domain: Domain) -> Catalog:
    if not domain.po.exists():
        return Catalog(locale=LANGUAGE)
    with domain.po.open("rb") as stream:
        return read_po(stream, locale=LANGUAGE, abort_invalid=True)


def _texts(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def _is_translated(message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return False
    return all(message.string) if isinstance(message.string, (list, tuple)) else bool(message.string)


def _print_missing() -> int:
    found = [(domain.name, message) for domain in domains() for message in missing(domain)]
    for name, message in found:
        where = [f"{file}:{line}" for file, line in message.locations]
        line = json.dumps({"domain": name, "text": message.id, "where": where}, ensure_ascii=False)
        sys.stdout.write(line + "\n")
    return 1 if found else 0


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code is 1 when `missing` finds something."""
    parser = argparse.ArgumentParser(description="Keeps the English catalogues complete.")
    parser.add_argument("command", choices=["missing", "update", "fill", "compile"])
    parser.add_argument("file", nargs="?", type=Path, help="translations for fill, as JSON")
    options = parser.parse_args(arguments)
    if options.command == "missing":
        return _print_missing()
    if options.command == "compile":
        compile_all()
        return 0
    if options.command == "fill" and options.file is None:
        parser.error("fill needs a file")
    given = json.loads(options.file.read_text(encoding="utf-8")) if options.command == "fill" else None
    for domain in domains():
        update(domain, given)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
