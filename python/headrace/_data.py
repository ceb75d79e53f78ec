"""Samples that are at hand in Python, as files that the program reads."""
import pathlib

from headrace._errors import HeadraceError

LABELS = "labels"


def as_path(data, input_names, path, limit=None):
    """Return a path to `data`: its own where it is one, else `path`, an .npz that is written there.

    data: a path; an array or tensor of samples; a dict of them by input name (and "labels"); or an iterable of batches, such as a
        DataLoader, each a tensor, a dict, or a tuple (inputs..., labels) with or without labels.
    input_names: the model's inputs in order, where known; None for a model file.
    limit: how many samples to take of an iterable; None for all.
    """
    if isinstance(data, (str, pathlib.Path)):
        return pathlib.Path(data)
    import numpy

    numpy.savez(path, **_arrays(data, input_names, limit))
    return path


def _arrays(data, input_names, limit):
    import numpy

    if isinstance(data, dict) or hasattr(data, "__array__"):
        return _named(data, input_names)
    batches, samples = [], 0
    for batch in data:
        batches.append(_named(batch, input_names))
        samples += len(next(iter(batches[-1].values())))
        if limit is not None and samples >= limit:
            break
    if not batches:
        raise HeadraceError("the data hold no batch")
    if any(batch.keys() != batches[0].keys() for batch in batches):
        raise HeadraceError("the batches differ in their number of tensors")
    return {name: numpy.concatenate([batch[name] for batch in batches])[:limit] for name in batches[0]}


def _named(batch, input_names):
    """One batch as a dict of arrays by input name, with its labels under LABELS."""
    if isinstance(batch, dict):
        return {name: _array(tensor) for name, tensor in batch.items()}
    tensors = [_array(tensor) for tensor in (batch if isinstance(batch, (tuple, list)) else [batch])]
    names = input_names or _guess_names(tensors)
    if len(tensors) == len(names):
        return dict(zip(names, tensors))
    if len(tensors) == len(names) + 1 and _are_labels(tensors[-1]):
        return dict(zip([*names, LABELS], tensors))
    raise HeadraceError(f"a batch of {len(tensors)} tensors does not fit the inputs {', '.join(names)} "
                        "(and labels: one integer a sample); give dicts by input name")


def _guess_names(tensors):
    """Names for a model file's batches, whose inputs Python does not know: one input, without a name."""
    if len(tensors) - _are_labels(tensors[-1]) > 1:
        raise HeadraceError("for a model file of several inputs, give dicts by input name")
    return ["arr_0"]


def _are_labels(array):
    return array.ndim == 1 and array.dtype.kind in "iu"


def _array(tensor):
    import numpy

    if hasattr(tensor, "detach"):  # of torch, wherever it lives
        tensor = tensor.detach().cpu()
    return numpy.ascontiguousarray(tensor)
