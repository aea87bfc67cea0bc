"""What the audit log says of acts: core's own, those of plugins, and those that nobody names."""
from __future__ import annotations

from core.extension.registry import Registry, using
from tenants.audit_titles import action_title, object_title
from tests.support.plugins import make_plugin


def test_plugins_name_their_own_acts() -> None:
    registry = Registry()
    registry.plugins["sample"] = make_plugin("sample", audit_titles={"sample.done": "办完", "sample_row": "样例"})
    with using(registry):
        assert (action_title("sample.done"), object_title("sample_row")) == ("办完", "样例")
        assert (action_title("login.opened"), action_title("odd.act")) == ("登录", "odd.act")
