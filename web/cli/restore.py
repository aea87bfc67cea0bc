"""`baodao restore`: an installation as it was at a moment, or a cluster for a server of one's own; erasures since then are done again."""
from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.errors import ConfigurationError
from web.cli.backup import erase_again, json_option, key_option, read_key, read_moment, shelf_of, tell_erased
from web.cli.runtime import data_folder, data_option

if TYPE_CHECKING:
    from web.backup.restoring import Restored


@click.command("restore")
@key_option
@click.option("--backups", type=click.Path(path_type=Path, file_okay=False, exists=True), envvar="BAODAO_BACKUPS", help="备份目录。 The shelf.")
@click.option("--at", "moment", help="恢复到这一时刻，如 2026-11-30T09:00:00+08:00；不写则恢复到最后。 To this moment.")
@click.option("--name", help="用这一份备份，见 baodao backup list。 This copy.")
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="只把数据库目录恢复到这里，由自备的服务器使用。 For a server of your own.")
@click.option("--replace", is_flag=True, help="数据目录中已有数据库时，把它移到一旁。 Move the present one aside.")
@json_option
@data_option
def restore(key_file: Path, backups: Path | None, moment: str | None, name: str | None, into: Path | None, data: Path | None, *,
            replace: bool, as_json: bool) -> None:
    """从备份恢复。 Bring a backup back."""
    from web.backup.drilling import embedded_programs
    from web.backup.restoring import restore as bring_back

    folder = data_folder(data)
    account, shelf, key, at = folder.prepare(), shelf_of(folder, backups), read_key(key_file), read_moment(moment)
    if into is not None:
        found = bring_back(shelf, key, into.absolute(), account, at=at, name=name, programs=embedded_programs(folder))
        _tell(found, {"cluster": str(found.cluster.cluster), "since": _moment(found, at).isoformat()}, as_json=as_json)
        return
    with folder.locked("restore"):
        present = folder.postgres / "cluster"
        if present.exists() and not replace:
            raise ConfigurationError(f"{present} 中已有数据库，没有覆盖。请用 --data 恢复到另一个目录，或用 --replace 把它移到一旁。")
        found = bring_back(shelf, key, folder.path / "restored", account, at=at, name=name, programs=embedded_programs(folder))
        found.cluster.set_password(folder.secret("admin_password"))
        account.own(folder.postgres)
        if present.exists():  # not before all is well
            present.rename(present.with_name(f"cluster.before-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}"))
        found.cluster.cluster.rename(present)
        found.cluster.remove()
    _tell(found, _afterwards(data, found, at), as_json=as_json)


def _afterwards(data: Path | None, found: Restored, at: dt.datetime | None) -> dict[str, Any]:
    """Bring the roles and the schema in order, note the restore in the operators' log, and erase again who was erased since."""
    return erase_again(data, _moment(found, at), found.note.name)


def _moment(found: Restored, at: dt.datetime | None) -> dt.datetime:
    return at or found.last_commit or found.note.finished


def _tell(found: Restored, more: dict[str, Any], *, as_json: bool) -> None:
    told = {"backup": found.note.name, "last_commit": found.last_commit and found.last_commit.isoformat(), "seconds": found.seconds, **more}
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(f"已恢复 {found.note.name}，最后一次提交 {told['last_commit'] or '在备份之内'}，用时 {found.seconds:.0f} 秒。")
    if "cluster" in more:
        click.echo(f"数据库目录在 {more['cluster']}。请停止服务器，以它替换原来的数据目录，恢复自己的 postgresql.conf 与 pg_hba.conf 后启动；"
                   f"再运行 baodao db roles、baodao backup erase-again --since {more['since']}、baodao audit verify。")
        return
    tell_erased(more)
    click.echo("请运行 baodao audit verify、baodao doctor，再启动。")
