"""Networks in files of data alone: tensors, with the rest as JSON, which no reader runs.

A file holds the tensors ``coefs_.0``, ``intercepts_.0`` and so on, those of the solver's state,
and in its metadata the format, its version, the rest of the model as JSON, and a checksum. What
the model holds is described in `skmlp.export.format`.

JSON is Python's, with NaN and Infinity. Objects have strings for names; what is not JSON is an
object of one entry: ``{"tuple": [...]}``, ``{"dict": [[key, value], ...]}``, or
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
    """Write a classifier to a file of data alone, which runs no code when it is read.

    The file is replaced in one step: a crash leaves the old one or the new one, and of several
    that are written to one path at the same time, the last is left whole. Any reader of
    safetensors sees the weights of each layer. Callbacks, and attributes that you have added, are
    not written.

    Parameters
    ----------
    clf : MLPSoftmaxClassifier or DaskMLPSoftmaxClassifier
        Fitted.
    path : str or path-like
        File to write to. A file ``.skmlp-*.tmp`` beside it is used on the way, which stays only
        where the process is killed.

    Raises
    ------
    ImportError
        If safetensors is not installed: ``pip install 'skmlp[safetensors]'``.
    TypeError
        If `clf` is something else.
    ValueError
        If a parameter of the constructor is not allowed, or JSON does not hold it, such as a
        callable or a RandomState; classes are not strings, integers, booleans or floats; or
        weights are not finite.
    NotFittedError
        If `clf` is not fitted.
    OSError
        If the file cannot be written.

    See Also
    --------
    load : Read it.

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
    read_by(PARAMETERS, clf)  # raises an error for what could not be read again
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
    """Read a classifier from a file that `save` wrote.

    No code of the file is run.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    clf : MLPSoftmaxClassifier
        Fitted, as it was when it was written: predictions and records have the same bits,
        and training goes on from the same state of the solver. Parameters that were scalars
        of NumPy are those of Python. What a DaskMLPSoftmaxClassifier wrote is read as an
        MLPSoftmaxClassifier, too, with the same parameters.

    Raises
    ------
    ImportError
        If safetensors is not installed: ``pip install 'skmlp[safetensors]'``.
    ValueError
        If the file is damaged, has another format, or a newer version of it, or a field is not
        what the format says.
    OSError
        If there is no such file, or it cannot be read.

    See Also
    --------
    save : Write it.

    Examples
    --------
    >>> from skmlp.export import load
    >>> clf = load("model.safetensors")  # doctest: +SKIP
    """
    metadata, tensors = _read(path)
    checksum = metadata.pop("sha256", None)
    if checksum != _digest(metadata, tensors):
        raise ValueError(f"{path} is damaged: its checksum is not that of what it holds.")
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
    """Return the model, whose every field is what the format says."""
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
        raise ValueError(f"The tensors {sorted(tensors)} belong to nothing.")
    model.state = state_from_dict(content["state"])
    return model


def _read(path):
    """Return the metadata and the tensors of a file, if it is one of ours."""
    library = import_extra("safetensors", "safetensors", "load")
    with open(path, "rb"):  # raises errors that name the path, unlike the library's
        pass
    try:
        with library.safe_open(os.fspath(path), framework="np") as file:
            metadata = file.metadata() or {}
            _check_format(path, metadata)
            return metadata, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except library.SafetensorError as error:
        raise ValueError(f"{path} is damaged, or no file of safetensors: {error}.") from error


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
    """Compute the checksum of all that a file holds."""
    digest = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode())
    for name, A in sorted(tensors.items()):
        digest.update(f"{name} {A.dtype.str} {A.shape} ".encode())
        digest.update(A)
    return digest.hexdigest()


def _encode(value, name, tensors):
    """Return a value as JSON has it, with arrays put among the tensors."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        tensors[name] = value
        return {"tensor": name}
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if is_sequence(value):  # a range is read as a list
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
        f"{name}={value!r} cannot be written to a file of data alone: replace it first, such as by "
        f"set_params({name}=None)."
    )


def _decode(value, tensors):
    """Return the value that `_encode` was given, taking its arrays from the tensors."""
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
            f"classes_={classes} cannot be written to a file of data alone: they must be strings, "
            "integers, booleans or floats."
        )
    return {"dtype": classes.dtype.str, "labels": labels}


def _decode_classes(classes):
    if np.dtype(classes["dtype"]).kind not in KINDS_OF_LABELS:
        raise ValueError(f"classes are of type {classes['dtype']}.")
    return np.array(classes["labels"], classes["dtype"])
