"""Reads from a plugin's model what its rows belong to, and says at load what is wrong with that."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, inspect

from core.spelling import did_you_mean

NAME = "__reach__"
TABLES = ("organization", "member")


@dataclass(frozen=True, slots=True)
class Reach:
    """The column that names an organization or a member, and the table in which that stands."""

    column: str
    table: str


def reach_of(model: Any) -> Reach | None:
    """What a row of `model` (a class, or an alias of one) belongs to; None: to the tenant alone."""
    mapper = inspect(model).mapper
    name = getattr(mapper.class_, NAME, None)
    return None if name is None else Reach(name, _referred(mapper.columns[name]) or "")


def reach_faults(model: Any) -> Iterator[str]:
    """What is wrong with what a model says of its reach, as sentences."""
    mapper = inspect(model).mapper
    columns = {key: table for key, column in mapper.columns.items() if (table := _referred(column))}
    table, name = mapper.local_table.name, getattr(mapper.class_, NAME, "")
    if name == "" and columns:
        yield (f"表 {table} 的行属于组织或党员（{'、'.join(sorted(columns))}）。请在模型中写明按哪一列限定查看范围，"
               f"如 {NAME} = \"{min(columns)}\"；全市可见的写 {NAME} = None")
    elif name and name not in columns:
        yield f"表 {table} 的 {NAME} = {name!r} 不是指向组织或党员的列{did_you_mean(str(name), columns)}"


def _referred(column: Column[Any]) -> str | None:
    # By name: the table referred to need not be known to this process's metadata yet.
    found = {key.target_fullname.partition(".")[0] for key in column.foreign_keys}
    if column.name == "tenant_id":  # part of every composite key
        return None
    return next((table for table in TABLES if table in found), "member" if column.name == "member_id" else None)
