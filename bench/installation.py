"""A throw-away installation for a benchmark: real servers in a temporary folder, any number of migrated databases."""
from __future__ import annotations

import base64
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from core.config import Config
from migrations.roles import app_url, ensure_roles, migrate_url
from migrations.runner import upgrade
from web.embedded import DataFolder
from web.embedded.postgres import Postgres
from web.embedded.valkey import Valkey

PASSWORD = "bench"
MASTER_KEY = base64.b64encode(b"a master key for benchmarks only").decode()


@dataclass(frozen=True, slots=True)
class Site:
    """One database of the installation."""

    server_url: str
    redis_url: str
    name: str
    folder: Path

    def config(self) -> Config:
        """Settings of a process that works on it."""
        return Config.from_env(self.environment())

    def environment(self) -> dict[str, str]:
        """The same as environment variables."""
        return {"DATABASE_URL": app_url(self.server_url, PASSWORD, database=self.name), "REDIS_URL": self.redis_url,
                "BAODAO_SECRET_KEY": "for benchmarks only", "BAODAO_MASTER_KEY": f"1:{MASTER_KEY}", "BAODAO_DATA": str(self.folder),
                "BAODAO_LOG_LEVEL": "ERROR", "BAODAO_SECOND_FACTOR": "optional"}

    def admin(self) -> psycopg.Connection:
        """A superuser's connection, for seeding past the walls."""
        url = make_url(self.server_url).set(drivername="postgresql", database=self.name)
        return psycopg.connect(url.render_as_string(hide_password=False))


@contextmanager
def installation() -> Iterator[Installation]:
    """Start the servers; stop them and remove everything at the end."""
    path = Path(tempfile.mkdtemp(prefix="bdbench", dir="/tmp"))
    path.chmod(0o755)
    data = DataFolder(path)
    account = data.prepare()
    postgres, valkey = Postgres(data, account), Valkey(data, account)
    try:
        yield Installation(postgres.start(), valkey.start(), path)
    finally:
        valkey.stop()
        postgres.stop()
        shutil.rmtree(path, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Installation:
    """Running servers."""

    server_url: str
    redis_url: str
    folder: Path

    def site(self, name: str) -> Site:
        """A new, migrated, empty database."""
        ensure_roles(self.server_url, app_password=PASSWORD, migrate_password=PASSWORD, database=name)
        upgrade(migrate_url(self.server_url, PASSWORD, database=name))
        return Site(self.server_url, self.redis_url, name, self.folder)
