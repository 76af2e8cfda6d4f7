"""Importing this module lets skl2onnx convert our estimators, alone and in a Pipeline.

:func:`skmlp.export.to_onnx` does all that most need, and imports it. For options of skl2onnx, after
``import skmlp.export.onnx``, ``skl2onnx.to_onnx(pipeline, X[:1], options=...)`` converts what holds
a :class:`~skmlp.MLPSoftmaxClassifier`, :class:`~skmlp.TabularEncoder` or
:class:`~skmlp.TabularMLPClassifier`. Without skl2onnx, the import raises an ImportError: ``pip
install 'skmlp[onnx]'``.

Classifiers have the options `zipmap` and `nocl` of those of skl2onnx, MLPSoftmaxClassifier also
`output_class_labels`, and `raw_scores` for logits, of two classes -z and z. Labels are strings, or
int64 for integers, booleans (0 and 1) and floats that are whole.

A MLPSoftmaxClassifier computes in float64 if its input is of float64, else in float32, and gives
probabilities likewise. A TabularMLPClassifier computes as in Python, and gives float32.

The columns of a table come as an input each, with their names, or, if they are of one type, as one
for all. Numbers and booleans come as numbers, NaN where they are missing; durations likewise, in
seconds; dates in int64, as microseconds since 1970, the least int64 where they are missing;
categories as strings or integers. The strings "", "None", "nan", "<NA>" and "NaT" stand for missing
ones, where they are no categories.

The import also replaces some converters of skl2onnx for estimators of scikit-learn, such as
TunedThresholdClassifierCV, CalibratedClassifierCV and VotingClassifier: these drop a part of what
the estimator does, where ours keep it or raise a ValueError, whichever classifiers are within.

A model of ONNX refuses no value: infinite numbers of a table are taken for very large ones.
"""

from skmlp.estimator.extras import import_extra

import_extra("skl2onnx", "onnx", "skmlp.export.onnx")

from skmlp.export.onnx.converters import register  # noqa: E402

register()
