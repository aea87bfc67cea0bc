"""Documents: tables in, tables out, and printed papers; this room knows columns and words, not members."""
