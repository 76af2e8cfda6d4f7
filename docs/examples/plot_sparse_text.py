"""
Sparse text
===========

A table of word counts has thousands of columns, and nearly all its entries are 0. The network
takes such a sparse matrix as it is: the first layer multiplies the stored entries alone, and
no dense copy is made. The corpus is scikit-learn's own documentation: which subpackage does
a function or a class belong to, by the words of its docstring?
"""

import importlib
import inspect

import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline

from skmlp import MLPSoftmaxClassifier

# %%
# Every public class, method and function gives one text, its docstring.

TOPICS = [
    "cluster",
    "datasets",
    "ensemble",
    "linear_model",
    "metrics",
    "model_selection",
    "preprocessing",
    "decomposition",
]
texts, topics = [], []
for topic in TOPICS:
    module = importlib.import_module(f"sklearn.{topic}")
    for name in module.__all__:
        if name.startswith("Halving"):  # experimental
            continue
        thing = getattr(module, name)
        members = vars(thing).values() if inspect.isclass(thing) else []
        docs = {inspect.getdoc(m) for m in [thing, *members] if callable(m)}
        own = [doc for doc in docs if doc and len(doc) > 200]
        texts += sorted(own)
        topics += [topic] * len(own)

print(f"{len(texts)} texts")

# %%
# ``TfidfVectorizer`` gives a sparse matrix of float32. Words that name the topic are left out.

vectorizer = TfidfVectorizer(
    stop_words=sorted({word for topic in TOPICS for word in [topic, *topic.split("_")]}),
    token_pattern=r"[a-z]{3,}",
    sublinear_tf=True,
    dtype=np.float32,
)
X = vectorizer.fit_transform(texts)
print(f"{X.shape[1]} columns, {100 * X.nnz / np.prod(X.shape):.1f} % of the entries are not 0")

clf = make_pipeline(
    vectorizer,
    MLPSoftmaxClassifier(64, dropout=0.3, random_state=0),
)
predicted = cross_val_predict(clf, texts, topics, cv=5)
print(f"Cross-validated accuracy: {np.mean(predicted == np.array(topics)):.3f}")

# %%
# Each row is a topic; the numbers are the shares of its texts that were taken for each topic. Look
# off the diagonal for the topics that share their words, such as decomposition and preprocessing.

figure, ax = plt.subplots(figsize=(7, 6), layout="constrained")
ConfusionMatrixDisplay.from_predictions(
    topics,
    predicted,
    normalize="true",
    values_format=".2f",
    cmap="Blues",
    colorbar=False,
    xticks_rotation=40,
    ax=ax,
)
plt.show()
