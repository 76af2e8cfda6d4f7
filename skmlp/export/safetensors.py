"""Networks in safetensors files, which contain only data: tensors and JSON, but no code.

A file contains the tensors ``coefs_.0``, ``intercepts_.0`` and so on, those of the solver's state,
and in its metadata the format, its version, the rest of the model as JSON, and a checksum. The
fields of the model are in `skmlp.export.format`.

The JSON is Python's, with NaN and Infinity. Objects have strings as keys; other values are
represented by an object with one entry: ``{"tuple": [...]}``, ``{"dict": [[key, value], ...]}``, or
``{"tensor": name}``.
"""

import hashlib
import json
import os

import numpy as np

from skmlp.classifier import MLPSoftmaxClassifier, check_classifier
from skmlp.estimator.extras import import_extra
from skmlp.estimator.files import write_whole
from skmlp.estimator.model import Model, check_finite
from skmlp.estimator.rules import is_sequence, read_by
from skmlp.export.classifiers import fitted_classifier, warn_of_own_methods
from skmlp.export.format import PARAMETERS, check_fields, fields_of
from skmlp.training.serialization import state_from_dict, state_to_dict
from skmlp.version import __version__

__all__ = ["load", "save"]

FORMAT, FORMAT_VERSION = "skmlp.MLPSoftmaxClassifier", "1"
KINDS_OF_LABELS = "biufUO"
TAGS = ({"tuple"}, {"dict"}, {"tensor"})


def save(clf: MLPSoftmaxClassifier, path: str | os.PathLike) -> None:
    """Save a classifier to a safetensors file, which contains no code.

    The file is replaced atomically: a crash leaves the old or the new file, and if several
    processes write to the same path at the same time, the last file remains. Any safetensors reader
    can load the weights of each layer. Callbacks, and attributes that you have added, are not
    saved.

    Parameters
    ----------
    clf : MLPSoftmaxClassifier or DaskMLPSoftmaxClassifier
        The fitted classifier.
    path : str or path-like
        File to save to. A temporary file ``.skmlp-*.tmp`` is written in the same folder; it is left
        behind only if the process is killed.

    Raises
    ------
    ImportError
        If safetensors is not installed: ``pip install 'skmlp[safetensors]'``.
    TypeError
        If `clf` is something else.
    ValueError
        If a constructor parameter is not allowed or cannot be represented in JSON, such as a
        callable or a RandomState; if classes are not strings, integers, booleans or floats; or if
        weights are not finite.
    NotFittedError
        If `clf` is not fitted.
    OSError
        If the file cannot be written.

    See Also
    --------
    load : Load the classifier.

    Examples
    --------
    >>> from skmlp.export import load, save
    >>> save(clf, "model.safetensors")  # doctest: +SKIP
    >>> clf = load("model.safetensors")  # doctest: +SKIP
    """
    check_classifier(clf)
    warn_of_own_methods(clf)
    library = import_extra("safetensors.numpy", "safetensors", "save")
    tensors = {
        **{f"coefs_.{i}": W for i, W in enumerate(clf.coefs_)},
        **{f"intercepts_.{i}": b for i, b in enumerate(clf.intercepts_)},
    }
    check_finite(clf.parameters_)
    read_by(PARAMETERS, clf)  # raises an error for values that `load` would not accept
    names = getattr(clf, "feature_names_in_", None)
    model = {
        "skmlp": __version__,
        "parameters": {name: _encode(getattr(clf, name), name, tensors) for name in PARAMETERS},
        "classes": _encode_classes(clf.classes_),
        "feature_names": None if names is None else names.tolist(),
        "activations": list(clf.activations_),
        "state": _encode(state_to_dict(clf._model.state), "state", tensors),
    }
    tensors = {name: np.ascontiguousarray(A) for name, A in tensors.items()}
    metadata = {"format": FORMAT, "format_version": FORMAT_VERSION, "model": json.dumps(model)}
    metadata["sha256"] = _digest(metadata, tensors)
    write_whole(path, lambda file: file.write(library.save(tensors, metadata)))


def load(path: str | os.PathLike) -> MLPSoftmaxClassifier:
    """Load a classifier from a file that `save` wrote.

    The file contains no code.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    clf : MLPSoftmaxClassifier
        The fitted classifier: predictions and training curves are the same bit for bit, and
        training can continue from the same state of the solver. Parameters that were NumPy scalars
        are Python scalars. A DaskMLPSoftmaxClassifier is also loaded as an MLPSoftmaxClassifier,
        with the same parameters.

    Raises
    ------
    ImportError
        If safetensors is not installed: ``pip install 'skmlp[safetensors]'``.
    ValueError
        If the file is damaged, has another format or a newer version of it, or a field violates the
        format.
    OSError
        If there is no such file, or it cannot be read.

    See Also
    --------
    save : Save a classifier.

    Examples
    --------
    >>> from skmlp.export import load
    >>> clf = load("model.safetensors")  # doctest: +SKIP
    """
    metadata, tensors = _read(path)
    checksum = metadata.pop("sha256", None)
    if checksum != _digest(metadata, tensors):
        raise ValueError(f"{path} is damaged: its checksum does not match its content.")
    try:
        content = _decode(json.loads(metadata["model"]), tensors)
        _check_known(content["parameters"].keys() - PARAMETERS.keys(), content["skmlp"])
        model = _model(content, tensors)
        return fitted_classifier(content["parameters"], model)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError) as error:
        raise ValueError(f"{path} cannot be read: {error!r}") from error
    except ValueError as error:
        raise ValueError(f"{path} cannot be read: {error}") from error


