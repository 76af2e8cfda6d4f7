"""Seconds of a default fit, beside baselines that are trained to the same validation loss.

    python docs/benchmarks/fits.py

MLPSoftmaxClassifier is fitted with its defaults, which end by themselves. MLPClassifier, PyTorch
and skorch train a network of the same size, one hidden layer of 100 units, with Adam at its usual
learning rate of 0.001, in minibatches of 200, 128 and 128 rows: for as many epochs as bring the
cross-entropy of the validation rows, three tenths of all, down to that of our fit; or, where 200
epochs do not, to their own lowest. That number of epochs is found beforehand and not timed. The
data, standardised float32, ship with scikit-learn or are made. All models run on one thread, as the
networks are small. They take turns; ratios are medians of those within a round. It writes fits.csv.
"""

from functools import partial
from itertools import islice

import numpy as np
from baselines import (
    MODELS,
    OURS,
    THEIRS,
    process,
    skorch_classifier,
    time_in_turn,
    torch,
    torch_epochs,
    two_digits,
    use_one_thread,
    write_table,
)
from machine import describe_machine
from sklearn.datasets import load_breast_cancer, load_digits, make_classification
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from skmlp import MLPSoftmaxClassifier

DATA = {
    "breast cancer, 569 x 30": partial(load_breast_cancer, return_X_y=True),
    "digits, 1797 x 64": partial(load_digits, return_X_y=True),
    "made, 5000 x 20": partial(
        make_classification, 5000, 20, n_informative=10, n_classes=5, flip_y=0.05, random_state=0
    ),
}
MOST_EPOCHS = 200
BATCH_SIZES = {THEIRS: 200, "PyTorch": 128, "skorch": 128}
BASELINES = [name for name in BATCH_SIZES if name in MODELS]


def load(data):
    """Return X, y for training and X, y for validation, for work on one thread."""
    use_one_thread()
    X, y = DATA[data]()
    X, X_val, y, y_val = train_test_split(X, y, test_size=0.3, stratify=y, random_state=0)
    scaler = StandardScaler().fit(X)
    X, X_val = (scaler.transform(part).astype(np.float32) for part in (X, X_val))
    return X, y, X_val, y_val


def network(name):
    return (100,), "relu", BATCH_SIZES[name]


def mlp_epochs(X, y):
    clf = MLPClassifier(random_state=0)
    while True:
        yield clf.partial_fit(X, y, classes=np.unique(y)).predict_proba


def pytorch_epochs(X, y):
    for trained in torch_epochs(X, y, *network("PyTorch")):
        yield lambda X, trained=trained: trained(torch.from_numpy(X)).softmax(1).detach().numpy()


def skorch_epochs(X, y):
    clf = skorch_classifier(X, y, *network("skorch"), 1)
    while True:
        logits = clf.partial_fit(X, y).forward
        yield lambda X, logits=logits: logits(X).softmax(1).numpy()


EPOCHS = {THEIRS: mlp_epochs, "PyTorch": pytorch_epochs, "skorch": skorch_epochs}


def validation_loss_of_ours(data):
    X, y, X_val, y_val = load(data)
    return log_loss(y_val, MLPSoftmaxClassifier(random_state=0).fit(X, y).predict_proba(X_val))


def epochs_to_loss(name, data, target):
    """Return after how many epochs a baseline has the target as validation loss, and its loss."""
    X, y, X_val, y_val = load(data)
    losses = []
    for predict_proba in islice(EPOCHS[name](X, y), MOST_EPOCHS):
        losses.append(log_loss(y_val, predict_proba(X_val)))
        if losses[-1] <= target:
            return len(losses), losses[-1]
    best = int(np.argmin(losses))
    return best + 1, losses[best]


def make_default_fit(data):
    X, y, *_ = load(data)
    return partial(MLPSoftmaxClassifier(random_state=0).fit, X, y)


def make_fit(name, data, epochs):
    X, y, *_ = load(data)
    return partial(MODELS[name], X, y, *network(name), epochs)


def compare():
    for data in DATA:
        target = process(OURS).submit(validation_loss_of_ours, data).result()
        reached = {
            name: process(name).submit(epochs_to_loss, name, data, target).result()
            for name in BASELINES
        }
        fits = {OURS: partial(make_default_fit, data)}
        for name, (epochs, _) in reached.items():
            fits[name] = partial(make_fit, name, data, epochs)
        seconds = time_in_turn(fits, repeats=3)
        yield data, "MLPSoftmaxClassifier", two_digits(1.0), "auto", f"{target:.3f}"
        for name, (epochs, loss) in reached.items():
            ratio = np.median(seconds[name] / seconds[OURS])
            yield data, name, two_digits(ratio), epochs, f"{loss:.3f}"


def main():
    print(describe_machine())
    header = ["data", "model", "time ratio", "epochs", "validation loss"]
    write_table("fits.csv", header, compare())


if __name__ == "__main__":
    main()
