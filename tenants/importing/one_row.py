"""One person's row for the import's own check, filled in on a form instead of read from a file: the rules are written once."""
from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from core.documents.cells import Cell
from core.errors import Invalid
from core.i18n import _
from tenants.importing.fields import Mapping as Columns
from tenants.importing.member_rows import Batch
from tenants.importing.values import CATEGORIES

LINE = 1
#: A category as the check reads it, by its code.
CATEGORY_WORDS = {code: word for word, code in reversed(CATEGORIES.items())}
_FIELDS = {"joined": "joined_party_on", "unit": "unit_id", "residence_code": "residence_id", "workplace_code": "workplace_id"}


def row(cells: Mapping[str, Cell]) -> Batch:
    """A batch of one line from cells by the import's names of its columns; a text is taken without blanks at its ends.

    Raises Invalid for what PostgreSQL cannot hold: found only at writing, it would tell who is new and leave no trace of asking.
    """
    unfit = {_FIELDS.get(key, key): [_("含有不能保存的字符，请删去后重新输入。")] for key, cell in cells.items() if _unfit(cell)}
    if unfit:
        raise Invalid(_("有内容需要改正，请看每一项下面的提示。"), unfit)
    titles = tuple(cells)  # a column is called by its name here, so that its problems can be told at the form's field
    columns = Columns("", "members", 0, titles, {key: place for place, key in enumerate(titles)}, ())
    return Batch(columns, [LINE], [[cell.strip() or None if isinstance(cell, str) else cell for cell in cells.values()]])


def _unfit(cell: Cell) -> bool:
    return isinstance(cell, str) and any(char == "\0" or "\ud800" <= char <= "\udfff" for char in cell)


def refuse_faults(batch: Batch, known: Mapping[str, list[str]] = MappingProxyType({})) -> None:
    """Raise Invalid with what the check found, by the form's fields; warnings pass. `known` are faults that say it better."""
    said: dict[str, list[str]] = {}
    for problem in batch.faults[0]:
        if not problem.warning:
            said.setdefault(_FIELDS.get(problem.column, problem.column), []).append(problem.message)
    if said or known:
        raise Invalid(_("有内容需要改正，请看每一项下面的提示。"), {**said, **known})
