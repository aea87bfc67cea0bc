"""A plugin's jobs: its own kinds, and the one that tells it again what it failed to take in."""
from __future__ import annotations

import typing
from functools import cache
from typing import Any

from core.extension import hookspecs
from core.extension.facts import decode
from core.extension.manifest import Plugin
from core.i18n import _l
from core.jobs.context import JobContext
from core.jobs.registry import Run, handler, periodic


def redelivery(plugin: str) -> str:
    """The kind of job that tells `plugin` an event again."""
    return f"{plugin}.redeliver"


def register_jobs(plugin: Plugin) -> None:
    """Make the plugin's kinds of jobs known. Raises ValueError when another code has taken a kind."""
    for job in plugin.jobs:
        handler(job.kind, label=job.title, plugin=plugin.name, resumable=job.resumable)(job.run)
        if job.at is not None or job.every is not None:
            periodic(job.kind, at=job.at, every=job.every)
    handler(redelivery(plugin.name), label=_l("补送事件"), plugin=plugin.name)(_redeliver(plugin.name))


@cache
def _redeliver(plugin: str) -> Run:
    def run(job: JobContext) -> dict[str, Any]:
        from core.extension.dispatch import tell_one  # dispatch writes these jobs, so it stands above

        hook = job.payload["hook"]
        hints = typing.get_type_hints(getattr(hookspecs, hook))
        facts = {name: decode(hints[name], values) for name, values in job.payload["facts"].items()}
        return {"delivered": tell_one(plugin, hook, **facts)}

    return run
