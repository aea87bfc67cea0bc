"""Jobs: work that is written with the change that asks for it, done at least once, and whose effect happens once."""
from __future__ import annotations

from core.jobs.context import JobContext
from core.jobs.control import cancel, retry
from core.jobs.lease import Policy, Superseded
from core.jobs.queries import JobView, job_counts, job_view, recent_jobs
from core.jobs.queue import enqueue
from core.jobs.registry import handler, periodic, set_plugin_check
from core.jobs.running import run_due, run_job

__all__ = ["JobContext", "JobView", "Policy", "Superseded", "cancel", "enqueue", "handler", "job_counts", "job_view", "periodic",
           "recent_jobs", "retry", "run_due", "run_job", "set_plugin_check"]
