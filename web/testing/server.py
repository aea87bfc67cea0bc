"""A PostgreSQL for one test run: made in a moment, beside the imports, and gone with the run."""
from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import threading
from pathlib import Path

from core.errors import ConfigurationError
from web.embedded import DataFolder
from web.embedded.postgres import Postgres
from web.testing.databases import TestDatabase, drop_database, external_admin_url, make_database


class ScratchServer:
    """A private cluster in a temporary folder, or the server of BAODAO_TEST_ADMIN_URL.

    It starts in a thread, so that the program can import meanwhile; nothing is kept between runs: a cluster with core's
    schema takes less time than looking after an old one.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._made: list[TestDatabase] = []
        self._template: TestDatabase | None = None
        self._folder: Path | None = None
        self._postgres: Postgres | None = None
        self._url = external_admin_url()
        self._failure: ConfigurationError | None = None
        self._starting = threading.Thread(target=self._start, name="scratch-postgres")
        if self._url is None:
            self._starting.start()

    @property
    def url(self) -> str:
        """A superuser's URL; waits for the server. Raises ConfigurationError when there is no PostgreSQL to run."""
        if self._starting.ident is not None:
            self._starting.join()
        if self._failure is not None:
            raise self._failure
        assert self._url is not None  # noqa: S101  given, or set by _start
        return self._url

    def new_database(self, *, migrated: bool = True) -> TestDatabase:
        """Another database: with the schema of core and of the plugins that are loaded, or empty.

        The first is migrated itself, for most runs need no other; those that follow are copies of a template.
        """
        if migrated and not self._made and self._template is None:
            self._made.append(self._migrated())
        else:
            self._made.append(make_database(self.url, self._name(), template=self.template().name if migrated else None))
        return self._made[-1]

    def template(self) -> TestDatabase:
        """The database of which the others are copies, with the schema of core and of the plugins that were loaded when it was made."""
        if self._template is None:
            self._template = self._migrated()
        return self._template

    def stop(self) -> None:
        """End the server with all that it holds; on somebody else's server remove what was made there."""
        if self._starting.ident is not None:
            self._starting.join()
        if self._postgres is not None:
            self._postgres.stop()
        elif self._url is not None:
            for database in (*self._made, *filter(None, [self._template])):
                drop_database(database)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _migrated(self) -> TestDatabase:
        from migrations.runner import upgrade  # it imports every room: not while the server is being started

        database = make_database(self.url, self._name())
        upgrade(database.migrate_url)
        return database

    def _name(self) -> str:
        return f"bdt{os.getpid()}_{next(self._numbers)}"

    def _start(self) -> None:
        try:
            # A short path, for its socket; open to pass through, as root's servers run under another account.
            self._folder = Path(tempfile.mkdtemp(prefix="bdt", dir="/tmp"))
            self._folder.chmod(0o711)
            data = DataFolder(self._folder)
            self._postgres = Postgres(data, data.prepare(), durable=False)
            self._url = self._postgres.start()
        except ConfigurationError as error:
            self._failure = error
