"""Makes a process ready for work: database, keys and plugins, in the same way for every door."""
from __future__ import annotations

import gc

from core import log_sender, outgoing
from core.access import passwords
from core.access.breached_passwords import BreachedPasswords
from core.audit import anchors
from core.audit.webhook import Webhook
from core.config import Config
from core.db import database
from core.documents.room import disk
from core.extension.limits import Limits, set_limits
from core.jobs.bell import bell
from core.privacy import keyring
from core.privacy.cipher import MasterKeys
from tenants import handlers, keys
from tenants.loading import load_plugins

__all__ = ["configure_process", "handlers", "settle"]  # importing the handlers makes their jobs known


def configure_process(config: Config, *, statement_timeout: int = 5, pool_size: int = 8) -> None:
    """Connect this process: once, before its first scope. `statement_timeout` in seconds: 5 for the web, 60 for jobs."""
    database.configure(config.database_url, statement_timeout=statement_timeout, pool_size=pool_size)
    keyring.configure(MasterKeys(config.master_keys), keys.load)
    bell.configure(config.redis_url)
    anchors.configure(anchoring(config))
    disk.configure(config.data_dir)
    set_limits(Limits(config.plugin_failures, config.plugin_seconds))
    outgoing.configure(config.outgoing_networks, config.outgoing_authorities)
    log_sender.configure(config.log_target)
    passwords.configure(BreachedPasswords(config.breached_passwords) if config.breached_passwords else None)
    load_plugins()


def anchoring(config: Config) -> anchors.Anchoring:
    """Where this installation keeps the heads of its audit logs. Raises ConfigurationError for a webhook that is not allowed."""
    webhook = None
    if config.audit_webhook:
        webhook = Webhook(config.audit_webhook, config.audit_webhook_secret)
    return anchors.Anchoring(config.audit_anchors or config.data_dir / "anchors", webhook)


def settle() -> None:
    """Keep the collector from walking the loaded application, which lives as long as the process, again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
