"""What scikit-learn asks of an estimator, a file a concept."""
