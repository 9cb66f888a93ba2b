"""From what a network answers to one vector a recording."""

import numpy as np

STATISTICS = {"mean": np.mean, "std": np.std, "max": np.max}


def pool(outputs, *, modality, layout, layers, pooling):
    """Return statistics of embeddings over time or place.

    Parameters
    ----------
    outputs : list of ndarray
        Outputs of the network for one recording. Several are layers, and so is a leading axis that
        one has beyond what follows. Each is of shape (1, n_dims); of (1, n_frames, n_dims); or, for
        faces, of (1, n_dims, height, width) or (1, height, width, n_dims) by `layout`.
    modality : {"voice", "face"}
        What the recordings are.
    layout : {"NCHW", "NHWC"}
        Order of the axes of pictures.
    layers : {"mean", "last"}, int or list of int
        Which layers are averaged.
    pooling : tuple of {"mean", "std", "max"}
        Statistics over frames or pixels.

    Returns
    -------
    ndarray of float32 of shape (n_statistics, n_dims)
        One statistic where there is nothing to pool.

    Raises
    ------
    ValueError
        If the outputs have another shape.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.models._pooling import pool
    >>> frames = np.float32([[[1, 10], [3, 30]]])
    >>> how = {"modality": "voice", "layout": "NCHW", "layers": "mean"}
    >>> pool([frames], pooling=("mean", "max"), **how)
    array([[ 2., 20.],
           [ 3., 30.]], dtype=float32)
    """
    deepest = 4 if modality == "face" else 3
    output = _stack_layers(outputs, deepest, layers)
    if not 2 <= output.ndim <= deepest or len(output) != 1:
        expected = "(1, n_dims) or (1, n_frames, n_dims)"
        raise ValueError(
            f"expected the network to answer with shape {expected}, got {output.shape}. "
            "Set output_name to another output"
        )
    embedding = output[0].astype(np.float64)
    if embedding.ndim == 1:
        return embedding.astype(np.float32)[None]
    if embedding.ndim == 3 and layout == "NCHW":
        embedding = np.moveaxis(embedding, 0, -1)
    places = embedding.reshape(-1, embedding.shape[-1])
    if len(places) == 0:
        raise ValueError("the recording is too short for the network: it answers no frames")
    return np.array([STATISTICS[one](places, axis=0) for one in pooling], dtype=np.float32)


def _stack_layers(outputs, deepest, layers):
    """Return one output, with its layers averaged."""
    if len(outputs) == 1 and outputs[0].ndim <= deepest:
        return outputs[0]
    stack = outputs[0] if len(outputs) == 1 else np.stack(outputs)
    if layers == "mean":
        return stack.mean(axis=0)
    chosen = [-1] if layers == "last" else np.atleast_1d(layers)
    if max(chosen) >= len(stack) or min(chosen) < -len(stack):
        raise ValueError(
            f"expected layers between 0 and {len(stack) - 1}, got {layers!r}. "
            f"The network answers {len(stack)}"
        )
    return stack[chosen].mean(axis=0)
