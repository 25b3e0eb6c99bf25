"""Sphinx settings of the API reference."""

import chainrule

project = "chainrule"
author = "the chainrule developers"
release = version = chainrule.__version__
extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.viewcode", "numpydoc", "myst_parser"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build"]
html_theme = "alabaster"
html_theme_options = {"description": "Multilayer perceptrons and their exact derivatives", "page_width": "1000px"}
autosummary_generate = True
numpydoc_show_class_members = False
autodoc_typehints = "none"
# Methods inherited from scikit-learn refer to labels of its user guide.
suppress_warnings = ["ref.ref"]
