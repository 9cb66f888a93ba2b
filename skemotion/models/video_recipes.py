"""Recipes for videos of faces.

Each imports its steps when a pipeline is made, so that listing models imports nothing.
"""

from skemotion.models._network_model import NetworkModel

_TRAINING = {
    "epochs": 40,
    "batch_size": 16,
    "schedule": "cosine",
    "warmup_epochs": 2,
    "class_weight": "balanced",
    "augment": True,
}


class _FaceClip(NetworkModel):
    """A network on clips of a face."""

    modality = "video"

    def _front(self):
        from skemotion._recordings import make_recording_pipeline
        from skemotion.video import FaceTrack, ReadVideo

        # a clip without a face found is no reason to stop: its frames are kept whole
        return (make_recording_pipeline(ReadVideo(16), FaceTrack(48, on_missing="whole")),)


class VideoTransformer(_FaceClip):
    """A face followed through 16 frames, and a Transformer over them.

    Examples
    --------
    >>> from skemotion import load_model
    >>> list(load_model("video-transformer").pipeline().named_steps)
    ['recordingpipeline', 'videotransformerclassifier']
    """

    name = "video-transformer"
    description = "A face in 16 frames of 48 x 48, convolutions and a Transformer over time"
    source = (
        "Z. Zhao, Q. Liu, 'Former-DFER: Dynamic Facial Expression Recognition Transformer', ACM "
        "Multimedia 2021, in a small form"
    )

    def _network(self):
        from skemotion.models.video_transformer import VideoTransformerClassifier

        return VideoTransformerClassifier(**_TRAINING)


class VideoTCN(_FaceClip):
    """A face followed through 16 frames, and convolutions over them.

    Examples
    --------
    >>> from skemotion import load_model
    >>> list(load_model("video-tcn").pipeline().named_steps)
    ['recordingpipeline', 'videotcnclassifier']
    """

    name = "video-tcn"
    description = "A face in 16 frames of 48 x 48, convolutions in each and over time"
    source = (
        "S. Bai, J. Z. Kolter, V. Koltun, 'An Empirical Evaluation of Generic Convolutional and "
        "Recurrent Networks for Sequence Modeling', arXiv:1803.01271, 2018"
    )

    def _network(self):
        from skemotion.models.video_tcn import VideoTCNClassifier

        return VideoTCNClassifier(**_TRAINING)
