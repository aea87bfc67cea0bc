"""A form's field for one of the places within reach: the choices and the check of what was chosen are one declaration."""
from __future__ import annotations

import uuid
from typing import Any

from marshmallow import ValidationError, fields
from sqlalchemy import or_, select

from core.access.doors import acting
from core.i18n import LazyString, _, _l
from core.organizations.models import Organization
from core.tenancy import session
from core.tenancy.scope import tenant_id


class PlaceField(fields.UUID):
    """The id of an active organization of `kind` over which the acting person holds `permission`.

    Read outside a request it checks the form of the id only, since nobody acts there.
    """

    def __init__(self, kind: str, permission: str, *, title: str | LazyString = "", help: str | LazyString = "",  # noqa: A002  metadata's own word
                 required: bool = True, **options: Any) -> None:
        metadata = {"title": title or _l("地点"), "help": help, "choices": self.choices, "widget": "select"}
        super().__init__(required=required, allow_none=not required, metadata=metadata, **options)
        self.place_kind, self.permission = kind, permission

    def choices(self) -> list[tuple[uuid.UUID, str]]:
        """Ids and names of the places within reach, by name."""
        return [(row.id, row.name) for row in session().execute(
            select(Organization.id, Organization.name).where(*self._conditions()).order_by(Organization.sort_key, Organization.id))]

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> uuid.UUID:
        identity: uuid.UUID = super()._deserialize(value, attr, data, **options)
        if session().scalar(select(Organization.id).where(*self._conditions(), Organization.id == identity)) is None:
            raise ValidationError(_("请从给出的选项中选择。"))
        return identity

    def _conditions(self) -> list[Any]:
        paths = acting().paths(self.permission)
        return [Organization.tenant_id == tenant_id(), Organization.kind == self.place_kind, Organization.active,
                or_(*(Organization.path.bool_op("^@")(path) for path in paths)) if paths else Organization.id.is_(None)]
