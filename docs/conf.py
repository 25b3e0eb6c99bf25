"""Sphinx settings of the site. ``make docs`` builds it."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from _ext.gallery import SETTINGS as sphinx_gallery_conf  # noqa: F401

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
    "sphinx_design",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "_ext.docstrings",
    "_ext.executed",
    "_ext.mathml",
    "_ext.names",
    "_ext.scene",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "_ext", "gallery/*.md5", "**.ipynb", "gallery/**/README.rst"]
templates_path = ["_templates"]

myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 3

html_theme = "pydata_sphinx_theme"
html_title = "chainrule"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_math_renderer = "mathml"
html_context = {"default_mode": "auto"}
html_show_sourcelink = False
html_show_copyright = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "chainrule"},
    "header_links_before_dropdown": 7,
    "navbar_persistent": ["search-button"],
    "show_nav_level": 1,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": [],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "back_to_top_button": False,
}
html_sidebars = {"index": [], "changelog": []}

autosummary_generate = True
numpydoc_show_class_members = False
viewcode_follow_imported_members = False
autodoc_typehints = "none"
# Large libraries that a format of export needs: where one is there, blocks of pages run with it.
autodoc_mock_imports = [name for name in ("casadi", "jax", "torch") if not find_spec(name)]
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"sklearn\..*")]  # named in what is inherited from scikit-learn
# What is inherited from scikit-learn refers to labels and terms of its own guide.
suppress_warnings = ["ref.ref", "ref.term", "config.cache"]
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
os.environ.setdefault("COLUMNS", "100")
