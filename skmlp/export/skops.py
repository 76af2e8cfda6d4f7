"""What skops must be told to trust."""

__all__ = ["TRUSTED"]

# The same for every solver, schedule and parameter that is a plain value.
TRUSTED = ["skmlp.classifier.MLPSoftmaxClassifier"]
