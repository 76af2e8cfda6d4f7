"""Links from the HTML representation of an estimator to its page in the documentation."""

# The address of the published documentation. While it is empty, there are no links.
DOCUMENTATION = ""


class DocumentationLink:
    """Mixin for estimators that have a page in the API reference.

    scikit-learn reads these attributes when a notebook displays an estimator.
    """

    _doc_link_module = "skmlp"
    _public_module = "skmlp"  # the module that the page's name begins with

    @property
    def _doc_link_template(self) -> str:
        if not DOCUMENTATION:
            return ""
        return f"{DOCUMENTATION}/generated/{self._public_module}.{{estimator_name}}.html"
