"""One-time codes on slips and notices (R63, R78): shown once, kept as a keyed hash, worth nothing in another city or for another purpose."""
from __future__ import annotations

import datetime as dt
import hmac
import secrets
import unicodedata
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from core.db import new_ids
from core.errors import NotFound
from core.i18n import _
from core.privacy import keyring
from core.residents.models import ResidentCode
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

DIGITS = 12
FEWEST = 8  # fewer could be found by trying, whatever the limit
_AT_ONCE = 1000


def issue_code(purpose: str, object_id: uuid.UUID, *, days: int | None = None, replace: bool = True, digits: int = DIGITS) -> str:
    """A fresh code for `object_id`, shown once; `replace` voids its earlier ones, `days` lets it expire (None: never).

    `purpose` is the plugin's own, such as "needs.slip". The caller writes the audit row. Raises ValueError below eight digits.
    """
    return issue_codes(purpose, [object_id], days=days, replace=replace, digits=digits)[0][1]


def issue_codes(purpose: str, objects: Sequence[uuid.UUID] | int, *, days: int | None = None, replace: bool = True,
                digits: int = DIGITS) -> list[tuple[uuid.UUID, str]]:
    """Codes for a whole print of slips: (object id, code) in the order given; a number makes that many new object ids."""
    if digits < FEWEST:
        raise ValueError(f"a code of {digits} digits can be guessed")
    ids = new_ids(objects) if isinstance(objects, int) else list(dict.fromkeys(objects))
    if replace and not isinstance(objects, int):
        session().execute(delete(ResidentCode).where(
            ResidentCode.tenant_id == tenant_id(), ResidentCode.purpose == purpose, ResidentCode.object_id.in_(ids)))
    expires = None if days is None else now() + dt.timedelta(days=days)
    codes: list[str] = []
    for start in range(0, len(ids), _AT_ONCE):
        codes += _write(purpose, ids[start:start + _AT_ONCE], expires, digits)
    return list(zip(ids, codes, strict=True))


def find_code(purpose: str, code: str) -> uuid.UUID:
    """What a live code stands for; typed with blanks, hyphens or full-width digits it is the same.

    Raises NotFound for an unknown, used or expired one: all look alike. Count the try with `admit` first.
    """
    found = session().scalar(_live(purpose, code).with_only_columns(ResidentCode.object_id))
    if found is None:
        raise _unknown()
    return found


def use_code(purpose: str, code: str) -> uuid.UUID:
    """`find_code`, and the code is used up: of two at once one gets it, the other NotFound."""
    row = session().execute(_live(purpose, code).with_only_columns(ResidentCode.id, ResidentCode.object_id).with_for_update()).one_or_none()
    if row is None:
        raise _unknown()
    session().execute(update(ResidentCode).where(ResidentCode.tenant_id == tenant_id(), ResidentCode.id == row.id).values(used_at=now()))
    return row.object_id


def void_codes(purpose: str, object_id: uuid.UUID) -> int:
    """Take back all codes of a thing, used ones too; answers how many there were."""
    gone = session().execute(delete(ResidentCode).where(
        ResidentCode.tenant_id == tenant_id(), ResidentCode.purpose == purpose, ResidentCode.object_id == object_id).returning(ResidentCode.id))
    return len(gone.all())


def grouped(code: str) -> str:
    """The code as people read it: 1234 5678 9012."""
    return " ".join(code[i:i + 4] for i in range(0, len(code), 4))


def normalise(code: str) -> str:
    """The code's digits as typed by people: blanks and hyphens dropped, full-width digits taken for plain ones."""
    return "".join(str(unicodedata.digit(c)) for c in code if c.isdecimal())


def _write(purpose: str, ids: Sequence[uuid.UUID], expires: dt.datetime | None, digits: int) -> list[str]:
    """Codes that nothing else has; one that is taken is drawn again."""
    codes: dict[uuid.UUID, str] = {}
    while missing := [identity for identity in ids if identity not in codes]:
        drawn = {_hash(purpose, code): code for code in (_draw(digits) for _one in missing)}
        rows = [{"tenant_id": tenant_id(), "id": new, "purpose": purpose, "object_id": identity, "code_hash": hashed, "issued_at": now(),
                 "expires_at": expires} for new, identity, hashed in zip(new_ids(len(missing)), missing, drawn, strict=False)]
        kept = session().execute(insert(ResidentCode).on_conflict_do_nothing().returning(ResidentCode.object_id, ResidentCode.code_hash), rows)
        codes |= {row.object_id: drawn[row.code_hash] for row in kept}
    return [codes[identity] for identity in ids]


def _draw(digits: int) -> str:
    return str(secrets.randbelow(10 ** digits)).zfill(digits)


def _live(purpose: str, code: str) -> Select[Any]:
    return select(ResidentCode).where(
        ResidentCode.tenant_id == tenant_id(), ResidentCode.purpose == purpose, ResidentCode.code_hash == _hash(purpose, normalise(code)),
        ResidentCode.used_at.is_(None), ResidentCode.expires_at.is_(None) | (ResidentCode.expires_at > now()))


def _unknown() -> NotFound:
    return NotFound(_("这个码不对，或已经用过、过期。请对照纸条上的数字再输一遍；如仍不行，请联系社区。"))


def _hash(purpose: str, code: str) -> bytes:
    key = keyring.for_tenant(tenant_id()).derived(f"resident code/{purpose}")
    return hmac.digest(key, code.encode(), "sha256")[:16]
