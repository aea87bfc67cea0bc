"""The demonstration's logins: one password for the cast, kept for the owner of the data folder, and the table of who is who."""
from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from web.demo.cities import CITIES
from web.demo.seeding import OPERATOR

NAME = "demo-logins.json"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that people confuse


def stored(folder: Path) -> str | None:
    """The password that was kept at the first start; None before it, or when the file is gone."""
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return str(found["password"])


def keep(folder: Path, password: str) -> None:
    """Write the file, readable to the owner only, before anything is made with the password."""
    draft = folder / f".{NAME}.{os.getpid()}"
    draft.touch(mode=0o600)
    draft.write_text(json.dumps({"password": password}) + "\n", encoding="utf-8")
    draft.replace(folder / NAME)


def new_password() -> str:
    """Three groups of four letters and digits, some 59 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _letter in range(4)) for _group in range(3))


def table(base_url: str) -> list[dict[str, str]]:
    """Who can sign in where: place, role, address, username."""
    rows = [{"place": "—", "role": "运行方（平台操作员）", "url": f"{base_url}/operator/login", "username": OPERATOR}]
    names = {"wuhan": "武汉市", "enshi": "恩施州"}
    rows += [{"place": names[city.slug], "role": str(seat.title), "url": f"{base_url}/t/{city.slug}/login", "username": seat.username}
             for city in CITIES for seat in city.seats]
    return rows
