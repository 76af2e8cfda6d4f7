"""
Sparse text
===========

A matrix of word counts has thousands of columns, and nearly all its entries are 0. The network
accepts such a sparse matrix: the first layer multiplies only the stored entries, and no dense copy
is made. The texts are docstrings of scikit-learn; the class is the subpackage of the function or
class that a docstring describes.
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
# Each public class, method and function is one text: its docstring.

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
# ``TfidfVectorizer`` returns a sparse matrix of float32. The words of the topics' names are
# removed.

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
# The confusion matrix, in percent of the texts of each topic. Fewest texts of ``ensemble`` are
# recognised: its classes have methods that those of other topics have as well.

figure, ax = plt.subplots(figsize=(5.4, 4.6), layout="constrained")
ConfusionMatrixDisplay.from_predictions(
    topics,
    predicted,
    normalize="true",
    values_format=".0%",
    text_kw={"fontsize": 9},
    cmap="Blues",
    colorbar=False,
    xticks_rotation="vertical",
    ax=ax,
)
plt.show()
