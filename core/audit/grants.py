"""The rights that the audit logs take away from the application's role; the migrations execute them."""
from __future__ import annotations

#: An entry is written once and read; the head moves forward; neither is ever removed by the application.
REVOKES = (
    "REVOKE UPDATE, DELETE, TRUNCATE ON audit_entry FROM baodao_app",
    "REVOKE DELETE, TRUNCATE ON audit_head FROM baodao_app",
)
#: The same for the operators' log.
OPERATOR_REVOKES = (
    "REVOKE UPDATE, DELETE, TRUNCATE ON operator_entry FROM baodao_app",
    "REVOKE DELETE, TRUNCATE ON operator_head FROM baodao_app",
)
#: Entries whose time is over are removed by `baodao audit purge` under the migrations' role, which the services do not have.
CHECKPOINT_REVOKES = ("REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON audit_checkpoint, operator_checkpoint FROM baodao_app",)
