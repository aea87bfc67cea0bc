"""The audit log: no act without its entry, no entry that can be altered unseen."""
from __future__ import annotations

from core.audit.actor import Actor, current_actor, set_actor
from core.audit.heads import Head, copy_head
from core.audit.log import record, record_operator
from core.audit.purging import Purged, purge
from core.audit.queries import EntryFilter, EntryRow, entries
from core.audit.trail import OPERATORS
from core.audit.verify import Fault, verify

__all__ = ["OPERATORS", "Actor", "EntryFilter", "EntryRow", "Fault", "Head", "Purged", "copy_head", "current_actor", "entries", "purge",
           "record", "record_operator", "set_actor", "verify"]
