"""What the audit log says of acts: core's own, those of plugins, and those that nobody names."""
from __future__ import annotations

import re
from pathlib import Path

from core.extension.registry import Registry, using
from tenants.audit_titles import ACTIONS, OPERATOR_ACTIONS, action_title, object_title
from tests.support.plugins import make_plugin


def test_plugins_name_their_own_acts() -> None:
    registry = Registry()
    registry.plugins["sample"] = make_plugin("sample", audit_titles={"sample.done": "办完", "sample_row": "样例"})
    with using(registry):
        assert (action_title("sample.done"), object_title("sample_row")) == ("办完", "样例")
        assert (action_title("login.opened"), action_title("odd.act")) == ("登录", "odd.act")


def test_every_act_of_the_rooms_has_a_title() -> None:
    root = Path(__file__).parents[2]
    source = "\n".join(path.read_text("utf-8") for room in ("core", "tenants", "web") for path in (root / room).rglob("*.py"))

    def noted(function: str) -> set[str]:
        calls = re.findall(rf"audit\.{function}\((.*?),", source)
        return {code for call in calls for code in re.findall(r'"([a-z_]+\.[a-z_]+)"', call)}
    assert (noted("record") - set(ACTIONS), noted("record_operator") ^ set(OPERATOR_ACTIONS)) == (set(), set())
