"""How the developers' reference is built: Sphinx with Markdown pages, a theme without fonts or scripts from elsewhere, no network."""
from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).parent
sys.path[:0] = [str(_HERE.parent), str(_HERE)]  # the packages that autodoc reads, and the extension beside this file

project = "Baodao"
author = "the Baodao contributors"
project_copyright = "the Baodao contributors, Apache-2.0"

extensions = ["myst_parser", "sphinx.ext.autodoc", "from_code"]
include_patterns = ["*.md"]
language = "en"
default_role = "code"  # docstrings write `name`, as Markdown does
nitpick_ignore_regex = [("py:.*", ".*")]  # annotations name classes that are no part of the reference

myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence", "deflist"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
add_module_names = False
maximum_signature_line_length = 110

html_theme = "furo"
html_title = "Baodao for developers"
html_copy_source = False
html_show_sourcelink = False
html_static_path = ["theme"]
html_css_files = ["reference.css"]
