"""What the pages of awards share: reaching a selection or a nomination."""
from __future__ import annotations

import uuid

from plugins.awards import finding, rights
from plugins.awards.models import AwardNomination, AwardSelection


def read(selection_id: uuid.UUID) -> AwardSelection:
    """A selection that concerns the acting person. Raises NotFound, Forbidden."""
    row = finding.selection(selection_id)
    rights.require_reading(row)
    return row


def managed(selection_id: uuid.UUID) -> AwardSelection:
    """A selection that the acting person decides. Raises NotFound, Forbidden."""
    row = finding.selection(selection_id)
    rights.require_managing(row)
    return row


def seen(nomination_id: uuid.UUID) -> tuple[AwardSelection, AwardNomination]:
    """A nomination within reach, with its selection. Raises NotFound, Forbidden."""
    row = finding.nomination(nomination_id)
    above = finding.selection(row.selection_id)
    rights.require_seeing(above, row)
    return above, row
