"""Configures structlog for every process in the same way, with personal data filtered out last."""
from __future__ import annotations

import logging
import sys

import structlog

from core.log_sender import send_event
from core.privacy.logfilter import scrub_event


def configure_logging(level: str = "INFO", form: str = "json") -> None:
    """Log to standard error, as JSON lines or, with form "text", for a terminal; and to the collector, if `core.log_sender` has one."""
    renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if form == "text" else structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level,
                    structlog.processors.TimeStamper(fmt="iso", utc=True), scrub_event, send_event, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level, logging.INFO)),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr), cache_logger_on_first_use=False)
