"""Which chain an act belongs to: its tenant's, or the operators' own, which stands outside every tenant."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, true

from core.audit.keys import OPERATORS_NUMBER, audit_key, audit_number, operators_key, operators_number
from core.audit.models import AuditCheckpoint, AuditEntry, AuditHead, OperatorCheckpoint, OperatorEntry, OperatorHead
from core.tenancy.scope import tenant_id


@dataclass(frozen=True, slots=True)
class Trail:
    """One chain: the tenant's id (0: the operators'), its three tables, and where its key is found and the number that its hashes carry."""

    number: int
    entry: Any
    head: Any
    checkpoint: Any
    key: Callable[[], bytes]
    signed: Callable[[], int]

    @property
    def mark(self) -> dict[str, int]:
        """The columns by which a row of this chain is known in its table."""
        return {} if self.number == OPERATORS_NUMBER else {"tenant_id": self.number}

    def own(self, table: Any) -> ColumnElement[bool]:
        """The predicate that every query of the chain carries."""
        found: ColumnElement[bool] = true() if self.number == OPERATORS_NUMBER else table.tenant_id == self.number
        return found


OPERATORS = Trail(OPERATORS_NUMBER, OperatorEntry, OperatorHead, OperatorCheckpoint, operators_key, operators_number)


def tenant_trail() -> Trail:
    """The chain of the open scope's tenant. Raises ScopeError without one."""
    return Trail(tenant_id(), AuditEntry, AuditHead, AuditCheckpoint, audit_key, audit_number)
