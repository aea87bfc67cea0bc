"""The yearly norm (R31) as it holds in different counties, as conditions for one statement each: it informs and judges nobody."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Select, false, func, not_, or_, select

from core.extension.settings import effective, places_with_own
from core.members.models import Member
from core.organizations.models import Organization
from core.service import settings as _settings  # registers the section  # noqa: F401
from core.service.models import ServiceRecord
from core.tenancy import session
from core.tenancy.scope import tenant_id

Number = Integer


@dataclass(frozen=True, slots=True)
class Norm:
    """`times` activities a year of some kinds (none: of all); `below`: for those who live or work there, None for everybody, and `beside`
    for all others than those.
    """

    times: int
    kinds: tuple[str, ...]
    same_day: bool
    below: tuple[str, ...] | None = None
    beside: tuple[str, ...] = ()

    def activities(self) -> Any:
        """How many activities a member's records make, in SQL."""
        counted = func.count(ServiceRecord.happened_on.distinct()) if self.same_day else func.count()
        return counted.filter(ServiceRecord.kind.in_(self.kinds)) if self.kinds else counted

    def narrow(self, query: Select[Any]) -> Select[Any]:
        """Only the members for whom it holds: by residence or, without one, workplace."""
        if self.below is None and not self.beside:
            return query
        home = select(Organization.id).where(Organization.tenant_id == tenant_id(), or_(false(), *(
            Organization.path.bool_op("^@")(path) for path in self.below or self.beside)))
        lives = func.coalesce(Member.residence_id, Member.workplace_id).in_(home)
        return query.where(lives if self.below else or_(not_(lives), func.coalesce(Member.residence_id, Member.workplace_id).is_(None)))


def norms() -> list[Norm]:
    """The tenant's, and those of counties that lay down another; none where no activity is expected."""
    usual = _norm(None)
    places = places_with_own("service")
    counties = session().execute(select(Organization.id, Organization.path).where(
        Organization.tenant_id == tenant_id(), Organization.id.in_(places)).order_by(Organization.path)).all() if places else ()
    own: dict[Norm, list[str]] = {}
    for row in counties:
        if (norm := _norm(row.id)) != usual:
            own.setdefault(norm, []).append(row.path)
    others = tuple(path for paths in own.values() for path in paths)
    found = [Norm(usual.times, usual.kinds, usual.same_day, None, others)]
    found += [Norm(norm.times, norm.kinds, norm.same_day, tuple(paths)) for norm, paths in own.items()]
    return [norm for norm in found if norm.times > 0]


def _norm(place: Any) -> Norm:
    values = effective("service", place)
    return Norm(values["activity_norm"], tuple(values["norm_kinds"]), values["norm_same_day"])
