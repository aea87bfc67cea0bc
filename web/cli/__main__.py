"""Lets `python -m web.cli` do what `baodao` does; the supervisor starts its children this way."""
from __future__ import annotations

from web.cli import main

main()
