"""Recipes for faces.

Each imports its steps when a pipeline is made, so that listing models imports nothing.
"""

from sklearn.pipeline import make_pipeline

from skemotion.models._spaces import network_space
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
            _images(),
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


class FaceCNN(Model):
    """Equalised grey faces of 48 pixels, and a plain convolutional network.

    Examples
    --------
    >>> from skemotion import load_model
    >>> list(load_model("face-cnn").pipeline().named_steps)
    ['recordingpipeline', 'rescale', 'cnnclassifier']
    """

    name = "face-cnn"
    modality = "face"
    description = "Four convolutions with batch normalisation and a dense layer on 48 x 48 faces"
    source = (
        "Y. LeCun et al., 'Gradient-Based Learning Applied to Document Recognition', Proceedings "
        "of the IEEE 86(11), 1998, in the form usual for FER2013"
    )

    def pipeline(self):
        """Return the unfitted pipeline.

        Returns
        -------
        :class:`~sklearn.pipeline.Pipeline`
        """
        from skemotion.image import Rescale
        from skemotion.models.cnn import CNNClassifier

        network = CNNClassifier(
            (32, 64, 128, 256),
            batch_norm=True,
            dropout=0.4,
            average_flip=True,
            epochs=60,
            batch_size=64,
            schedule="cosine",
            augment=True,
        )
        return make_pipeline(_images(), Rescale(), network)

    def search_space(self):
        """Return the learning rate, the dropout rate, the batch size and the augmentation.

        Returns
        -------
        dict of str to :class:`optuna.distributions.BaseDistribution`
        """
        return network_space("cnnclassifier")


class FaceResNet(Model):
    """Grey faces of 48 pixels, and a small residual network.

    Examples
    --------
    >>> from skemotion import load_model
    >>> list(load_model("face-resnet").pipeline().named_steps)
    ['recordingpipeline', 'rescale', 'resnetclassifier']
    """

    name = "face-resnet"
    modality = "face"
    description = "Three residual stages on 48 x 48 faces: the most accurate to train without a GPU"
    source = (
        "K. He, X. Zhang, S. Ren, J. Sun, 'Deep Residual Learning for Image Recognition', CVPR "
        "2016, in a size for small grey faces"
    )

    def pipeline(self):
        """Return the unfitted pipeline.

        Returns
        -------
        :class:`~sklearn.pipeline.Pipeline`
        """
        from skemotion.image import ImageAugmenter, Rescale
        from skemotion.models.resnet import ResNetClassifier

        network = ResNetClassifier(
            epochs=80,
            batch_size=64,
            optimizer="adamw",
            optimizer_params={"weight_decay": 0.01},
            schedule="cosine",
            warmup_epochs=2,
            label_smoothing=0.1,
            augment=ImageAugmenter(zoom=0.2, contrast=0.2, cutout=0.3),
        )
        return make_pipeline(_images(), Rescale(), network)

    def search_space(self):
        """Return the learning rate, the dropout rate, the batch size and the augmentation.

        Returns
        -------
        dict of str to :class:`optuna.distributions.BaseDistribution`
        """
        return network_space("resnetclassifier")


class FaceVGG16(Model):
    """Equalised grey faces of 48 pixels, and VGG16 with a frozen base.

    The base starts at random, because nothing may be downloaded unasked. Set
    ``vgg16classifier__weights="imagenet"`` to let Keras download its weights, or give a file.

    Examples
    --------
    >>> from skemotion import load_model
    >>> pipeline = load_model("face-vgg16").pipeline()
    >>> pipeline.set_params(vgg16classifier__weights="imagenet").named_steps.keys()
    dict_keys(['recordingpipeline', 'vgg16classifier'])
    """

    name = "face-vgg16"
    modality = "face"
    description = "VGG16, frozen, with a dense layer on equalised 48 x 48 faces"
    source = (
        "K. Simonyan, A. Zisserman, 'Very Deep Convolutional Networks for Large-Scale Image "
        "Recognition', ICLR 2015"
    )

    def pipeline(self):
        """Return the unfitted pipeline.

        Returns
        -------
        :class:`~sklearn.pipeline.Pipeline`
        """
        from skemotion.models.vgg16 import VGG16Classifier

        return make_pipeline(_images(), VGG16Classifier(early_stopping=True))

    def search_space(self):
        """Return the learning rate, the dropout rate, the batch size and the blocks to train.

        Returns
        -------
        dict of str to :class:`optuna.distributions.BaseDistribution`
        """
        from optuna.distributions import IntDistribution

        space = network_space("vgg16classifier")
        del space["vgg16classifier__augment"]  # it would undo the speed of the frozen base
        return {**space, "vgg16classifier__trainable_blocks": IntDistribution(0, 2)}


def _images():
    from skemotion._recordings import make_recording_pipeline
    from skemotion.image import EqualizeHist, ReadImages, Resize

    return make_recording_pipeline(ReadImages(), EqualizeHist(), Resize(48, 48))
