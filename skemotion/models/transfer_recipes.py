"""Recipes for faces with networks that were trained on other pictures.

Their bases start at random, because nothing may be downloaded unasked: set ``weights="imagenet"``
to let Keras download its weights, or a file. Each recipe imports its steps when a pipeline is
made, so that listing models imports nothing.
"""

from sklearn.pipeline import make_pipeline

from skemotion.models._spaces import network_space
from skemotion.models.base import Model
from skemotion.models.face_recipes import read_faces


class FaceVGG16(Model):
    """Equalised grey faces of 48 pixels, and VGG16 with a base that is then fine-tuned.

    The base starts at random, because nothing may be downloaded unasked. Set
    ``vgg16classifier__weights="imagenet"`` to let Keras download its weights, or a file.

    Examples
    --------
    >>> from skemotion import load_model
    >>> pipeline = load_model("face-vgg16").pipeline()
    >>> pipeline.set_params(vgg16classifier__weights="imagenet").named_steps.keys()
    dict_keys(['recordingpipeline', 'vgg16classifier'])
    """

    name = "face-vgg16"
    modality = "face"
    description = "VGG16, frozen and then fine-tuned, on equalised 48 x 48 faces"
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

        network = VGG16Classifier(
            epochs=10,
            fine_tune_epochs=10,
            early_stopping=True,
            average_flip=True,
        )
        return make_pipeline(read_faces(), network)

    def search_space(self):
        """Return the learning rates, the dropout rate, the batch size and where fine-tuning begins.

        Returns
        -------
        dict of str to :class:`optuna.distributions.BaseDistribution`
        """
        return _space("vgg16classifier", ["block4_conv1", "block5_conv1"])


class FaceMobileNet(Model):
    """Equalised grey faces of 96 pixels, and MobileNetV3-small with a base that is then fine-tuned.

    The base starts at random, because nothing may be downloaded unasked. Set
    ``mobilenetclassifier__weights="imagenet"`` to let Keras download its weights, or a file.

    Examples
    --------
    >>> from skemotion import load_model
    >>> pipeline = load_model("face-mobilenet").pipeline()
    >>> pipeline.set_params(mobilenetclassifier__weights="imagenet").named_steps.keys()
    dict_keys(['recordingpipeline', 'mobilenetclassifier'])
    """

    name = "face-mobilenet"
    modality = "face"
    description = "MobileNetV3-small, frozen and then fine-tuned, on equalised 96 x 96 faces"
    source = "A. Howard et al., 'Searching for MobileNetV3', ICCV 2019"

    def pipeline(self):
        """Return the unfitted pipeline.

        Returns
        -------
        :class:`~sklearn.pipeline.Pipeline`
        """
        from skemotion.models.mobilenet import MobileNetClassifier

        network = MobileNetClassifier(
            epochs=10,
            fine_tune_epochs=10,
            early_stopping=True,
            average_flip=True,
        )
        return make_pipeline(read_faces(96), network)

    def search_space(self):
        """Return the learning rates, the dropout rate, the batch size and where fine-tuning begins.

        Returns
        -------
        dict of str to :class:`optuna.distributions.BaseDistribution`
        """
        return _space("mobilenetclassifier", ["expanded_conv_3_expand", "expanded_conv_8_expand"])


class FaceEfficientNet(Model):
    """Equalised grey faces of 96 pixels, and EfficientNet-B0 with a base that is then fine-tuned.

    The base starts at random, because nothing may be downloaded unasked. Set
    ``efficientnetclassifier__weights="imagenet"`` to let Keras download its weights, or a file.

    Examples
    --------
    >>> from skemotion import load_model
    >>> pipeline = load_model("face-efficientnet").pipeline()
    >>> pipeline.set_params(efficientnetclassifier__weights="imagenet").named_steps.keys()
    dict_keys(['recordingpipeline', 'efficientnetclassifier'])
    """

    name = "face-efficientnet"
    modality = "face"
    description = "EfficientNet-B0, frozen and then fine-tuned, on equalised 96 x 96 faces"
    source = (
        "M. Tan, Q. V. Le, 'EfficientNet: Rethinking Model Scaling for Convolutional Neural "
        "Networks', ICML 2019"
    )

    def pipeline(self):
        """Return the unfitted pipeline.

        Returns
        -------
        :class:`~sklearn.pipeline.Pipeline`
        """
        from skemotion.models.efficientnet import EfficientNetClassifier

        network = EfficientNetClassifier(
            epochs=10,
            fine_tune_epochs=10,
            early_stopping=True,
            average_flip=True,
        )
        return make_pipeline(read_faces(96), network)

    def search_space(self):
        """Return the learning rates, the dropout rate, the batch size and where fine-tuning begins.

        Returns
        -------
        dict of str to :class:`optuna.distributions.BaseDistribution`
        """
        return _space("efficientnetclassifier", ["block4a_expand_conv", "block6a_expand_conv"])


def _space(step, layers):
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    space = network_space(step)
    del space[f"{step}__augment"]  # it would undo the speed of the frozen base
    return {
        **space,
        f"{step}__fine_tune_from": CategoricalDistribution(layers),
        f"{step}__fine_tune_learning_rate": FloatDistribution(1e-6, 1e-3, log=True),
    }
