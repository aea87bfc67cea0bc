"""`baodao tenant export-data` and `import-data`: a whole tenant from one installation to another, in one encrypted file."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from core.errors import Invalid
from web.cli.runtime import data_option, installation, maintenance, tenant_named

_json_option = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
_words_option = click.option("--passphrase-file", "words", type=click.Path(path_type=Path, exists=True, dir_okay=False),
                             help="口令文件，至少 12 个字符。 A passphrase.")


@click.command("export-data")
@click.argument("code")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), required=True, help="归档文件。 The archive.")
@_words_option
@click.option("--recipient", help="对方的公钥（bdpub1:…），代替口令。 The other side's public key.")
@_json_option
@data_option
def export_data(code: str, output: Path, words: Path | None, recipient: str | None, data: Path | None, *, as_json: bool) -> None:
    """把一个租户的全部数据写成一个加密的归档文件。 All of a tenant, in one encrypted file."""
    from web.backup.envelope import Lock
    from web.backup.leaving import leave

    if output.exists():
        raise Invalid(f"{output} 已经存在，没有覆盖。")
    if (words is None) == (recipient is None):
        raise click.UsageError("请给出 --passphrase-file 或 --recipient 之一。")
    lock = Lock(public=recipient) if recipient else Lock(words=_words(words))
    with installation(data, "tenant export-data", statement_timeout=600):
        rows = leave(tenant_named(code).id, output, lock)
    _tell({"file": str(output), "rows": sum(rows.values()), "tables": len(rows)}, f"已归档 {sum(rows.values())} 行到 {output}。", as_json=as_json)


@click.command("import-data")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_words_option
@click.option("--key", "key_file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="私钥文件，代替口令。 A private key.")
@_json_option
@data_option
def import_data(file: Path, words: Path | None, key_file: Path | None, data: Path | None, *, as_json: bool) -> None:
    """从另一套安装的归档导入租户；行数、合计与审计日志都一致才导入。 A tenant from elsewhere, all or nothing."""
    from web.backup.arriving import arrive
    from web.backup.envelope import Key

    if (words is None) == (key_file is None):
        raise click.UsageError("请给出 --passphrase-file 或 --key 之一。")
    key = Key(private=key_file.read_text("ascii", "replace")) if key_file else Key(words=_words(words))
    with maintenance(data, "tenant import-data"):
        number, rows = arrive(file, key)
    _tell({"tenant": number, "rows": sum(rows.values()), "tables": len(rows)}, f"已导入 {sum(rows.values())} 行，审计日志完整。", as_json=as_json)


def _words(path: Path | None) -> str:
    return path.read_text("utf-8").strip() if path else ""


def _tell(told: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else sentence)
