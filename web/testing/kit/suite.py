"""The whole kit: importing it makes every check known. (Fixtures import its parts, which costs a run of tests less.)"""
from __future__ import annotations

from web.testing.kit import events, isolation, members, pages, public, sections, static, tables  # noqa: F401  each registers its checks
from web.testing.kit.checks import CHECKS, Check, Outcome, examine
from web.testing.kit.stage import Stage, scratch_app, staged
from web.testing.kit.subject import Subject, find_subject

__all__ = ["CHECKS", "Check", "Outcome", "Stage", "Subject", "examine", "find_subject", "scratch_app", "staged"]
