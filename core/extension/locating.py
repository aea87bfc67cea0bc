"""Says of an error in a plugin's code what it is and where: the file and line of the plugin's own, and what was probably meant."""
from __future__ import annotations

import dataclasses
import re
import sys
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

from core.errors import BaodaoError
from core.extension.declarations import PluginPages, TableColumn
from core.extension.manifest import JobKind, Measure, Navigation, Permission, Plugin
from core.spelling import did_you_mean

_ARGUMENT = re.compile(r"(\w+)(?:\.(\w+))?\(\) got an unexpected keyword argument '(\w+)'")
_NAME = re.compile(r"cannot import name '(\w+)' from '(core\.api)'")
_ATTRIBUTE = re.compile(r"module 'core\.api' has no attribute '(\w+)'")
_MANIFEST = {kind.__name__: kind for kind in (Plugin, Permission, Navigation, Measure, JobKind, TableColumn)}
_OURS = Path(__file__).resolve().parents[2]


def located(error: BaseException, module: str | None = None) -> str:
    """The error in one line: type, text, a guess at what was meant, and the last place in the code of the package of `module`."""
    if isinstance(error, BaodaoError):  # a sentence that says it all
        return error.message
    place = f"（{where}）" if (where := _place(error, module)) else ""
    text = str(error.msg if isinstance(error, SyntaxError) else error)
    return f"{type(error).__name__}: {text}{_meant(text)}{place}"


def _place(error: BaseException, module: str | None) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return _shown(error.filename, error.lineno or 0, module)
    frames = list(_frames(error.__traceback__))
    own = [frame for frame in frames if _is_of(frame[0], module)]
    if not (chosen := own or [frame for frame in frames if not frame[0].startswith("<frozen")]):
        return ""
    return _shown(*chosen[-1], module)


def _frames(trace: TracebackType | None) -> Iterator[tuple[str, int]]:
    return ((frame.filename, frame.lineno or 0) for frame in traceback.extract_tb(trace))


def _is_of(file: str, module: str | None) -> bool:
    """Whether a file belongs to the package, by the folders of its name; after a failed import it is in sys.modules no longer."""
    if not module or file.startswith("<"):
        return False
    parts, path = module.split("."), Path(file).with_suffix("")
    return any(path.parts[-len(parts) - depth:][:len(parts)] == tuple(parts) for depth in range(4))


def _shown(file: str, line: int, module: str | None) -> str:
    path, root = Path(file), (module or "").partition(".")[0]
    start = len(path.parts) - 1 - path.parts[::-1].index(root) if root in path.parts else -3
    short = path.relative_to(_OURS) if path.is_relative_to(_OURS) else Path(*path.parts[start:])
    return f"{short.as_posix()} 第 {line} 行"


def _meant(text: str) -> str:
    if found := _ARGUMENT.search(text):
        return did_you_mean(found[3], _arguments(found[1], found[2]))
    if found := _NAME.search(text) or _ATTRIBUTE.search(text):
        return did_you_mean(found[1], [name for home in ("core.api", "core.pages") for name in getattr(sys.modules.get(home), "__all__", ())])
    return ""


def _arguments(owner: str, method: str | None) -> Iterable[str]:
    if owner in _MANIFEST:
        return [one.name for one in dataclasses.fields(_MANIFEST[owner])]
    function = getattr(PluginPages, method, None) if owner == PluginPages.__name__ and method else None
    return function.__code__.co_varnames[:function.__code__.co_argcount + function.__code__.co_kwonlyargcount] if function else ()
