"""Recipes for faces with networks that were trained on other pictures.

Their bases start at random and are trained as a whole, because nothing may be downloaded unasked:
set ``weights="imagenet"`` to let Keras download its weights, or a file. Each recipe imports its
steps when a pipeline is made, so that listing models imports nothing.
"""

from skemotion.models._network_model import NetworkModel
from skemotion.models.face_recipes import read_faces

_TRAINING = {"epochs": 10, "fine_tune_epochs": 10, "early_stopping": True, "average_flip": True}


class _FineTuned(NetworkModel):
    """A network with a base that is first frozen, on equalised grey faces."""

    modality = "face"
    _size = 0  # pixels
    _tuned_from = ()  # layers where fine-tuning may begin

    def _front(self):
        return (read_faces(self._size),)

    def search_space(self):
        """Return the learning rates, the dropout rate, the batch size and where fine-tuning begins.

        Returns
        -------
        dict of str to :class:`optuna.distributions.BaseDistribution`
        """
        from optuna.distributions import CategoricalDistribution, FloatDistribution

        step = type(self._network()).__name__.lower()
        space = super().search_space()
        del space[f"{step}__augment"]  # it would undo the speed of the frozen base
        return {
            **space,
            f"{step}__fine_tune_from": CategoricalDistribution(list(self._tuned_from)),
            f"{step}__fine_tune_learning_rate": FloatDistribution(1e-6, 1e-3, log=True),
        }


class FaceVGG16(_FineTuned):
    """Equalised grey faces of 48 pixels, and VGG16 with a base that is then fine-tuned.

    The base starts at random, and all of it is trained, because nothing may be downloaded unasked.
    Set ``vgg16classifier__weights="imagenet"`` to let Keras download its weights, or a file.

    Examples
    --------
    >>> from skemotion import load_model
    >>> pipeline = load_model("face-vgg16").pipeline()
    >>> pipeline.set_params(vgg16classifier__weights="imagenet").named_steps.keys()
    dict_keys(['recordingpipeline', 'vgg16classifier'])
    """

    name = "face-vgg16"
    description = "VGG16, frozen and then fine-tuned, on equalised 48 x 48 faces"
    source = (
        "K. Simonyan, A. Zisserman, 'Very Deep Convolutional Networks for Large-Scale Image "
        "Recognition', ICLR 2015"
    )
    _size = 48
    _tuned_from = ("block4_conv1", "block5_conv1")

    def _network(self):
        from skemotion.models.vgg16 import VGG16Classifier

        return VGG16Classifier(**_TRAINING)


class FaceMobileNet(_FineTuned):
    """Equalised grey faces of 96 pixels, and MobileNetV3-small with a base that is then fine-tuned.

    The base starts at random, and all of it is trained, because nothing may be downloaded unasked.
    Set ``mobilenetclassifier__weights="imagenet"`` to let Keras download its weights, or a file.

    Examples
    --------
    >>> from skemotion import load_model
    >>> pipeline = load_model("face-mobilenet").pipeline()
    >>> pipeline.set_params(mobilenetclassifier__weights="imagenet").named_steps.keys()
    dict_keys(['recordingpipeline', 'mobilenetclassifier'])
    """

    name = "face-mobilenet"
    description = "MobileNetV3-small, frozen and then fine-tuned, on equalised 96 x 96 faces"
    source = "A. Howard et al., 'Searching for MobileNetV3', ICCV 2019"
    _size = 96
    _tuned_from = ("expanded_conv_3_expand", "expanded_conv_8_expand")

    def _network(self):
        from skemotion.models.mobilenet import MobileNetClassifier

        return MobileNetClassifier(**_TRAINING)


class FaceEfficientNet(_FineTuned):
    """Equalised grey faces of 96 pixels, and EfficientNet-B0 with a base that is then fine-tuned.

    The base starts at random, and all of it is trained, because nothing may be downloaded unasked.
    Set ``efficientnetclassifier__weights="imagenet"`` to let Keras download its weights, or a file.

    Examples
    --------
    >>> from skemotion import load_model
    >>> pipeline = load_model("face-efficientnet").pipeline()
    >>> pipeline.set_params(efficientnetclassifier__weights="imagenet").named_steps.keys()
    dict_keys(['recordingpipeline', 'efficientnetclassifier'])
    """

    name = "face-efficientnet"
    description = "EfficientNet-B0, frozen and then fine-tuned, on equalised 96 x 96 faces"
    source = (
        "M. Tan, Q. V. Le, 'EfficientNet: Rethinking Model Scaling for Convolutional Neural "
        "Networks', ICML 2019"
    )
    _size = 96
    _tuned_from = ("block4a_expand_conv", "block6a_expand_conv")

    def _network(self):
        from skemotion.models.efficientnet import EfficientNetClassifier

        return EfficientNetClassifier(**_TRAINING)
