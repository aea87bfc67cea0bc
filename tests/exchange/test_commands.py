"""The commands of exchange, in this process: the overview, a round, and a file taken and checked."""
from __future__ import annotations

from contextlib import contextmanager

from click.testing import CliRunner

from core.exchange import outbox
from web.cli import exchange as commands


def test_the_commands_show_carry_check_and_take(pair, config, monkeypatch, tmp_path) -> None:
    @contextmanager
    def installed(*_given: object):
        yield config

    monkeypatch.setattr(commands, "installation", installed)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(commands.exchange, list(arguments))
        return done.output or repr(done.exception)

    sent = pair.send()
    assert "4205\t宜昌市\tactive\t待送 1" in run("list")
    file = tmp_path / "one.json"
    with pair.home.scope():
        file.write_text(outbox.text_of(sent), "utf-8")
    assert "签名有效：由省直机关工委签发" in run("verify", "--tenant", "4205", str(file))
    assert pair.arrived() is None
    assert "已接收" in run("take", "--tenant", "4205", str(file))
    assert pair.arrived().state == "waiting"
    assert "送出 1 份" in run("round")
    assert "指纹" in run("partner-file", "--tenant", "jgw", "-o", str(tmp_path / "partner.json"))
    file.write_text(file.read_text("utf-8").replace("欧阳", "司马"), "utf-8")
    assert "签名不对" in run("take", "--tenant", "4205", str(file))
