"""Commands that make backups, take WAL away, rehearse a restore, and make the pair of keys that backups are encrypted with."""
from __future__ import annotations

import datetime as dt
import json
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from core.errors import ConfigurationError, Invalid
from web.cli.runtime import backup_url, data_folder, data_option, installation

if TYPE_CHECKING:
    from web.backup.envelope import Key
    from web.backup.shelf import Shelf
    from web.embedded import DataFolder

shelf_option = click.option("--backups", type=click.Path(path_type=Path, file_okay=False), envvar="BAODAO_BACKUPS",
                            help="备份目录，最好在另一块磁盘上（默认 BAODAO_BACKUPS，或数据目录中的 backups）。 The shelf.")
key_option = click.option("--key", "key_file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True,
                          help="备份私钥文件。 The private key.")
json_option = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")


@click.group("backup", invoke_without_command=True)
@shelf_option
@data_option
@click.option("--days", default=35, show_default=True, help="更早的备份删除，至少留两份。 Older ones end.")
@json_option
@click.pass_context
def backup(context: click.Context, backups: Path | None, data: Path | None, days: int, *, as_json: bool) -> None:
    """备份整个数据库（加密的基础备份）；每夜一次。 An encrypted base copy of the whole database."""
    if context.invoked_subcommand is not None:
        return
    from core import audit
    from core.tenancy import unscoped
    from web.backup.making import make_base, prune, recipient
    from web.embedded import Servers

    folder = data_folder(data)
    lock, shelf = recipient(os.environ, folder.backup_recipient), shelf_of(folder, backups)
    with installation(data, "backup"):
        servers = Servers(folder)
        if servers.postgres:
            servers.postgres.account.own(servers.postgres.archive)  # from now on WAL is kept
        note = make_base(backup_url(servers), shelf, lock)
        gone = prune(shelf, days)
        with unscoped():
            audit.record_operator("backup.made", "installation", None, {"name": note.name, "bytes": note.bytes, "removed": len(gone)})
    if as_json:
        click.echo(json.dumps({"name": note.name, "bytes": note.bytes, "seconds": note.seconds, "removed": gone}))
    else:
        click.echo(f"已备份到 {shelf.base(note.name)}（{note.bytes / 2**20:.1f} MiB，{note.seconds:.0f} 秒）。主密钥不在其中，请另行保存。")


@backup.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@data_option
def key(file: Path, data: Path | None) -> None:
    """生成一对备份密钥：私钥写入 FILE（移到别的介质），公钥留在本机。 A pair of keys; the private one goes away."""
    from web.backup.envelope import new_pair, write_private
    from web.backup.shelf import write_whole

    folder = data_folder(data)
    folder.prepare()
    private, public = new_pair()
    try:
        write_private(file, private)
    except FileExistsError as error:
        raise Invalid(f"{file} 已经存在，没有覆盖。") from error
    write_whole(folder.backup_recipient, (public + "\n").encode())
    click.echo(f"私钥已写入 {file}。请把它移到别的介质上，与主密钥放在一起，不要与备份放在一起；没有它，备份不能恢复。\n"
               f"公钥 {public}\n（已保存；在别的机器上备份时设为 BAODAO_BACKUP_RECIPIENT）")


@backup.command()
@click.option("--follow", is_flag=True, help="一直运行，每 5 秒一次。 Go on.")
@shelf_option
@data_option
def wal(backups: Path | None, data: Path | None, *, follow: bool) -> None:
    """把服务器归档的日志（WAL）加密后放进备份目录。 Ship what the server has archived."""
    from web.backup.making import follow as go_on, recipient, ship_wal
    from web.embedded.supervisor import stop_signals

    folder = data_folder(data)
    lock, shelf, archive = recipient(os.environ, folder.backup_recipient), shelf_of(folder, backups), _archive(folder)
    if not follow:
        click.echo(f"已归档 {ship_wal(archive, shelf, lock)} 个文件。")
        return
    stopped = threading.Event()
    with stop_signals(stopped.set):
        go_on(archive, shelf, lock, stopped=stopped.wait)


@backup.command("list")
@shelf_option
@data_option
@json_option
def list_(backups: Path | None, data: Path | None, *, as_json: bool) -> None:
    """列出备份。 The copies on the shelf."""
    notes = shelf_of(data_folder(data), backups).notes()
    if as_json:
        click.echo(json.dumps([{"name": n.name, "finished_at": n.finished_at, "bytes": n.bytes} for n in notes]))
        return
    for note in notes:
        click.echo(f"{note.name}\t{note.finished.astimezone():%Y-%m-%d %H:%M:%S}\t{note.bytes / 2**20:.1f} MiB")
    if not notes:
        click.echo("还没有备份。")


