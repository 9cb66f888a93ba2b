"""The first recipes for voices.

Each imports its steps when a pipeline is made, so that listing models imports nothing.
"""

from sklearn.pipeline import make_pipeline

from skemotion.models._network_model import network_space
from skemotion.models.base import Model


class VoiceSVM(Model):
    """Means and deviations of acoustic features over the utterance, and a kernel SVM.

    Examples
    --------
    >>> from skemotion import load_model
    >>> list(load_model("voice-svm").pipeline().named_steps)
    ['acousticfeatures', 'standardscaler', 'svc']
    """

    name = "voice-svm"
    modality = "voice"
    description = "MFCC, chroma and energy statistics with an RBF SVM: quick, hard to beat"
    source = (
        "B. Schuller, S. Steidl, A. Batliner, 'The INTERSPEECH 2009 Emotion Challenge', "
        "Interspeech 2009: utterance statistics with an SVM as the baseline"
    )

    def pipeline(self):
        """Return the unfitted pipeline.

        Returns
        -------
        :class:`~sklearn.pipeline.Pipeline`
        """
        from sklearn.preprocessing import StandardScaler
        from sklearn.svm import SVC

        from skemotion.audio import AcousticFeatures

        return make_pipeline(
            AcousticFeatures(summary=("mean", "std")),
            StandardScaler(),
            SVC(C=10.0, class_weight="balanced"),
        )

    def search_space(self):
        """Return the SVM's penalty and kernel width, both on a logarithmic scale.

        Returns
        -------
        dict of str to :class:`optuna.distributions.BaseDistribution`
        """
        from optuna.distributions import FloatDistribution

        return {
            "svc__C": FloatDistribution(0.1, 1000.0, log=True),
            "svc__gamma": FloatDistribution(1e-4, 0.1, log=True),
        }


class VoiceLSTM(Model):
    """Acoustic features frame by frame, and a recurrent network.

    Examples
    --------
    >>> from skemotion import load_model
    >>> list(load_model("voice-lstm").pipeline().named_steps)
    ['acousticfeatures', 'framescaler', 'lstmclassifier']
    """

    name = "voice-lstm"
    modality = "voice"
    description = "Frames of MFCC, chroma and energy with two LSTM layers"
    source = (
        "S. Hochreiter, J. Schmidhuber, 'Long Short-Term Memory', Neural Computation 9(8), 1997, "
        "in the two-layer form usual for emotional speech"
    )

    def pipeline(self):
        """Return the unfitted pipeline.

        Returns
        -------
        :class:`~sklearn.pipeline.Pipeline`
        """
        from skemotion.audio import AcousticFeatures, FrameScaler
        from skemotion.models.lstm import LSTMClassifier

        return make_pipeline(
            AcousticFeatures(summary=None, hop_length=1024),  # half the frames: half the time
            FrameScaler(),
            LSTMClassifier(
                epochs=40,
                learning_rate=3e-3,
                augment=True,
                early_stopping=True,
                patience=8,
                class_weight="balanced",
            ),
        )

    def search_space(self):
        """Return the learning rate, the dropout rate, the batch size and the augmentation.

        Returns
        -------
        dict of str to :class:`optuna.distributions.BaseDistribution`
        """
        return network_space("lstmclassifier")
