"""What is done by night: residents of old wishes are forgotten, ratings whose records were verified elsewhere begin to count."""
from __future__ import annotations

from typing import Any

from core.api import BaodaoError, JobContext, session
from plugins.wishes import contacts, fulfilling


def forget(context: JobContext) -> dict[str, Any]:
    """Forget residents (`contact_days`)."""
    return contacts.nightly(context)


def count(_context: JobContext) -> dict[str, Any]:
    """Let ratings given by code count where an officer has verified the record on another page; answers how many."""
    counted = 0
    for wish_id in fulfilling.waiting_ratings():
        try:
            with session().begin_nested():
                counted += fulfilling.count_rating(wish_id, by=None)
        except BaodaoError:
            continue  # the officer sees it on the wish's page
    return {"counted": counted}
