"""On whose side somebody stands who answers requests: a member for himself, or a liaison for the units within reach."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import select

from core.api import (
    NotFound,
    acting,
    authorize,
    grants_for,
    organization,
    organizations_above,
    own_communities,
    place_target,
    root_organization,
    search_organizations,
    session,
    tenant_id,
)
from core.pages import own_member
from plugins.menu.models import MenuAgreement, MenuBooking, MenuOffer, MenuRequest
from plugins.menu.offers import Owner

MOST_UNITS, MOST_COMMUNITIES, MOST_GRANTS = 50, 400, 3
Named = tuple[uuid.UUID, str]


class MemberSide:
    """A member, who sees what he was asked, what is open in his communities, and what his unit sends him to."""

    key, permission = "own", "menu.self"

    def owners(self) -> list[Named]:
        """Himself."""
        return [(own_member(), "")]

    def all_owners(self) -> list[Owner]:
        """The same as owners of offers."""
        return [Owner(member_id=own_member())]

    def owner(self, identity: uuid.UUID | None = None) -> Owner:
        """The owner for whom he acts; nobody else."""
        del identity
        return Owner(member_id=own_member())

    def communities(self, identity: uuid.UUID | None = None) -> list[Named]:
        """Where he lives and works."""
        del identity
        return [(row.id, row.name) for row in own_communities(own_member())]

    def reached(self, row: MenuRequest) -> Owner:
        """For whom he would answer this request. Raises NotFound for one that is not his to see."""
        own = own_member()
        if row.member_id == own or (row.state == "open" and row.community_id in dict(self.communities())) or _goes(row.id, own):
            return Owner(member_id=own)
        raise NotFound

    def owns(self, offer: MenuOffer) -> Owner:
        """The offer's owner. Raises NotFound for another's."""
        if offer.member_id != own_member():
            raise NotFound
        return Owner(member_id=offer.member_id)


class UnitSide:
    """A liaison, for each unit below the own grants."""

    key, permission = "unit", "menu.unit"

    @cached_property
    def _units(self) -> Sequence[Any]:
        return search_organizations(acting().paths(self.permission), kinds=("unit",), limit=MOST_UNITS)

    def owners(self) -> list[Named]:
        """The units."""
        return [(row.id, row.name) for row in self._units]

    def all_owners(self) -> list[Owner]:
        """The same as owners of offers."""
        return [Owner(unit_id=row.id) for row in self._units]

    def owner(self, identity: uuid.UUID | None = None) -> Owner:
        """The unit that was chosen, or the only one. Raises NotFound for one that is out of reach."""
        if identity is None:
            if len(self._units) == 0:
                raise NotFound
            identity = self._units[0].id
        authorize(acting(), self.permission, place_target(identity))
        return Owner(unit_id=identity)

    def communities(self, identity: uuid.UUID | None = None) -> list[Named]:
        """The communities of the county in which a unit works, the one on whose ground it stands first."""
        if identity is None:  # a liaison of several units is granted them one by one, sub-units follow theirs
            granted = [grant.organization_id for grant in grants_for(acting(), self.permission)][:MOST_GRANTS]
            return list(dict.fromkeys(one for unit_id in granted for one in self.communities(unit_id)))
        unit = organization(identity)
        near = organization(unit.community_id).path if unit.community_id else unit.path
        county = next((row.path for row in organizations_above(near) if row.kind == "county"), None) or root_organization().path
        rows = search_organizations([county], kinds=("community",), limit=MOST_COMMUNITIES)
        return [(row.id, row.name) for row in sorted(rows, key=lambda row: row.id != unit.community_id)]

    def reached(self, row: MenuRequest) -> Owner:
        """The unit for which the liaison would answer. Raises NotFound."""
        if row.unit_id is not None:
            return self.owner(row.unit_id)
        if row.state == "open" and row.member_id is None and row.community_id in dict(self.communities()):
            return self.owner()
        raise NotFound

    def owns(self, offer: MenuOffer) -> Owner:
        """The unit whose offer it is. Raises NotFound."""
        if offer.unit_id is None:
            raise NotFound
        return self.owner(offer.unit_id)


def _goes(request_id: uuid.UUID, member_id: uuid.UUID) -> bool:
    """Whether the member's time is taken for this request, sent by the unit; of what was cancelled it is no longer."""
    return session().scalar(
        select(MenuBooking.id).join(MenuAgreement, (MenuAgreement.tenant_id == MenuBooking.tenant_id) & (MenuAgreement.id == MenuBooking.agreement_id))
        .where(MenuBooking.tenant_id == tenant_id(), MenuBooking.member_id == member_id, MenuBooking.live,
               MenuAgreement.request_id == request_id).limit(1)) is not None
