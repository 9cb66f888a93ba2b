"""Recipes for faces.

Each imports its steps when a pipeline is made, so that listing models imports nothing.
"""

from sklearn.pipeline import make_pipeline

from skemotion.models._network_model import NetworkModel
from skemotion.models.base import Model


class FaceHOGSVM(Model):
    """Histograms of oriented gradients, and an SVM with an approximated RBF kernel.

    The kernel is approximated from 1000 landmarks, so that the time grows with the number of faces
    and not with its square: as good as the exact one on FER2013, and some 30 times faster to use.

    Examples
    --------
    >>> from skemotion import load_model
    >>> list(load_model("face-hog-svm").pipeline().named_steps)
    ['recordingpipeline', 'hog', 'standardscaler', 'quietnystroem', 'linearsvc']
    """

    name = "face-hog-svm"
    modality = "face"
    description = "Histograms of oriented gradients with a kernel SVM: no network"
    source = (
        "N. Dalal, B. Triggs, 'Histograms of Oriented Gradients for Human Detection', CVPR 2005, "
        "applied to whole faces; C. Williams, M. Seeger, 'Using the Nystroem Method to Speed Up "
        "Kernel Machines', NIPS 2000"
    )

    def pipeline(self):
        """Return the unfitted pipeline.

        Returns
        -------
        :class:`~sklearn.pipeline.Pipeline`
        """
        from sklearn.preprocessing import StandardScaler
        from sklearn.svm import LinearSVC

        from skemotion.image import HOG
        from skemotion.models._nystroem import QuietNystroem

        return make_pipeline(
            read_faces(),
            HOG(),
            StandardScaler(),
            QuietNystroem(n_components=1000),  # its default gamma is 1 / n_features
            LinearSVC(C=1.0, class_weight="balanced", dual=False, tol=1e-2),
        )

    def search_space(self):
        """Return the SVM's penalty and the kernel's width, both on a logarithmic scale.

        Returns
        -------
        dict of str to :class:`optuna.distributions.BaseDistribution`
        """
        from optuna.distributions import FloatDistribution

        return {
            "linearsvc__C": FloatDistribution(0.01, 100.0, log=True),
            "quietnystroem__gamma": FloatDistribution(1e-4, 1e-2, log=True),
        }


class _FaceNetwork(NetworkModel):
    """A network on pixels from 0 to 1 of equalised grey faces."""

    modality = "face"

    def _front(self):
        from skemotion.image import Rescale

        return read_faces(), Rescale()


class FaceCNN(_FaceNetwork):
    """Equalised grey faces of 48 pixels, and a plain convolutional network.

    Examples
    --------
    >>> from skemotion import load_model
    >>> list(load_model("face-cnn").pipeline().named_steps)
    ['recordingpipeline', 'rescale', 'cnnclassifier']
    """

    name = "face-cnn"
    description = "Four convolutions with batch normalisation on 48 x 48 faces"
    source = (
        "Y. LeCun et al., 'Gradient-Based Learning Applied to Document Recognition', Proceedings "
        "of the IEEE 86(11), 1998, in the form usual for FER2013"
    )

    def _network(self):
        from skemotion.models.cnn import CNNClassifier

        return CNNClassifier(
            (32, 64, 128, 256),
            batch_norm=True,
            global_pooling=True,
            dense_units=(),
            average_flip=True,
            epochs=28,
            batch_size=64,
            schedule="cosine",
            warmup_epochs=1,
            label_smoothing=0.1,
            augment=True,
        )


class FaceResNet(_FaceNetwork):
    """Grey faces of 48 pixels, and a small residual network.

    Examples
    --------
    >>> from skemotion import load_model
    >>> list(load_model("face-resnet").pipeline().named_steps)
    ['recordingpipeline', 'rescale', 'resnetclassifier']
    """

    name = "face-resnet"
    description = "Three residual stages on 48 x 48 faces"
    source = (
        "K. He, X. Zhang, S. Ren, J. Sun, 'Deep Residual Learning for Image Recognition', CVPR "
        "2016, in a size for small grey faces"
    )

    def _network(self):
        from skemotion.image import ImageAugmenter
        from skemotion.models.resnet import ResNetClassifier

        return ResNetClassifier(
            epochs=40,
            batch_size=64,
            optimizer="adamw",
            optimizer_params={"weight_decay": 0.01},
            schedule="cosine",
            warmup_epochs=1,
            label_smoothing=0.1,
            augment=ImageAugmenter(zoom=0.2, contrast=0.2, cutout=0.3),
        )


