"""What core tells and asks the plugin goes through without a failure."""
from __future__ import annotations

from collections.abc import Iterator

from core.extension.dispatch import collect, require, tell
from core.extension.failures import failures
from core.extension.hookspecs import COLLECT, RULES
from web.testing.kit.asking import address_of, ask, doors
from web.testing.kit.checks import staged
from web.testing.kit.stage import City, Stage
from web.testing.kit.subject import Subject
from web.testing.records import withdraw_record


@staged("事件、页面和任务都不出错")
def nothing_fails(subject: Subject, stage: Stage) -> Iterator[str]:
    """Every event is taken in, also twice; every page opens for those who may; every hook that is asked answers."""
    city = stage.city(subject)
    yield from city.unfilled
    yield from _pages(subject, stage, city)
    with city.tenant.scope():
        tell("record_counted", record=city.records[0])  # told twice, as may happen
        for hook, rule in RULES.items():
            if rule.verb == COLLECT and hook == "member_panels":
                collect(hook, member_id=city.member.id)
    withdraw_record(city.tenant, city.records[1])
    with city.tenant.scope():
        require("export_member_data", member_id=city.member.id)
        for failure in failures():
            if failure.plugin == subject.plugin.name:
                yield f"钩子 {failure.hook} 出错 {failure.count} 次：{failure.message}。"


def _pages(subject: Subject, stage: Stage, city: City) -> Iterator[str]:
    for door in doors(subject, stage):
        for role in door.roles(city):
            status = ask(stage, door, address_of(subject, stage, door, city), city, city.accounts[role]).status_code
            if status >= 500:
                yield f"{door.title} 出错（{role}，答复 {status}）。错误见日志。"
                break
