"""Opens workbooks from outside in a child process with limits, so that a hostile file can only end its own child."""
from __future__ import annotations

import dataclasses
import datetime as dt
import os
import select
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import orjson

from core.documents.cells import Cell
from core.documents.limits import Limits
from core.errors import Invalid
from core.i18n import _

CHILD = Path(__file__).with_name("sandbox_child.py")
# Real sheets are often formatted down to the last line, so the scan counts row elements only against a million.
SCANNED_ROWS = 1_000_000
_PIPE_BYTES = 1024 * 1024
_DATE_LENGTH = len("2026-01-01")


def refusal(code: str, limits: Limits) -> Invalid:
    """The sentence for a code of the child; an unknown code means that the child was ended by its limits."""
    sentences = {
        "not_xlsx": _("这不是 Excel 工作簿（.xlsx）。请用 Excel 或 WPS 打开原文件，另存为“Excel 工作簿（*.xlsx）”后重新上传。"),
        "encrypted": _("这个工作簿设有密码。请取消密码后另存，再重新上传。"),
        "bomb": _("这个文件解压后过大或压缩方式异常，已停止读取。请把表格复制到新建的工作簿中另存，再重新上传。"),
        "declaration": _("这个工作簿含有不允许的内容（XML 实体声明）。请把表格复制到新建的工作簿中另存，再重新上传。"),
        "path": _("这个工作簿内部的文件名异常。请把表格复制到新建的工作簿中另存，再重新上传。"),
        "damaged": _("这个工作簿已损坏，无法读取。请用 Excel 或 WPS 打开并修复后另存，再重新上传。"),
        "too_many_rows": _("表格行数过多（最多 %(rows)s 行，含只有格式的空行）。请删除多余的行，或分成几个文件上传。", rows=limits.rows),
        "too_many_columns": _("表格列数过多（最多 %(columns)s 列）。请删除数据右侧多余的列后重新上传。", columns=limits.columns),
    }
    killed = _("读取这个文件需要的内存或时间过多，已停止。请删除多余的行、列和图片，或拆分成几个文件上传。")
    return Invalid(sentences.get(code, killed))


class Child:
    """One workbook held open by one child process. Raises Invalid when the file is refused."""

    def __init__(self, source: Path | bytes, limits: Limits) -> None:
        self.limits = limits
        self.idle = False
        with _descriptor(source) as file:
            self._process = _start(file, limits)
        self._requests = cast(IO[bytes], self._process.stdin)
        self._answers = cast(IO[bytes], self._process.stdout)
        try:
            self.sheets: list[str] = self._receive()["sheets"]
        except BaseException:
            self.close()
            raise
        self.idle = True

    @property
    def pid(self) -> int:
        """The process id, for those who watch over processes."""
        return self._process.pid

    def rows(self, sheet: str) -> Iterator[list[Cell]]:
        """Rows of a sheet in the child's batches; the child is busy until the last one was taken."""
        self.idle = False
        self._requests.write(orjson.dumps(sheet) + b"\n")
        self._requests.flush()
        while "end" not in (batch := self._receive()):
            rows = batch["rows"]
            for i, j in batch["dates"]:
                rows[i][j] = _date(rows[i][j])
            yield from rows
        self.idle = True

    def close(self) -> None:
        """End the child, whatever it is doing."""
        self.idle = False
        self._process.kill()
        for pipe in (self._requests, self._answers):
            pipe.close()
        self._process.wait()

    def _receive(self) -> dict[str, Any]:
        header = self._read(4)
        answer: dict[str, Any] = orjson.loads(self._read(struct.unpack(">I", header)[0]))
        if "refused" in answer:
            raise refusal(answer["refused"], self.limits)
        return answer

    def _read(self, size: int) -> bytes:
        """Exactly `size` bytes; a child that died or says nothing for too long counts as refused."""
        parts = bytearray()
        while len(parts) < size:
            ready, _w, _x = select.select([self._answers], [], [], self.limits.wait_seconds)
            data = os.read(self._answers.fileno(), min(size - len(parts), _PIPE_BYTES)) if ready else b""
            if not data:
                raise refusal("killed", self.limits)
            parts += data
        return bytes(parts)


def _date(text: str) -> dt.date | dt.datetime:
    if len(text) == _DATE_LENGTH:
        return dt.date.fromisoformat(text)
    moment = dt.datetime.fromisoformat(text)
    return moment.date() if moment.time() == dt.time() else moment


def _descriptor(source: Path | bytes) -> BinaryIO:
    """The file as a descriptor; bytes stay in memory, so that no personal data reaches a disk."""
    if isinstance(source, Path):
        return source.open("rb")
    file = os.fdopen(os.memfd_create("baodao-table"), "w+b")
    file.write(source)
    file.flush()
    file.seek(0)
    return file


def _start(file: BinaryIO, limits: Limits) -> subprocess.Popen[bytes]:
    """Start the child with an empty environment, no working folder of ours and no open file but this one."""
    bounds = orjson.dumps({**dataclasses.asdict(limits), "scanned_rows": SCANNED_ROWS}).decode()
    return subprocess.Popen(
        [sys.executable, "-I", str(CHILD), str(file.fileno()), bounds],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        pass_fds=(file.fileno(),), env={}, cwd="/",
    )
