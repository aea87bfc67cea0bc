"""The pages, one module an area: each holds `pages`, a blueprint whose every route declares its access."""
from __future__ import annotations

import importlib
import pkgutil

from web.routing import Pages


def discover() -> tuple[Pages, ...]:
    """Every `pages` blueprint of this folder's modules, by module name."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    return tuple(module.pages for module in modules if hasattr(module, "pages"))
