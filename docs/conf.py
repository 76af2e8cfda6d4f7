"""Configuration of the documentation, which Sphinx reads."""

import sys
from importlib.resources import files
from pathlib import Path

import skmlp
from skmlp.estimator.links import DOCUMENTATION

sys.path.insert(0, str(Path(__file__).parent))  # for gallery_order

project = "skmlp"
author = "The skmlp developers"
copyright = "The skmlp developers"
version = release = skmlp.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.doctest",
    "sphinx.ext.extlinks",
    "sphinx.ext.intersphinx",
    "sphinx.ext.mathjax",
    "matplotlib.sphinxext.plot_directive",
    "myst_parser",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "examples", "inventories"]
templates_path = ["_templates"]

# The build needs no network, so the names of scikit-learn's pages are in a file, which
# inventories/scikit_learn.py writes. Neither do the pages: they come with MathJax and its license.
intersphinx_mapping = {
    "sklearn": ("https://scikit-learn.org/stable/", "inventories/scikit-learn.inv")
}
mathjax = files("mathjax") / "static" / "mathjax"
mathjax_path = "tex-svg.js"
html_static_path = ["_static", str(mathjax / "es5" / mathjax_path), str(mathjax / "LICENSE")]
extlinks = {"arxiv": ("https://arxiv.org/abs/%s", "arXiv:%s")}

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say more
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False
plot_include_source = plot_html_show_source_link = plot_html_show_formats = False
plot_formats = ["svg"]
plot_working_directory = str(Path(__file__).parent)
plot_rcparams = {
    "axes.prop_cycle": "cycler('color', ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#8A6D00'])"
}

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"plot_",
    "within_subsection_order": "gallery_order.place",
    "thumbnail_size": (640, 448),
    "download_all_examples": False,
    "doc_module": "skmlp",
    "backreferences_dir": "generated",
    "show_memory": False,
    "capture_repr": (),  # no addresses of objects in memory
    "remove_config_comments": True,
    "write_computation_times": False,  # a page that asks other hosts for its scripts
    "abort_on_example_error": True,
}

copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True

html_theme = "pydata_sphinx_theme"
html_baseurl = DOCUMENTATION
html_title = f"skmlp {release}"
html_css_files = ["layout.css", "narrow.css", "gallery.css"]
html_show_sourcelink = False
html_theme_options = {
    "navbar_center": [],  # the sidebar has all pages
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars = {"**": ["pages.html"]}


def is_of_scikit_learn(app, what, name, obj, skip, options):
    """Leave out the methods that every estimator of scikit-learn has."""
    return skip or (getattr(obj, "__module__", None) or "").startswith("sklearn.")


def setup(app):
    app.connect("autodoc-skip-member", is_of_scikit_learn)