@backup.command()
@key_option
@shelf_option
@data_option
@click.option("--at", "moment", help="恢复到这一时刻，如 2026-11-30T09:00:00+08:00；不写则恢复到最后。")
@json_option
def drill(key_file: Path, backups: Path | None, data: Path | None, moment: str | None, *, as_json: bool) -> None:
    """演练：把最近的备份恢复到临时服务器，检查后删除；有误时退出码为 1。 Restore into a scratch server, look, remove."""
    from web.backup.drilling import drill as rehearse

    folder = data_folder(data)
    told = rehearse(folder, shelf_of(folder, backups), read_key(key_file), read_moment(moment))
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        _show(told)
    if not told["sound"]:
        raise click.exceptions.Exit(1)


@backup.command("erase-again")
@click.option("--since", required=True, help="恢复到的时刻，如 2026-11-30T09:00:00+08:00。 The restored moment.")
@data_option
@json_option
def erase_again_command(since: str, data: Path | None, *, as_json: bool) -> None:
    """恢复到自备的服务器以后：把这一时刻之后依本人要求删除的再删一次；有未删的，退出码为 1。 Erase again who was erased since."""
    told = erase_again(data, cast("dt.datetime", read_moment(since)), None)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        tell_erased(told)
    if told["not_erased"]:
        raise click.exceptions.Exit(1)


def erase_again(data: Path | None, since: dt.datetime, backup: str | None) -> dict[str, Any]:
    """Erase again in a restored installation who was erased since, and note the restore; what `tell_erased` shows."""
    from tenants.rights import replaying

    with installation(data, "restore"):
        done, left = replaying.erase_again(since, backup)
    return {"erased_again": done, "not_erased": [{"tenant": one.tenant, "kind": one.kind, "id": str(one.object_id)} for one in left]}


def tell_erased(told: dict[str, Any]) -> None:
    """Say what was erased again, and what could not be."""
    click.echo(f"恢复以后又删除了 {told['erased_again']} 项（在所恢复的时刻之后已依本人要求删除）。")
    for one in told["not_erased"]:
        click.echo(f"没有再次删除：租户 {one['tenant']} {one['kind']} {one['id']}，请手工处理。")


def shelf_of(folder: DataFolder, backups: Path | None) -> Shelf:
    """The backup folder that was named, or the one in the data folder."""
    from web.backup.shelf import Shelf

    return Shelf(backups or folder.path / "backups")


def read_key(path: Path) -> Key:
    """The private key of a file. Raises ConfigurationError."""
    from web.backup.envelope import Key

    return Key(private=path.read_text("ascii", "replace"))


def read_moment(text: str | None) -> dt.datetime | None:
    """A moment as it was typed; without a zone it is Shanghai's. Raises Invalid."""
    from core.tenancy.clock import LOCAL

    if text is None:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"不是时刻：{text}。应写成 2026-11-30T09:00:00 的样式。") from error
    return found if found.tzinfo else found.replace(tzinfo=LOCAL)


def _archive(folder: DataFolder) -> Path:
    if given := os.environ.get("BAODAO_WAL_ARCHIVE"):
        return Path(given)
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"):
        raise ConfigurationError("请用 BAODAO_WAL_ARCHIVE 指明数据库服务器归档日志（archive_command）的目录，见 deploy/README.md。")
    return folder.postgres / "archive"


def _show(told: dict[str, Any]) -> None:
    click.echo(f"{'演练通过' if told['sound'] else '演练未通过'}：{told['backup']}，备份于 {told['age_hours']:.1f} 小时前")
    click.echo(f"  恢复到 {told['restored_to']}（RPO {told['rpo_seconds']:.0f} 秒），用时 {told['rto_seconds']:.0f} 秒（RTO）")
    click.echo(f"  {told['tables']} 张表，{told['rows']} 行；隔离漏洞 {len(told['holes'])}，日志有误 {len(told['faults'])}")
    for name, count in told["behind"].items():
        click.echo(f"  {name}：另存的标记比恢复的日志多 {count} 条，恢复会失去它们。")
    for line in (*told["holes"][:5], *(f"{name}：{'、'.join(what[:5])}" for name, what in told["faults"].items())):
        click.echo(f"  {line}")
