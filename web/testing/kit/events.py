"""What core tells and asks the plugin goes through without a failure."""
from __future__ import annotations

import inspect
from collections.abc import Iterator

from core.db import new_id
from core.extension import holding, hookspecs
from core.extension.dispatch import require, tell
from core.extension.facts import DeedFact
from core.extension.failures import failures
from core.extension.hookspecs import RULES, TELL
from core.tenancy import today
from web.testing.kit.asking import address_of, ask, doors, public_doors
from web.testing.kit.checks import staged
from web.testing.kit.stage import City, Stage
from web.testing.kit.subject import Subject
from web.testing.records import withdraw_record


@staged("事件、页面和任务都不出错")
def nothing_fails(subject: Subject, stage: Stage) -> Iterator[str]:
    """Its tables are there; every event is taken in, also twice; every page opens for those who may; what is asked is answered."""
    holding.look()
    if (held := holding.held_back().get(subject.plugin.name)) is not None:
        yield f"插件被暂停使用：{held.reason}"
    city = stage.city(subject, filled=False)  # as life makes it: rows made up could not be what the plugin expects
    yield from _pages(subject, stage, city)
    stage.browser(city.accounts["city_administrator"]).get(f"/members/{city.member.id}")  # asks for the panels
    with city.tenant.scope():
        tell("record_counted", record=city.records[0])  # told twice, as may happen
        for hook in _hooks(TELL, "deed"):
            tell(hook, deed=_deed(city))
    withdraw_record(city.tenant, city.records[1])
    with city.tenant.scope():
        require("export_member_data", member_id=city.member.id)
        for failure in failures():
            if failure.plugin == subject.plugin.name:
                yield f"钩子 {failure.hook} 出错 {failure.count} 次：{failure.message}。"


def _hooks(verb: str, argument: str) -> list[str]:
    """The hooks of a verb that take this one argument, in their order: what counts comes before its withdrawal."""
    return [name for name, rule in RULES.items()
            if rule.verb == verb and list(inspect.signature(getattr(hookspecs, name)).parameters) == [argument]]


def _deed(city: City) -> DeedFact:
    return DeedFact(new_id(), city.member.id, city.member.unit_id, "award", None, 1, today(), today())


def _pages(subject: Subject, stage: Stage, city: City) -> Iterator[str]:
    for door in doors(subject, stage):
        for role in door.roles(city):
            status = ask(stage, door, address_of(subject, stage, door, city), city, city.accounts[role]).status_code
            if status >= 500:
                yield f"{door.title} 出错（{role}，答复 {status}）。错误见日志。"
                break
    for door in public_doors(subject, stage):
        if (status := ask(stage, door, address_of(subject, stage, door, city), city, None).status_code) >= 500:
            yield f"公开页面 {door.title} 出错（答复 {status}）。错误见日志。"
