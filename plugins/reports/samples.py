"""Made-up rows, for a form that is tried before there is anything to put into it."""
from __future__ import annotations

import datetime as dt
from typing import Any

from core.api import DataColumn, Dataset
from plugins.reports.formats import source

NAMES = ("张三", "李四", "王五", "赵六", "孙七")


def sample_rows(data: Dataset, count: int = 3) -> list[tuple[Any, ...]]:
    """Rows that nobody takes for real ones."""
    return [tuple(_sample(column, number) for column in data.columns) for number in range(count)]


def _sample(column: DataColumn, number: int) -> Any:
    if column.key in ("name", "member"):
        return NAMES[number % len(NAMES)]
    made = {"text": f"{source(column.title)}（样例）", "code": f"样例{number + 1:03d}", "integer": number + 1, "decimal": 1.5 * (number + 1),
            "date": dt.date(2026, 3, 5) + dt.timedelta(days=number)}
    return made[column.kind]
