"""Public pages: nothing where the plugin is off or the tenant unknown, forms with their token, machines with a signature."""
from __future__ import annotations

from collections.abc import Iterator

from tenants.activation import disable, enable
from web.testing.browsing import UNSENT
from web.testing.kit.asking import address_of, ask, public_doors
from web.testing.kit.checks import staged
from web.testing.kit.stage import Stage
from web.testing.kit.subject import Subject


@staged("公开页面在停用处和不存在的租户都是 404")
def public_pages_are_the_tenants(subject: Subject, stage: Stage) -> Iterator[str]:
    """Where the plugin is off, its public pages look like those of a tenant that is not there."""
    city = stage.shared_city(subject)
    found = [(door, address_of(subject, stage, door, city)) for door in public_doors(subject, stage)]
    for door, address in found:
        unknown = address.replace(f"/t/{city.tenant.slug}/", "/t/no-such-tenant/", 1)
        if (status := ask(stage, door, unknown, city, None).status_code) != 404:
            yield f"租户不存在，公开页面 {door.title} 仍答复 {status}。请不要绕过框架提供页面。"
    with city.tenant.scope():
        disable(subject.plugin.name)
    for door, address in found:
        if (status := ask(stage, door, address, city, None).status_code) != 404:
            yield f"插件停用后公开页面 {door.title} 仍答复 {status}。请不要绕过框架提供页面。"
    with city.tenant.scope():
        enable(subject.plugin.name)


@staged("公开表单查令牌，机器调用查签名")
def public_writes_are_checked(subject: Subject, stage: Stage) -> Iterator[str]:
    """A form sent from somebody else's page is refused; so is a machine's call that bears no signature."""
    city = stage.shared_city(subject)
    for door in public_doors(subject, stage):
        if door.method == "GET":
            continue
        answer = ask(stage, door, address_of(subject, stage, door, city), city, None, csrf=False)
        if door.signed and not 400 <= answer.status_code < 500:
            yield f"{door.title} 不查签名（答复 {answer.status_code}）。请在 @public(csrf=False) 的页面里先核对签名，不对就抛 Forbidden。"
        if not door.signed and (answer.status_code != 400 or UNSENT not in answer.text):
            yield f"{door.title} 不查表单令牌（答复 {answer.status_code}）。请不要关闭或绕过 CSRF 检查。"
