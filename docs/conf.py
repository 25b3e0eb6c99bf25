"""Sphinx settings of the API reference."""

import chainrule

project = "chainrule"
author = "the chainrule developers"
release = version = chainrule.__version__
extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
    "myst_parser",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build"]
html_theme = "alabaster"
html_theme_options = {
    "description": "Multilayer perceptrons and their exact derivatives",
    "page_width": "1000px",
}
autosummary_generate = True
numpydoc_show_class_members = False
autodoc_typehints = "none"
# What is inherited from scikit-learn refers to labels and terms of its own guide.
suppress_warnings = ["ref.ref", "ref.term"]
templates_path = ["_templates"]
html_show_copyright = False
# Libraries that a format of export needs, and that are large.
autodoc_mock_imports = ["casadi", "jax", "torch"]
