from __future__ import annotations
from core.extension.failures import note_failure
from core.extension.suspension import suspend
from tests.support.factories import make_tenant


def test_shot(visit):
    tenant = make_tenant(plugins=["points"])
    with tenant.scope():
        for hook in ("record_counted", "member_panels", "GET /p/points/"):
            try:
                raise ValueError
            except ValueError as error:
                note_failure("points", hook, error)
        suspend("points", "record_counted")
    visitor = visit()
    visitor.sign_in(tenant, tenant.accounts["city_administrator"])
    visitor.open("/plugins/health/")
    width = visitor.page.viewport_size["width"]
    visitor.page.screenshot(path=f"/tmp/h/contain-{width}.png", full_page=True)
