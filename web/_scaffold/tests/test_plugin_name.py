"""The plugin at work. The fixtures come with Baodao: a city, a member, an officer, their browsers, a service that counts."""
from web.testing.records import make_counted_record, withdraw_record


def test_a_service_that_counts_earns_a_card(counted_record, member, officer_browser):
    assert member.name in officer_browser.get("/p/plugin_name/").text
    assert "1 小时" in officer_browser.get(f"/members/{member.id}").text


def test_a_short_one_earns_none_nor_does_one_that_is_withdrawn(tenant, member, officer_browser):
    make_counted_record(tenant, member, minutes=59)
    withdraw_record(tenant, make_counted_record(tenant, member))
    assert "还没有感谢卡" in officer_browser.get("/p/plugin_name/").text
