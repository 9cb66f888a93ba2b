"""Recipes for faces with networks trained on other pictures.

Each imports its steps when a pipeline is made, so that listing models imports nothing.
"""

from sklearn.pipeline import make_pipeline

from skemotion.models._spaces import network_space
from skemotion.models.base import Model
from skemotion.models.face_recipes import read_faces


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

        return make_pipeline(read_faces(), VGG16Classifier(early_stopping=True))

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
