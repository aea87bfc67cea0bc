"""What pages by hand share, for every plugin: doing something and saying how it ended, what a form held, files to take away.

The one place of core that knows Flask, and nothing of core stands on it: it stands beside core.api, and plugins import from both.
Its names are a promise like those of core.api. Each is called inside a view, where the tenant's scope and the request are open.
"""
from __future__ import annotations

from core.pages.acts import Refusal, Route, asked, attempt, one_form, refused
from core.pages.files import file, in_batches, workbook
from core.pages.lists import after, following
from core.pages.sent import as_id, chosen, chosen_versions, day, identity, needed_identity, said, ticket, version
from core.pages.who import me, own_member, public_address

__all__ = [
    "Refusal", "Route", "after", "as_id", "asked", "attempt", "chosen", "chosen_versions", "day", "file", "following", "identity", "in_batches",
    "me", "needed_identity", "one_form", "own_member", "public_address", "refused", "said", "ticket", "version", "workbook",
]
