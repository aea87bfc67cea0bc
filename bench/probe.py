"""A process bound to one database that is asked over its standard input, so that two databases can be measured in turn."""
from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable

from bench.installation import Site
from bench.seed import RARE, Seeded

ROUNDS, TIMES = 12, 25


class Probe:
    """The other end, in the benchmark's process."""

    def __init__(self, site: Site, seeded: Seeded, module: str = "bench.probe") -> None:
        """`module` is run in the new process with the tenant, its community and its root, and answers by `answer`."""
        arguments = [sys.executable, "-m", module, str(seeded.tenant_id), str(seeded.community_id), str(seeded.root_id)]
        self.process = subprocess.Popen(arguments, env={**os.environ, **site.environment()}, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def ask(self, what: str, times: int = TIMES) -> float:
        """The median seconds of `times` runs of one thing."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps([what, times]) + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(10)


def growth(large: Probe, small: Probe, what: str) -> tuple[float, float, float]:
    """(ratio, large, small): the median of the rounds' medians, asked in turn so that the machine's mood is shared."""
    for probe in (large, small):
        probe.ask(what, 10)
    pairs = [(large.ask(what), small.ask(what)) for _ in range(ROUNDS)]
    one, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    return statistics.median(a / b for a, b in pairs), one, other


def main() -> None:
    """Answer questions about members."""
    answer(lambda: questions(int(sys.argv[1]), uuid.UUID(sys.argv[2]), uuid.UUID(sys.argv[3])))


def answer(prepare: Callable[[], dict[str, Callable[[], object]]]) -> None:
    """Answer questions until the input ends; `prepare` makes them, by name."""
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever is logged is no answer
    asked = prepare()
    for line in sys.stdin:
        what, times = json.loads(line)
        run = asked[what]
        seconds = []
        for _ in range(times):
            began = time.perf_counter()
            run()
            seconds.append(time.perf_counter() - began)
        answers.write(f"{statistics.median(seconds)}\n")
        answers.flush()


def questions(tenant: int, community: uuid.UUID, root: uuid.UUID) -> dict[str, Callable[[], object]]:
    """Rosters and searches."""
    from bench.accounts import signed_in
    from core.config import Config
    from tenants.process import configure_process
    from web.app import create_app
    config = Config.from_env()
    configure_process(config)
    app = create_app(config)
    officer, administrator = signed_in(app, tenant, "community_officer", community), signed_in(app, tenant, "city_administrator", root)

    def page() -> None:
        answer = officer.get("/members/?basis=residence")
        assert answer.status_code == 200, answer.status

    def reported() -> None:
        assert officer.get("/members/").status_code == 200

    found = re.search(r'name="csrf-token" content="([^"]+)"', administrator.get("/members/").text)
    assert found

    def search(text: str) -> Callable[[], None]:
        def run() -> None:
            answer = administrator.post("/members/search", data={"q": text, "csrf_token": found[1]})
            assert answer.status_code == 200, answer.status
        return run
    return {"roster": page, "reported": reported, "search name": search(RARE), "search pinyin": search("ouyang"),
            "search surname": search("王")}


if __name__ == "__main__":
    main()
