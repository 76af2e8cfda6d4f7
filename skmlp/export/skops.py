"""Trusted types for skops."""

__all__ = ["TRUSTED"]

#: Types in a stored MLPSoftmaxClassifier, with any solver and schedule, for the argument `trusted`
#: of :func:`skops.io.load` and `skops_trusted_types` of MLflow.
TRUSTED = ["skmlp.classifier.MLPSoftmaxClassifier"]
