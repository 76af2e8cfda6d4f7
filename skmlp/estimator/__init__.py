"""The scikit-learn side of the estimators: parameters, checks, fitted attributes, messages."""
