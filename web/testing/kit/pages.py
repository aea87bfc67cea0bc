"""Who may open the plugin's pages and its API: nobody where it is off, nobody who is not signed in, nobody without the right."""
from __future__ import annotations

from collections.abc import Iterator

from core.access.roles import ADMINISTRATOR, AUDITOR, CITY
from tenants.activation import disable, enable
from web.testing.browsing import UNSENT
from web.testing.kit.asking import Door, address_of, ask, doors
from web.testing.kit.checks import staged
from web.testing.kit.stage import City, Stage
from web.testing.kit.subject import Subject

REFUSED = frozenset({403, 404})
EVERYWHERE = frozenset({ADMINISTRATOR, AUDITOR, CITY})  # they reach everybody


@staged("停用后每个地址都是 404")
def off_means_off(subject: Subject, stage: Stage) -> Iterator[str]:
    """Whoever asks: an address of a plugin that is off is no address."""
    city = stage.shared_city(subject)
    with city.tenant.scope():
        disable(subject.plugin.name)
    for door in doors(subject, stage):
        for role in door.roles(city):
            status = ask(stage, door, address_of(subject, stage, door, city), city, city.accounts[role]).status_code
            if status != 404:
                yield f"插件停用后 {door.title} 仍答复 {status}（{role}）。请不要绕过框架提供页面。"
                break
    with city.tenant.scope():
        enable(subject.plugin.name)


@staged("未登录的人进不来")
def anonymous_is_refused(subject: Subject, stage: Stage) -> Iterator[str]:
    """Without a login a page leads to the login, and forms and the API answer 401."""
    city = stage.shared_city(subject)
    for door in doors(subject, stage):
        answer = ask(stage, door, address_of(subject, stage, door, city), city, None)
        led = answer.status_code in (302, 303) and "/login" in (answer.location or "")
        if not led and answer.status_code != 401:
            yield f"未登录也能打开 {door.title}（答复 {answer.status_code}）。请不要绕过框架提供页面。"


@staged("没有权限的人被拒绝")
def permissions_refuse(subject: Subject, stage: Stage) -> Iterator[str]:
    """A role without the permission is refused; with it, what belongs to a member out of reach is as good as absent."""
    city = stage.shared_city(subject)
    for door in doors(subject, stage):
        for role in sorted(city.accounts.keys() - set(door.roles(city))) if not door.api else ():
            status = ask(stage, door, address_of(subject, stage, door, city), city, city.accounts[role]).status_code
            if status not in REFUSED:
                yield f"{role} 没有权限 {door.permission}，{door.title} 却答复 {status}。请不要绕过框架提供页面。"
                break
        if "member_id" in door.rule.arguments:
            yield from _reaching_too_far(subject, stage, door, city)


@staged("没有令牌的表单不受理")
def forms_need_their_token(subject: Subject, stage: Stage) -> Iterator[str]:
    """A form sent from somebody else's page is refused."""
    city = stage.shared_city(subject)
    for door in doors(subject, stage):
        for role in door.roles(city)[:1] if door.method != "GET" and not door.api else ():
            answer = ask(stage, door, address_of(subject, stage, door, city), city, city.accounts[role], csrf=False)
            if answer.status_code != 400 or UNSENT not in answer.text:
                yield f"{door.title} 不查表单令牌（答复 {answer.status_code}）。请不要关闭或绕过 CSRF 检查。"


def _reaching_too_far(subject: Subject, stage: Stage, door: Door, city: City) -> Iterator[str]:
    """Officers of elsewhere, a unit's liaison and another member ask for somebody who is none of theirs."""
    for role in door.roles(city):
        if role in EVERYWHERE:
            continue
        account = city.tenant.others.get(role, city.accounts[role])
        member = city.member if role in city.tenant.others else city.stranger
        status = ask(stage, door, address_of(subject, stage, door, city, member), city, account).status_code
        if status not in REFUSED:
            yield (f"{door.title} 把管辖以外的党员给 {role} 看（答复 {status}）。"
                   f"请在其中写 authorize(acting(), \"{door.permission}\", member_target(member_id))。")
            break
