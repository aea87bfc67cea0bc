"""Commands for keys: what stands under which, a new master key, and moving everything to the newest one while the service runs (rule 13)."""
from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Any

import click

from core.config import Config, parse_master_keys
from web.cli.runtime import data_folder, data_option, installation

_json_option = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
_tenant_option = click.option("--tenant", "codes", multiple=True, help="租户的代码或简称；可多次给出，不给则为全部租户。 Default: all tenants.")


@click.group("keys")
def keys() -> None:
    """密钥：查看、轮换。 Keys: list, rotate."""


@keys.command("list")
@_json_option
@data_option
def list_(data: Path | None, *, as_json: bool) -> None:
    """列出主密钥和各租户的数据密钥，以及每把密钥下还有多少内容。 What stands under which key."""
    with installation(data, "keys list") as config:
        found = overview(config)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for master in found["masters"]:
        click.echo(f"主密钥 {master['id']}\t包裹 {master['wraps']} 把数据密钥{_notes(master)}")
    for key in found["keys"]:
        click.echo(f"{key['tenant']}\t数据密钥 {key['id']}\t{key['algorithm']}\t{key['made'][:10]}\t{key['values']} 项内容{_notes(key)}")


def overview(config: Config) -> dict[str, list[dict[str, Any]]]:
    """Master keys with what they wrap and tenants' keys with the values under each; the process is connected."""
    from core.tenancy import tenant_scope
    from tenants import health, keys as stored_keys, rotating

    wraps, rows = stored_keys.wrapped_under(), []
    masters = [{"id": number, "wraps": wraps.get(number, 0), "current": number == max(config.master_keys),
                "missing": number not in config.master_keys} for number in sorted({*wraps, *config.master_keys})]
    for tenant in health.tenants():
        with tenant_scope(tenant.id):
            held, values = stored_keys.stored(tenant.id), rotating.counts()
        rows += [{"tenant": tenant.code, "id": number, "algorithm": algorithm, "made": made.isoformat(), "values": values.get(number, 0),
                  "current": number == held[-1][0], "indexes": number == held[0][0]} for number, algorithm, made in held]
    return {"masters": masters, "keys": rows}


@keys.command("new-master")
@data_option
def new_master(data: Path | None) -> None:
    """生成一把新的主密钥：数据目录中的直接写入，由环境变量给出的只显示。 Make a further master key."""
    folder = data_folder(data)
    text = os.environ.get("BAODAO_MASTER_KEY")
    own = None if text or os.environ.get("BAODAO_MASTER_KEY_FILE") else folder.path / "secrets" / "master_key"
    if own is not None and not own.exists():
        raise click.ClickException("数据目录中还没有主密钥。第一次运行 baodao up 时会自动生成。")
    known = parse_master_keys(own.read_text("ascii").strip() if own else text or Path(os.environ["BAODAO_MASTER_KEY_FILE"]).read_text("ascii"))
    number = max(known) + 1
    fresh = f"{number}:{base64.b64encode(secrets.token_bytes(32)).decode()}"
    if own is None:
        click.echo(f"请把下面这一段加到 BAODAO_MASTER_KEY 的末尾（用逗号隔开，原有的保留）：\n{fresh}")
    else:
        _write(own, ",".join([*(f"{n}:{base64.b64encode(key).decode()}" for n, key in known.items()), fresh]))
        click.echo(f"{number} 号主密钥已写入 {own}。")
    click.echo("请先备份新密钥，重启全部进程，再运行 baodao keys rotate master。")


@keys.group("rotate")
def rotate() -> None:
    """轮换密钥：master 换主密钥，data 换租户的数据密钥。 Rotate the master key or the tenants' keys."""


@rotate.command("master")
@data_option
def rotate_master(data: Path | None) -> None:
    """把全部数据密钥改由最新的主密钥包裹；不触动任何内容，不用停机。 Put every wrapped key under the newest master key."""
    from core.privacy.cipher import MasterKeys
    from tenants import keys as stored_keys

    with installation(data, "keys rotate") as config:
        masters = MasterKeys(config.master_keys)
        moved = stored_keys.rewrap(masters)
    click.echo(f"已有 {moved} 把密钥改由 {masters.current} 号主密钥包裹。" if moved else f"全部密钥已在 {masters.current} 号主密钥之下，无需改动。")
    click.echo("确认 baodao doctor 无误、新密钥已备份后，可以从 BAODAO_MASTER_KEY 中去掉旧的。旧备份仍需旧密钥，请另行封存。")


@rotate.command("data")
@_tenant_option
@click.option("--algorithm", type=click.Choice(["aes-256-gcm", "sm4-gcm"]), help="新密钥的算法；不给则同主密钥。 The new key's cipher.")
@click.option("--batch", default=500, show_default=True, type=click.IntRange(1, 10_000), help="每批的行数。 Rows a transaction.")
@data_option
def rotate_data(data: Path | None, codes: tuple[str, ...], algorithm: str | None, batch: int) -> None:
    """给租户换一把新的数据密钥，并把已有内容逐批重新加密；中断后再次运行，会接着做完。 New data keys; resumable, without downtime."""
    from tenants import health

    with installation(data, "keys rotate") as config:
        chosen = [tenant for tenant in health.tenants() if not codes or tenant.code in codes or tenant.slug in codes]
        if len(chosen) < len(codes) or not chosen:
            raise click.ClickException("没有这样的租户。请用 baodao tenant list 查看。")
        for tenant in chosen:
            _rotate_tenant(config, tenant, algorithm, batch)


def _rotate_tenant(config: Config, tenant: Any, algorithm: str | None, batch: int) -> None:
    """A new key unless the last rotation is unfinished, then everything moves to it."""
    from core.privacy.cipher import MasterKeys
    from core.tenancy import tenant_scope
    from tenants import keys as stored_keys, rotating

    def left() -> int:
        with tenant_scope(tenant.id):
            newest = stored_keys.stored(tenant.id)[-1][0]
            return sum(count for key, count in rotating.counts().items() if key != newest)

    if waiting := left():
        click.echo(f"{tenant.code}：上次轮换还有 {waiting} 项未完成，接着做，不另建密钥。")
    else:
        number = stored_keys.add(tenant.id, tenant.code, MasterKeys(config.master_keys), algorithm)
        waiting = left()
        click.echo(f"{tenant.code}：已建立 {number} 号数据密钥，有 {waiting} 项内容要重新加密。")
    done = 0
    for count in rotating.reencrypt(tenant.id, rows=batch):
        done += count
        click.echo(f"\r{tenant.code}：已处理 {done} 行", nl=False)
    click.echo(f"\n{tenant.code}：完成，旧密钥下还有 {left()} 项。运行中的进程最迟一分钟后改用新密钥，其间写入的由夜间任务收尾。")


def _notes(one: dict[str, Any]) -> str:
    words = {"current": "在用", "indexes": "查找索引所系，须保留", "missing": "没有提供这把密钥！"}
    found = [word for name, word in words.items() if one.get(name)]
    return f"\t（{'，'.join(found)}）" if found else ""


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text + "\n", "ascii")
    draft.chmod(0o400)
    draft.replace(path)
