"""The tenant's communities and counties as an import needs them: by code, by name, and by likeness."""
from __future__ import annotations

import difflib
import re
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select

from core.organizations.models import Organization
from core.tenancy import session
from core.tenancy.scope import tenant_id

ENDINGS = re.compile(r"(社区)?(居民委员会|居委会|村民委员会|村委会)?$")
LOOKUPS = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A community, with the street and county that tell it from others of its name."""

    id: uuid.UUID
    code: str
    name: str
    path: str
    above: str

    def __str__(self) -> str:
        return f"{self.above}{self.name}（{self.code}）"


@dataclass(slots=True)
class Places:
    """All communities of the tenant, read once an import."""

    by_code: dict[str, Place] = field(default_factory=dict)
    by_name: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    counties: dict[str, tuple[uuid.UUID, str, str]] = field(default_factory=dict)
    _seen: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def load(cls) -> Places:
        """Read the tree's places in one query."""
        rows = session().execute(select(Organization.id, Organization.kind, Organization.code, Organization.name, Organization.path)
                                 .where(Organization.tenant_id == tenant_id(), Organization.active,
                                        Organization.kind.in_(("county", "street", "community")))
                                 .order_by(Organization.path)).all()
        names = {r.path: r.name for r in rows if r.kind != "community"}
        places = cls()
        for row in rows:
            if row.kind == "county":
                places.counties[row.name] = (row.id, row.path, row.code)
            if row.kind != "community":
                continue
            parents = row.path.split("/")[:-2]
            above = "".join(names.get("/".join(parents[:n]) + "/", "") for n in range(1, len(parents) + 1))
            place = Place(row.id, row.code, row.name, row.path, above)
            places.by_code[row.code] = place
            for name in {row.name, core_name(row.name)}:
                places.by_name[name].append(place)
        return places

    def named(self, name: str) -> list[Place]:
        """Communities of that name, the ending (社区, 居委会 ..) apart."""
        return self.by_name.get(name) or self.by_name.get(core_name(name)) or []

    def near(self, name: str, code: str = "") -> tuple[str, ...]:
        """The communities most like a misspelt name or code, best first; none after `LOOKUPS` different questions."""
        question = f"{name}/{code}"
        if question not in self._seen:
            self._seen[question] = self._near(name, code) if len(self._seen) < LOOKUPS else ()
        return self._seen[question]

    def _near(self, name: str, code: str) -> tuple[str, ...]:
        street = [p for c, p in self.by_code.items() if c[:9] == code[:9]]
        found = [*self.named(name), *_alike(name, street, 0.4)] if name else []
        # Names of another city's communities are like ours by chance only.
        if name and not found and (not code or any(c[:4] == code[:4] for c in self.by_code)):
            found = _alike(name, self.by_code.values(), 0.6)
        if not found and street:
            near = {p.code: p for p in street}
            found = [near[c] for c in difflib.get_close_matches(code, near, 3, 0.7)]
        return tuple(str(p) for p in dict.fromkeys(found))[:5]


def _alike(name: str, places: Iterable[Place], cutoff: float) -> list[Place]:
    """The places whose names, without their endings, are most like a misspelt one: endings are alike everywhere."""
    by_core: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        by_core[core_name(place.name)].append(place)
    return [p for n in difflib.get_close_matches(core_name(name), by_core, 3, cutoff) for p in by_core[n]]


def core_name(name: str) -> str:
    """A community's name without its ending: 科大社区居委会 and 科大社区 are 科大."""
    return ENDINGS.sub("", name) or name
