"""The demonstration's logins: one password for the cast, kept for the owner of the data folder, and the table of who is who."""
from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from web.demo.cities import CITIES
from web.demo.sector import SECTOR
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


@dataclass(frozen=True, slots=True)
class Door:
    """A sign-in page and who can enter there: username and role."""

    place: str
    url: str
    people: tuple[tuple[str, str], ...]


def doors(base_url: str) -> list[Door]:
    """Every place of the demonstration, and the operator's door."""
    found = [Door(city.title, f"{base_url}/t/{city.slug}/login", tuple((seat.username, str(seat.title)) for seat in city.seats))
             for city in (*CITIES, SECTOR)]
    return [*found, Door("运营 Operator", f"{base_url}/operator/login", ((OPERATOR, "运营人员 operator"),))]
