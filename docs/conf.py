from skemotion import __version__

project = "skemotion"
author = "the skemotion developers"
copyright = "2026, the skemotion developers"
release = version = __version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build"]
autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 2
html_theme = "pydata_sphinx_theme"
html_title = f"skemotion {version}"
html_theme_options = {"show_toc_level": 2, "navigation_with_keys": False}
# methods inherited from scikit-learn refer to its own manual
suppress_warnings = ["ref.ref", "ref.term"]
