"""The audit log: no act without its entry, no entry that can be altered unseen."""
