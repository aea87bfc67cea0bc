"""A private PostgreSQL and a private Redis-protocol server for one machine, started from installed wheels."""
from __future__ import annotations

from web.embedded.folder import DataFolder, default_folder
from web.embedded.servers import Servers, attach_or_start

__all__ = ["DataFolder", "Servers", "attach_or_start", "default_folder"]