class FaceMicro(_FaceNetwork):
    """Equalised grey faces of 48 pixels, and a network for phones.

    Examples
    --------
    >>> from skemotion import load_model
    >>> list(load_model("face-micro").pipeline().named_steps)
    ['recordingpipeline', 'rescale', 'microcnnclassifier']
    """

    name = "face-micro"
    description = "Inverted residuals on 48 x 48 faces, fewer than 100,000 parameters: for phones"
    source = (
        "M. Sandler et al., 'MobileNetV2: Inverted Residuals and Linear Bottlenecks', CVPR 2018, "
        "in a size for small grey faces"
    )

    def _network(self):
        from skemotion.image import ImageAugmenter
        from skemotion.models.micro_cnn import MicroCNNClassifier

        return MicroCNNClassifier(
            average_flip=True,
            epochs=80,
            batch_size=64,
            learning_rate=3e-3,
            schedule="cosine",
            warmup_epochs=2,
            augment=ImageAugmenter(zoom=0.2),
        )


class FaceMiniXception(_FaceNetwork):
    """Equalised grey faces of 48 pixels, and mini-Xception.

    Examples
    --------
    >>> from skemotion import load_model
    >>> list(load_model("face-mini-xception").pipeline().named_steps)
    ['recordingpipeline', 'rescale', 'minixceptionclassifier']
    """

    name = "face-mini-xception"
    description = "mini-Xception on 48 x 48 faces: separable convolutions, 58,423 parameters"
    source = (
        "O. Arriaga, M. Valdenegro-Toro, P. Ploger, 'Real-time Convolutional Neural Networks for "
        "Emotion and Gender Classification', arXiv:1710.07557, 2017"
    )

    def _network(self):
        from skemotion.image import ImageAugmenter
        from skemotion.models.mini_xception import MiniXceptionClassifier

        return MiniXceptionClassifier(
            average_flip=True,
            epochs=80,
            batch_size=64,
            schedule="cosine",
            augment=ImageAugmenter(zoom=0.2),
        )

    def search_space(self):
        """Return the learning rate, the batch size and the augmentation.

        Returns
        -------
        dict of str to :class:`optuna.distributions.BaseDistribution`
        """
        space = super().search_space()
        del space["minixceptionclassifier__dropout"]  # it has none
        return space


class FaceVGG(_FaceNetwork):
    """Equalised grey faces of 48 pixels, and a wide VGG-style network: wants a GPU.

    Examples
    --------
    >>> from skemotion import load_model
    >>> list(load_model("face-vgg").pipeline().named_steps)
    ['recordingpipeline', 'rescale', 'vggclassifier']
    """

    name = "face-vgg"
    description = "Eight convolutions and two dense layers of 4096 on 48 x 48 faces: wants a GPU"
    source = (
        "Y. Khaireddin, Z. Chen, 'Facial Emotion Recognition: State of the Art Performance on "
        "FER2013', arXiv:2105.03588, 2021"
    )

    def _network(self):
        from skemotion.image import ImageAugmenter
        from skemotion.models.vgg import VGGClassifier

        return VGGClassifier(
            epochs=300,
            batch_size=64,
            optimizer="sgd",
            optimizer_params={"momentum": 0.9, "nesterov": True, "weight_decay": 1e-4},
            learning_rate=0.01,
            schedule="plateau",
            early_stopping=True,
            monitor="accuracy",
            patience=30,
            augment=ImageAugmenter(shift=0.2, zoom=0.2, cutout=0.3),
            precision="auto",
        )


def read_faces(size=48):
    """Return the steps from recordings to equalised square pictures.

    Parameters
    ----------
    size : int, default=48
        Height and width, in pixels.

    Returns
    -------
    RecordingPipeline
    """
    from skemotion._recordings import make_recording_pipeline
    from skemotion.image import EqualizeHist, ReadImages, Resize

    return make_recording_pipeline(ReadImages(), EqualizeHist(), Resize(size, size))
