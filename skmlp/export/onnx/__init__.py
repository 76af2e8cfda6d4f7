"""Converters for skl2onnx, which importing this module registers.

:func:`skmlp.export.to_onnx` imports it, and is sufficient for most users. To use options of
skl2onnx, import ``skmlp.export.onnx``: then ``skl2onnx.to_onnx(pipeline, X[:1], options=...)``
converts estimators that contain a :class:`~skmlp.MLPSoftmaxClassifier`,
:class:`~skmlp.TabularEncoder` or :class:`~skmlp.TabularMLPClassifier`. Without skl2onnx, the import
raises an ImportError: ``pip install 'skmlp[onnx]'``.

Classifiers have the options `zipmap` and `nocl` of skl2onnx; MLPSoftmaxClassifier also has
`output_class_labels`, and `raw_scores` for logits, which are -z and z for two classes. Labels are
strings, or int64 for integers, booleans (0 and 1) and whole floats.

An MLPSoftmaxClassifier computes in float64 if its input is float64, else in float32; its
probabilities have the same dtype. A TabularMLPClassifier computes as in Python; its probabilities
are float32.

Each column of a table is an input with the name of the column; columns of the same type can be one
input. Numbers and booleans are numbers, NaN if missing; durations as well, in seconds; dates are
int64, in microseconds since 1970, the smallest int64 if missing; categories are strings or
integers. The strings "", "None", "nan", "<NA>" and "NaT" are missing values, unless they are
categories.

The import also replaces some of skl2onnx's converters for scikit-learn estimators, such as
TunedThresholdClassifierCV, CalibratedClassifierCV and VotingClassifier: those ignore a part of the
estimator, while these convert it or raise a ValueError, for all classifiers within.

An ONNX model raises no errors for invalid values: infinite numbers are treated as very large ones.
"""

from skmlp.estimator.extras import import_extra

import_extra("skl2onnx", "onnx", "skmlp.export.onnx")

from skmlp.export.onnx.converters import register  # noqa: E402

register()
