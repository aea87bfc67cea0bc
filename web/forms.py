"""Forms under the name by which pages know them; they stand in core, so that plugins make theirs in the same way."""
from __future__ import annotations

from core.forms import FormData, FormField, form_fields, load_form

__all__ = ["FormData", "FormField", "form_fields", "load_form"]
