"""Plays a year in a moment: acts wait in a queue by their day, and each is done with the clock set to it."""
from __future__ import annotations

import datetime as dt
import heapq
import itertools
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from core.access import accounts
from core.access.roles import COMMUNITY, LIAISON, MEMBER
from core.audit import set_actor
from core.organizations import tree
from core.tenancy.clock import LOCAL, now, set_clock
from web.demo.cities import City

Act = Callable[[], object]
YEAR = dt.timedelta(days=320)


@dataclass(slots=True)
class Stage:
    """The queue, the dice, and the accounts of those who act. What lies beyond the present moment is never done."""

    city: City
    progress: Callable[[float], None]
    until: dt.datetime = field(default_factory=now)
    rng: random.Random = field(init=False)
    accounts: dict[str, uuid.UUID] = field(default_factory=dict)
    _queue: list[tuple[dt.datetime, int, Act]] = field(default_factory=list)
    _count: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        """The dice fall the same way each time."""
        self.rng = random.Random(self.city.slug)  # noqa: S311 - a story, not a secret

    @property
    def today(self) -> dt.date:
        """The last day of the story."""
        return self.until.astimezone(LOCAL).date()

    @property
    def first(self) -> dt.date:
        """The first day of the story."""
        return (self.until - YEAR).astimezone(LOCAL).date()

    def at(self, day: dt.date, act: Act, hour: int | None = None) -> None:
        """Do `act` on `day`, in office hours unless told otherwise."""
        time = dt.time(self.rng.randint(8, 17) if hour is None else hour, self.rng.randint(0, 59))
        heapq.heappush(self._queue, (dt.datetime.combine(day, time, LOCAL), next(self._count), act))

    def run(self) -> None:
        """Do everything in the order of time."""
        begin = self.until - YEAR
        while self._queue and self._queue[0][0] <= self.until:
            moment, _number, act = heapq.heappop(self._queue)
            with set_clock(moment):
                act()
            self.progress(min(1.0, max(0.0, (moment - begin) / YEAR)))

    def officer(self, community_id: uuid.UUID) -> uuid.UUID:
        """The account of the community's officer."""
        return self._known(COMMUNITY, community_id) or self._office(COMMUNITY, community_id, "经办人")

    def liaison(self, unit_id: uuid.UUID) -> uuid.UUID:
        """The account of the unit's liaison."""
        return self._known(LIAISON, unit_id) or self._office(LIAISON, unit_id, "联络员")

    def member(self, member_id: uuid.UUID, name: str, unit_id: uuid.UUID) -> uuid.UUID:
        """The account of a member."""
        return self._known(MEMBER, member_id) or self.admit(MEMBER, f"m{str(member_id)[-6:]}", name, unit_id, member_id=member_id)

    def _known(self, role: str, key: uuid.UUID) -> uuid.UUID | None:
        return self.accounts.get(f"{role} {key}")

    def _office(self, role: str, organization_id: uuid.UUID, title: str) -> uuid.UUID:
        place = tree.get(organization_id)
        return self.admit(role, place.code.lower(), f"{place.name.removesuffix('居委会')}{title}", organization_id)

    def admit(self, role: str, username: str, name: str, organization_id: uuid.UUID, *, password: str | None = None,
              member_id: uuid.UUID | None = None) -> uuid.UUID:
        """A new account with one role; without a password nobody can sign in with it."""
        made = accounts.create_account(username, name, password, member_id=member_id)
        accounts.grant_role(made, role, organization_id)
        self.accounts[f"{role} {member_id or organization_id}"] = made
        return made

    def as_account(self, account_id: uuid.UUID | None, act: Act) -> None:
        """Do `act` in the account's name, as the audit log will tell."""
        with set_actor("account" if account_id else "system", account_id):
            act()
