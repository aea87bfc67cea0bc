"""The audit log: no act without its entry, no entry that can be altered unseen."""
from __future__ import annotations

from core.audit.actor import Actor, current_actor, set_actor
from core.audit.log import record
from core.audit.queries import EntryFilter, EntryRow, entries
from core.audit.verify import Fault, Head, copy_head, verify

__all__ = ["Actor", "EntryFilter", "EntryRow", "Fault", "Head", "copy_head", "current_actor", "entries", "record", "set_actor",
           "verify"]
