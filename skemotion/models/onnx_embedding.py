"""Embeddings from pretrained networks."""

import os
from functools import partial
from numbers import Integral, Real

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skemotion._compat import Interval, StrOptions
from skemotion._recordings import RecordingTransformer
from skemotion._validation import check_recordings
from skemotion.audio import ReadAudio
from skemotion.image import ReadImages, Resize
from skemotion.models._inputs import normalize, prepare_face, prepare_voice
from skemotion.models._onnx import Network, file_hash, import_runtime
from skemotion.models._pooling import STATISTICS, pool


class OnnxEmbedding(RecordingTransformer):
    """Describe recordings by what a pretrained network makes of them.

    The network is any that was exported to ONNX: for voices one that takes waveforms, such as
    wav2vec2 [1]_, HuBERT, WavLM or emotion2vec; for faces one that takes pictures. It is not
    trained further. Its frames, layers or places are pooled to one vector a recording.

    Recordings go through the network one by one, and nothing is padded, so that a result depends on
    its recording alone. On processors larger batches are hardly faster; `n_jobs` and `n_threads`
    are.

    Parameters
    ----------
    model : path-like
        The ONNX file, with its weights in it. It is loaded on first use, once in each process
        (extra ``onnx``).
    modality : {"voice", "face"}, default="voice"
        What the recordings are.
    sampling_rate : int, default=16000
        Sampling rate of the waveforms that the network takes, in Hz.
    duration : float, default=None
        Length that waveforms are cut or padded with zeros to at their end, in seconds, for a
        network that takes one length only. None keeps their lengths.
    size : (int, int), default=None
        Height and width that pictures are brought to, in pixels. None means what the network takes,
        or the size that pictures have where it takes any.
    mode : {"rgb", "bgr", "grey"}, default="rgb"
        Channels of the pictures.
    layout : {"NCHW", "NHWC"}, default="NCHW"
        Whether channels come before height and width, or after them.
    mean, std : float or tuple of float, default=0.0 and 1.0
        What is taken away from the values and what they are divided by, one number or one a
        channel. Waveforms come in [-1, 1], pictures in [0, 1]: ``std=1 / 255`` is for a network
        that takes 0 to 255.
    standardize : bool, default=False
        After that, bring each recording to mean 0 and variance 1, as the larger wav2vec2 and HuBERT
        networks want it.
    input_name : str, default=None
        Input that takes the recordings; None means the first. Further inputs may be masks and
        lengths, which their names must tell.
    output_name : str or list of str, default=None
        Output that holds the embeddings, or several that are layers. None means the first.
    layers : {"mean", "last"}, int or list of int, default="mean"
        Which layers are averaged, where there are several outputs, or one with a leading axis of
        layers.
    pooling : tuple of {"mean", "std", "max"}, default=("mean",)
        Statistics over the frames of a voice, or over the places of a feature map, where the
        network answers more than one vector.
    sha256 : str, default=None
        Hash that the file must have, as 64 hexadecimal digits. None takes any file.
    n_threads : int, default=1
        Threads inside the network; their number may change the last digits.
    cache : path-like or False, default=None
        Folder where results are kept, so that a recording whose content did not change is not
        processed again with the same network and parameters. None means ``$SKEMOTION_CACHE`` where
        that is set, else none; False means none.
    n_jobs : int, default=None
        Number of recordings that threads work on at once. None means 1 unless in a
        :obj:`joblib.parallel_config` context.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a recording that cannot be processed: raise an error that names it, or keep
        its row as NaN and warn once.
    verbose : bool, default=False
        Show progress.

    Attributes
    ----------
    sha256_ : str
        Hash of the file seen during `fit`; another file at its place is refused later.
    embedding_shape_ : tuple of int
        Number of statistics and of dimensions of the first recording that could be processed.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is damaged, is not the one that it should be, or has no such input or output.

    See Also
    --------
    AcousticFeatures : Features of voices that need no network.
    HOG : Features of faces that need no network.

    References
    ----------
    .. [1] A. Baevski et al., "wav2vec 2.0: A Framework for Self-Supervised Learning of Speech
       Representations", NeurIPS 2020. https://arxiv.org/abs/2006.11477

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.svm import SVC
    >>> from skemotion import OnnxEmbedding
    >>> voices = OnnxEmbedding("wav2vec2.onnx", standardize=True, pooling=("mean", "std"))
    >>> faces = OnnxEmbedding("arcface.onnx", modality="face", mean=0.5, std=0.5)
    >>> make_pipeline(voices, SVC()).fit(["a.wav"], ["angry"])
    Traceback (most recent call last):
    ...
    FileNotFoundError: Expected model to be an ONNX file, got 'wav2vec2.onnx', which is no file.
    Check the path.
    """

    _parameter_constraints = {
        **RecordingTransformer._parameter_constraints,
        "model": [str, os.PathLike],
        "modality": [StrOptions({"voice", "face"})],
        "sampling_rate": [Interval(Integral, 1, None, closed="left")],
        "duration": [Interval(Real, 0, None, closed="neither"), None],
        "size": [tuple, list, None],
        "mode": [StrOptions({"rgb", "bgr", "grey"})],
        "layout": [StrOptions({"NCHW", "NHWC"})],
        "mean": [Real, tuple, list],
        "std": [Real, tuple, list],
        "standardize": ["boolean"],
        "input_name": [str, None],
        "output_name": [str, tuple, list, None],
        "layers": [StrOptions({"mean", "last"}), Integral, tuple, list],
        "pooling": [tuple, list],
        "sha256": [str, None],
        "n_threads": [Interval(Integral, 1, None, closed="left")],
    }
    _verb = "embed"

    def __init__(
        self,
        model,
        *,
        modality="voice",
        sampling_rate=16000,
        duration=None,
        size=None,
        mode="rgb",
        layout="NCHW",
        mean=0.0,
        std=1.0,
        standardize=False,
        input_name=None,
        output_name=None,
        layers="mean",
        pooling=("mean",),
        sha256=None,
        n_threads=1,
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(cache=cache, n_jobs=n_jobs, on_error=on_error, verbose=verbose)
        self.model = model
        self.modality = modality
        self.sampling_rate = sampling_rate
        self.duration = duration
        self.size = size
        self.mode = mode
        self.layout = layout
        self.mean = mean
        self.std = std
        self.standardize = standardize
        self.input_name = input_name
        self.output_name = output_name
        self.layers = layers
        self.pooling = pooling
        self.sha256 = sha256
        self.n_threads = n_threads

    def fit(self, X, y=None):
        """Remember the file, and embed one recording to know the shape.

        Parameters
        ----------
        X : array-like of shape (n_samples,)
            Recordings.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        super().fit(X, y)
        self.sha256_ = file_hash(self.model)
        embed = self._make_embed()
        for recording in check_recordings(X):
            try:
                self.embedding_shape_ = embed(recording).shape
            except (ValueError, TypeError, OSError):
                continue  # transform says what is wrong with it
            break
        return self

    def make_function(self):
        """Return the function that embeds one recording.

        Returns
        -------
        callable
            From a path, bytes, binary file object or array to an array of dtype float32 and shape
            (n_features,).
        """
        return partial(_flat, embed=self._make_embed())

    def depends_on(self):
        """Return what its results depend on beside its parameters and its code.

        Returns
        -------
        str
            The hash of the file.
        """
        return file_hash(self.model)

    def get_feature_names_out(self, input_features=None):
        """Return the names of the features.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str objects of shape (n_features,)
            ``"embedding_0"`` and so on; with several statistics ``"embedding_0_mean"``, all of the
            first statistic, then all of the second.
        """
        check_is_fitted(self, "embedding_shape_")
        n_statistics, n_dims = self.embedding_shape_
        ends = [""] if n_statistics == 1 else [f"_{one}" for one in self.pooling]
        return np.array([f"embedding_{i}{end}" for end in ends for i in range(n_dims)], object)

    def _make_embed(self):
        """Return the function from a recording to an array of shape (n_statistics, n_dims)."""
        import_runtime()
        _check_pooling(self.pooling)
        network = Network(os.fspath(self.model), self._checked_hash(), self.n_threads)
        taken = network.find_input(self.input_name)
        prepare = self._prepare_voice if self.modality == "voice" else self._prepare_face
        return partial(
            _embed,
            prepare=prepare(_check_axes(taken, self.modality, network.path)),
            network=network,
            input_name=taken.name,
            output_names=network.find_outputs(self.output_name),
            pool=partial(
                pool,
                modality=self.modality,
                layout=self.layout,
                layers=self.layers,
                pooling=self.pooling,
            ),
        )

    def _checked_hash(self):
        found = file_hash(self.model)
        for expected, whose in (
            (self.sha256, "that sha256 asks for"),
            (getattr(self, "sha256_", None), "seen during fit"),
        ):
            if expected is not None and found != expected.lower():
                raise ValueError(
                    f"Expected {self.model} to be the file {whose}, with the hash "
                    f"{expected.lower()}, got {found}. Put that file there, or fit again."
                )
        return found

    def _prepare_voice(self, shape):
        read = ReadAudio(self.sampling_rate, duration=self.duration).make_function()
        normalize = self._make_normalize(n_channels=1)
        return partial(prepare_voice, read=read, normalize=normalize, rank=len(shape))

    def _prepare_face(self, shape):
        grey = self.mode == "grey"
        fixed = shape[2:] if self.layout == "NCHW" else shape[1:3]
        size = self.size or (fixed if all(isinstance(side, int) for side in fixed) else None)
        return partial(
            prepare_face,
            read=ReadImages("grey" if grey else "rgb").make_function(),
            resize=_same if size is None else _make_resize(size),
            normalize=self._make_normalize(n_channels=1 if grey else 3),
            flip=self.mode == "bgr",
            layout=self.layout,
        )

    def _make_normalize(self, n_channels):
        numbers = {}
        for name in ("mean", "std"):
            given = getattr(self, name)
            value = numbers[name] = np.asarray(given, np.float32)
            if value.shape not in ((), (1,), (n_channels,)) or (name == "std" and not value.all()):
                raise ValueError(
                    f"Expected {name} to be one number or one for each of {n_channels} channels, "
                    f"and std not to be 0, got {given!r}. Write {name}=0.5, for example."
                )
        return partial(normalize, standardize=self.standardize, **numbers)


def _make_resize(size):
    if len(size) != 2:
        raise ValueError(
            f"Expected size to be a height and a width in pixels, got {size!r}. "
            "Write size=(112, 112), for example."
        )
    resize = Resize(*size)
    resize._validate_params()
    return resize.make_function()


def _same(picture):
    return picture


def _embed(recording, prepare, network, input_name, output_names, pool):
    batch = prepare(recording)
    outputs = network.run(batch, input_name, output_names)
    return pool([output[None] for output in outputs] if batch.ndim == 1 else outputs)


def _flat(recording, embed):
    return embed(recording).ravel()


def _check_pooling(pooling):
    unknown = set(pooling) - set(STATISTICS)
    if unknown or not pooling or len(set(pooling)) < len(pooling):
        raise ValueError(
            f"Expected pooling to be a tuple of different names out of {', '.join(STATISTICS)}, "
            f"got {pooling!r}. Write pooling=('mean', 'std'), for example."
        )


def _check_axes(taken, modality, path):
    """Return the shape of an input, or say why no recording fits into it."""
    shape = taken.shape
    ranks = (1, 2, 3) if modality == "voice" else (4,)
    single = len(shape) == 1 or not isinstance(shape[0], int) or shape[0] == 1
    if len(shape) not in ranks or not single:
        wanted = "(1, n_times)" if modality == "voice" else "(1, ...) with four axes"
        raise ValueError(
            f"Expected the input {taken.name!r} of {path} to take the shape {wanted}, got "
            f"{tuple(shape)}. Export the network with a free batch axis, or set modality and "
            "input_name."
        )
    return shape
