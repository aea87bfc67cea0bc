"""A plugin's texts and their English, read from its files wherever they are installed."""
from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from core.translations_tool import KEYWORDS, LANGUAGE
from web.testing.kit.subject import Subject

_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
_OPTIONS = {"**/templates/**.html": {"extensions": "jinja2.ext.do", "trimmed": "true", "silent": "false"}}
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
_CHINESE, _WORD = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[A-Za-z]{4,}")


def texts(subject: Subject) -> Iterator[tuple[Any, str]]:
    """Each text with file and line; a plural is a tuple."""
    for name, line, text, _comments, _context in extract_from_dir(subject.folder, _METHODS, _OPTIONS, keywords=KEYWORDS):
        if "tests" not in Path(name).parts:
            yield text, subject.place(subject.folder / name, line)


def untranslated(subject: Subject) -> Iterator[tuple[str, str, str]]:
    """Texts without an English translation, or with one whose placeholders differ: the text, its place, the file to mend."""
    file = _folder(subject) / f"{subject.plugin.name}.po"
    known = _catalogue(file)
    for text, place in texts(subject):
        message = known.get(text)
        first = text if isinstance(text, str) else text[0]
        if message is None or message.fuzzy or not _agrees(text, message.string):
            yield first, place, file.relative_to(subject.folder.parent).as_posix()


def chinese_sources(subject: Subject) -> Iterator[tuple[str, str]]:
    """Texts that are not Chinese, with their places."""
    for text, place in texts(subject):
        words = _PLACEHOLDER.sub("", text if isinstance(text, str) else text[0])
        if _WORD.search(words) and not _CHINESE.search(words):
            yield words, place


def _agrees(text: Any, translation: Any) -> bool:
    strings = [translation] if isinstance(translation, str) else list(translation)
    wanted = set(_PLACEHOLDER.findall(text if isinstance(text, str) else " ".join(text)))
    return all(strings) and set(_PLACEHOLDER.findall(strings[-1])) == wanted


def _folder(subject: Subject) -> Path:
    return (subject.plugin.translations or subject.folder / "translations") / LANGUAGE / "LC_MESSAGES"


def _catalogue(file: Path) -> Catalog:
    for path, read in ((file, read_po), (file.with_suffix(".mo"), read_mo)):
        if path.exists():
            with path.open("rb") as stream:
                return read(stream)
    return Catalog(locale=LANGUAGE)
