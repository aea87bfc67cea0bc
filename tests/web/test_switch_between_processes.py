"""A switch on the page, and a suspension, hold from the next request on in another process that was not started anew."""
from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from core.config import Config
from core.extension.suspension import suspend
from tests.support.browsing import submit
from tests.support.databases import MASTER_KEYS
from tests.support.factories import TestAccount, TestTenant, make_tenant, sign_in
from web.app import create_app

ADDRESS = "/p/points/"
OTHER_PROCESS = """
import json, sys, uuid
from pathlib import Path
from core.config import Config
from core.logs import configure_logging
from tenants.process import configure_process
from tests.support.databases import MASTER_KEYS
from tests.support.factories import TestAccount, sign_in
from web.app import create_app

given = json.loads(sys.stdin.readline())
configure_logging("CRITICAL")
config = Config(given["database"], given["redis"], "for tests only", MASTER_KEYS, data_dir=Path(given["folder"]), base_url="http://127.0.0.1",
                second_factor="optional")
configure_process(config)
client = create_app(config).test_client()
sign_in(client, TestAccount(uuid.UUID(given["account"]), given["tenant"], "", "", uuid.uuid4()))
for line in sys.stdin:
    print(client.get(line.strip()).status_code, flush=True)
"""


@contextmanager
def other_process(config: Config, account: TestAccount) -> Iterator[Callable[[], int]]:
    """Another web process in which the account is signed in; answers the status of the page."""
    given = {"database": config.database_url, "redis": config.redis_url, "folder": str(config.data_dir), "account": str(account.id),
             "tenant": account.tenant_id}
    with subprocess.Popen([sys.executable, "-W", "ignore", "-c", OTHER_PROCESS], cwd=Path(__file__).parents[2], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        stdin, stdout = process.stdin, process.stdout
        stdin.write(json.dumps(given) + "\n")

        def ask() -> int:
            stdin.write(ADDRESS + "\n")
            stdin.flush()
            return int(stdout.readline())

        yield ask
        stdin.close()


def test_it_holds_from_the_next_request_on(config: Config) -> None:
    assert config.master_keys == MASTER_KEYS
    application: Flask = create_app(config)
    tenant: TestTenant = make_tenant()
    account = tenant.accounts["city_administrator"]
    administrator = application.test_client()
    sign_in(administrator, account)
    with other_process(config, account) as ask:
        seen = [ask()]
        submit(administrator, "/plugins/points/switch?to=on", "/plugins/points/switch", to="on")
        seen.append(ask())
        with tenant.scope():
            suspend("points", "record_counted")
        seen.append(ask())
        submit(administrator, "/plugins/health/", "/plugins/health/points/resume")
        seen.append(ask())
        submit(administrator, "/plugins/points/switch?to=off", "/plugins/points/switch", to="off")
        seen.append(ask())
    assert seen == [404, 200, 503, 200, 404]
