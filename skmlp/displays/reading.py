"""What the displays read from an estimator."""

from typing import Any

from sklearn.utils.validation import check_is_fitted

__all__ = ["fitted", "name_of_score"]


def fitted(estimator: Any, attribute: str, kind: str) -> Any:
    """Return the fitted classifier, which may be the last step of a Pipeline."""
    if hasattr(estimator, "steps"):
        estimator = estimator[-1]
    check_is_fitted(estimator)
    if not hasattr(estimator, attribute):
        raise TypeError(
            f"estimator must be a fitted {kind}, or a Pipeline that ends in one, "
            f"got {type(estimator).__name__}. For a search, pass its best_estimator_."
        )
    return estimator


def name_of_score(scoring: Any) -> str:
    """Return the name of what a scorer measures."""
    return scoring.replace("_", " ") if isinstance(scoring, str) else "score"
