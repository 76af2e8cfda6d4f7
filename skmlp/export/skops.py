"""What skops must be told to trust."""

__all__ = ["TRUSTED"]

#: Types that a stored MLPSoftmaxClassifier holds, whatever its solver and schedule, for the
#: argument `trusted` of :func:`skops.io.load` and `skops_trusted_types` of MLflow.
TRUSTED = ["skmlp.classifier.MLPSoftmaxClassifier"]
