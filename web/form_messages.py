"""marshmallow's messages in our words, under the name by which the API knows them; they stand beside core's forms."""
from __future__ import annotations

from core.form_messages import translated

__all__ = ["translated"]
