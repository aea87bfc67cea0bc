"""What a handler sees of its job."""
from __future__ import annotations

import time
import uuid
from typing import Any

from core.audit.plain import plain_json
from core.jobs.lease import Claim, Superseded, aside, change
from core.privacy.logfilter import scrub
from core.tenancy import session

_INTERVAL = 0.5  # seconds between two reports


class JobContext:
    """The job at hand: its ids and payload, and the ways to report on it."""

    def __init__(self, claim: Claim, *, resumable: bool) -> None:
        self._claim, self._resumable = claim, resumable
        self._reported = 0.0
        self.id: uuid.UUID = claim.job_id
        self.tenant_id: int = claim.tenant_id
        self.kind: str = claim.kind
        self.payload: dict[str, Any] = claim.payload
        self.attempt: int = claim.attempts
        self.created_by: uuid.UUID | None = claim.created_by
        #: What the last `checkpoint` of an earlier attempt left, or None.
        self.state: dict[str, Any] | None = claim.checkpoint

    def progress(self, done: int, total: int | None = None, message: str | None = None) -> None:
        """Show how far the work is, at most twice a second, and stop here when the job was cancelled or taken over (Superseded).

        `message` is a sentence with counts, never a person. It is stored beside the handler's transaction, so it is seen at once.
        """
        if self._claim.lost.is_set():
            raise Superseded
        if time.monotonic() - self._reported < _INTERVAL:
            return
        values: dict[str, Any] = {"progress": done}
        if total is not None:
            values["total"] = total
        if message is not None:
            values["message"] = scrub(message)
        aside(self._claim, **values)
        self._reported = time.monotonic()

    def cancelled(self) -> bool:
        """Whether the work is to stop: somebody cancelled the job, or another worker has it. Asks at most twice a second."""
        if not self._claim.lost.is_set() and time.monotonic() - self._reported >= _INTERVAL:
            try:
                aside(self._claim, fence=self._claim.fence)
            except Superseded:
                return True
            self._reported = time.monotonic()
        return self._claim.lost.is_set()

    def checkpoint(self, state: dict[str, Any], done: int | None = None, total: int | None = None) -> None:
        """Commit what was done so far together with `state`, from which a later attempt goes on (`self.state`).

        Only for resumable handlers. Objects loaded before stay usable, locks are given up. Raises Superseded when the job is
        no longer ours; then nothing since the last checkpoint is kept.
        """
        if not self._resumable:
            raise RuntimeError(f"jobs of kind {self.kind!r} are not registered as resumable")
        values: dict[str, Any] = {"checkpoint": plain_json(state)}
        if done is not None:
            values["progress"] = done
        if total is not None:
            values["total"] = total
        session().flush()
        change(self._claim, **values)
        session().commit()
        self.state = state
