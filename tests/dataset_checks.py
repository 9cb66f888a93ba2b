"""What tests of readers ask again and again."""

import re

import numpy as np
import pytest

from skemotion import load_dataset


def fails(message, name, root, **options):
    """Check that loading fails with a message."""
    with pytest.raises(ValueError, match=re.escape(message)):
        load_dataset(name, root, **options)


def faulty(name, root, path, reason, **options):
    """Check that a fault is named by default, and counted on request; return what is loaded."""
    with pytest.raises(ValueError, match=re.escape(f"{path} ({reason}: 1)")):
        load_dataset(name, root, **options)
    data = load_dataset(name, root, on_error="skip", **options)
    assert data.left_out[reason] == 1
    assert [tuple(fault) for fault in data.faults] == [(path, reason)]
    return data


def emotion_counts(data):
    """Return the number of recordings of each emotion."""
    return dict(zip(*map(list, np.unique(data.y, return_counts=True)), strict=True))


def whole(name, root, **options):
    """Check a tree of the published size: counts and, for each protocol, its sizes."""
    data = load_dataset(name, root, **options)
    dataset = data.dataset
    assert len(data.y) == dataset.n_recordings
    assert emotion_counts(data) == dict(sorted(dataset.counts.items()))
    if dataset.subject_counts:
        subjects = data.frame["subject"].str.partition("/")[2]
        assert subjects.value_counts().to_dict() == dataset.subject_counts
    for protocol in dataset.protocols:
        divided = data  # under the scheme of the protocol
        if protocol.scheme is not None:
            divided = load_dataset(name, root, scheme=protocol.scheme, **options)
        assert len(protocol(divided.frame, whole=True)) == protocol.n_folds
    return data