def _check_known(unknown, version):
    if unknown:
        raise ValueError(
            f"skmlp {version} wrote parameters that skmlp {__version__} does not have: "
            f"{sorted(unknown)}. Install that version."
        )


def _model(content, tensors):
    """Return the model, after checking every field against the format."""
    layers = range(len(content["activations"]) + 1)
    for name in ("coefs", "intercepts"):
        content[name] = [tensors.pop(f"{name}_.{i}") for i in layers]
    names = content["feature_names"]
    model = Model.of_layers(
        _decode_classes(content["classes"]),
        content["coefs"],
        content["intercepts"],
        content["activations"],
        None,
        None if names is None else np.array(names, dtype=object),
    )
    check_fields(content, fields_of(content, model), "model")
    if tensors:
        raise ValueError(f"The tensors {sorted(tensors)} are not used.")
    model.state = state_from_dict(content["state"])
    return model


def _read(path):
    """Return the metadata and the tensors of a file that `save` wrote."""
    library = import_extra("safetensors", "safetensors", "load")
    with open(path, "rb"):  # raises errors with the path, which the library's lack
        pass
    try:
        with library.safe_open(os.fspath(path), framework="np") as file:
            metadata = file.metadata() or {}
            _check_format(path, metadata)
            return metadata, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except library.SafetensorError as error:
        raise ValueError(f"{path} is damaged, or not a safetensors file: {error}.") from error


def _check_format(path, metadata):
    if metadata.get("format") != FORMAT:
        raise ValueError(f"{path} was not written by skmlp.export.save.")
    version = metadata.get("format_version")
    if version != FORMAT_VERSION:
        raise ValueError(
            f"{path} has version {version} of the format, but skmlp {__version__} reads version "
            f"{FORMAT_VERSION}: install a newer skmlp."
        )


def _digest(metadata, tensors):
    """Compute the checksum of the content of a file."""
    digest = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode())
    for name, A in sorted(tensors.items()):
        digest.update(f"{name} {A.dtype.str} {A.shape} ".encode())
        digest.update(A)
    return digest.hexdigest()


def _encode(value, name, tensors):
    """Convert a value to JSON, and add its arrays to the tensors."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        tensors[name] = value
        return {"tensor": name}
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if is_sequence(value):  # a range is loaded as a list
        items = [_encode(item, f"{name}.{i}", tensors) for i, item in enumerate(value)]
        return {"tuple": items} if isinstance(value, tuple) else items
    if isinstance(value, dict):
        entries = [
            [_encode(key, name, tensors), _encode(item, f"{name}.{key}", tensors)]
            for key, item in value.items()
        ]
        is_object = all(isinstance(key, str) for key, _ in entries) and value.keys() not in TAGS
        return dict(entries) if is_object else {"dict": entries}
    raise ValueError(
        f"{name}={value!r} cannot be saved as data without code: replace it first, for example by "
        f"set_params({name}=None)."
    )


def _decode(value, tensors):
    """Invert `_encode`; arrays are removed from the tensors."""
    if isinstance(value, list):
        return [_decode(item, tensors) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"tensor"}:
        return tensors.pop(value["tensor"])
    if value.keys() == {"tuple"}:
        return tuple(_decode(value["tuple"], tensors))
    if value.keys() == {"dict"}:
        return dict(_decode(value["dict"], tensors))
    return {key: _decode(item, tensors) for key, item in value.items()}


def _encode_classes(classes):
    labels = classes.tolist()
    in_json = all(isinstance(label, bool | int | float | str) for label in labels)
    if not in_json or classes.dtype.kind not in KINDS_OF_LABELS:
        raise ValueError(
            f"classes_={classes} cannot be saved as data without code: they must be strings, "
            "integers, booleans or floats."
        )
    return {"dtype": classes.dtype.str, "labels": labels}


def _decode_classes(classes):
    if np.dtype(classes["dtype"]).kind not in KINDS_OF_LABELS:
        raise ValueError(f"classes are of type {classes['dtype']}.")
    return np.array(classes["labels"], classes["dtype"])
