"""What a person does with a form: see web.testing.browsing."""
from __future__ import annotations

from web.testing.browsing import UNSENT, csrf_of, submit, without_csrf

__all__ = ["UNSENT", "csrf_of", "submit", "without_csrf"]
