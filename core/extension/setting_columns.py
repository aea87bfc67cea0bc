"""A tenant-wide setting as a column, for statements that everybody waits for: what holds is found without a question of its own."""
from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, any_, case, false, func, literal, select

from core.extension.models import OperatorSetting, Setting


def tenant_wide(tenant: Any, namespace: str, name: str) -> ColumnElement[str | None]:
    """What holds for the whole tenant as text ("true", "false" for a switch), null where no level has said anything.

    `tenant` is a column or a value. The levels are those of `core.extension.settings`: the operator's word goes first where it is locked.
    """
    own = select(Setting.values[name].as_string()).where(
        Setting.tenant_id == tenant, Setting.namespace == namespace, Setting.organization_id.is_(None)).scalar_subquery()
    laid_down, locked = (select(column).where(OperatorSetting.namespace == namespace).scalar_subquery() for column in (
        OperatorSetting.values[name].as_string(), literal(name) == any_(OperatorSetting.locked)))
    return case((func.coalesce(locked, false()), laid_down), else_=func.coalesce(own, laid_down))
