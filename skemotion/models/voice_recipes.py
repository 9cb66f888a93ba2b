"""Recipes for voices: networks on log-mel frames, and one on statistics of utterances.

Each imports its steps when a pipeline is made, so that listing models imports nothing.
"""

from sklearn import config_context

from skemotion.models._network_model import NetworkModel

_TRAINING = {
    "epochs": 40,
    "learning_rate": 2e-3,
    "schedule": "cosine",
    "warmup_epochs": 2,
    "class_weight": "balanced",
}


class VoiceMLP(NetworkModel):
    """Thousands of statistics of an utterance, and a perceptron with one hidden layer.

    Examples
    --------
    >>> from skemotion import load_model
    >>> list(load_model("voice-mlp").pipeline().named_steps)
    ['acousticfeatures', 'standardscaler', 'mlpclassifier']
    """

    name = "voice-mlp"
    modality = "voice"
    description = "The statistics of voice-large with a small perceptron: quick, level with an SVM"
    source = (
        "B. Schuller et al., 'The INTERSPEECH 2013 Computational Paralinguistics Challenge', "
        "Interspeech 2013, for thousands of statistics; N. Srivastava et al., 'Dropout', JMLR 15, "
        "2014, for what keeps a network with so many inputs in check"
    )

    def _front(self):
        from sklearn.preprocessing import StandardScaler

        from skemotion.audio import AcousticFeatures

        return AcousticFeatures(preset="voice-large"), StandardScaler()

    def _network(self):
        from skemotion.models.mlp import MLPClassifier

        return _learn_from_all(
            MLPClassifier(
                epochs=40,
                learning_rate=2e-3,
                optimizer="adamw",
                optimizer_params={"weight_decay": 1e-2},
                schedule="cosine",
                class_weight="balanced",
            )
        )

    def search_space(self):
        """Return the learning rate, both dropout rates, the batch size and mixup.

        Returns
        -------
        dict of str to :class:`optuna.distributions.BaseDistribution`
        """
        from optuna.distributions import FloatDistribution

        space = super().search_space()
        del space["mlpclassifier__augment"]  # statistics have no augmenter of their own
        space["mlpclassifier__input_dropout"] = FloatDistribution(0.0, 0.6)
        space["mlpclassifier__mixup"] = FloatDistribution(0.0, 0.5)
        return space


class _LogMelModel(NetworkModel):
    """A network on standardised log-mel frames, varied during training."""

    modality = "voice"

    def _front(self):
        from skemotion.audio import AcousticFeatures, FrameScaler, LogMel

        # 64 ms, each 32 ms
        return AcousticFeatures([LogMel(64, n_fft=1024)], summary=None), FrameScaler()


class VoiceBiLSTM(_LogMelModel):
    """Log-mel frames, and a network that reads them in both directions and attends.

    Examples
    --------
    >>> from skemotion import load_model
    >>> list(load_model("voice-bilstm").pipeline().named_steps)
    ['acousticfeatures', 'framescaler', 'bilstmclassifier']
    """

    name = "voice-bilstm"
    description = "Log-mel frames with LSTM layers in both directions and attention over time"
    source = (
        "S. Mirsamadi, E. Barsoum, C. Zhang, 'Automatic Speech Emotion Recognition Using Recurrent "
        "Neural Networks with Local Attention', ICASSP 2017"
    )

    def _network(self):
        from skemotion.models.bilstm import BiLSTMClassifier

        return _learn_from_all(BiLSTMClassifier(augment=True, **_TRAINING))


class VoiceCNN1D(_LogMelModel):
    """Log-mel frames, and convolutions over time.

    Examples
    --------
    >>> from skemotion import load_model
    >>> list(load_model("voice-cnn1d").pipeline().named_steps)
    ['acousticfeatures', 'framescaler', 'cnn1dclassifier']
    """

    name = "voice-cnn1d"
    description = "Log-mel frames with three convolutions over time: the quickest network on frames"
    source = (
        "Z. Aldeneh, E. Mower Provost, 'Using Regional Saliency for Speech Emotion Recognition', "
        "ICASSP 2017"
    )

    def _network(self):
        from skemotion.models.cnn1d import CNN1DClassifier

        return _learn_from_all(CNN1DClassifier(augment=True, **_TRAINING))


class VoiceCRNN(_LogMelModel):
    """Log-mel frames as a picture, convolutions, and a recurrent layer.

    Examples
    --------
    >>> from skemotion import load_model
    >>> list(load_model("voice-crnn").pipeline().named_steps)
    ['acousticfeatures', 'framescaler', 'crnnclassifier']
    """

    name = "voice-crnn"
    description = "Log-mel spectrograms with convolutions over time and bands, then an LSTM"
    source = (
        "A. Satt, S. Rozenberg, R. Hoory, 'Efficient Emotion Recognition from Speech Using Deep "
        "Learning on Spectrograms', Interspeech 2017"
    )

    def _network(self):
        from skemotion.models.crnn import CRNNClassifier

        return _learn_from_all(CRNNClassifier(augment=True, **_TRAINING))


class VoiceResCNN(_LogMelModel):
    """Log-mel frames as a picture, and residual convolutions.

    Examples
    --------
    >>> from skemotion import load_model
    >>> list(load_model("voice-rescnn").pipeline().named_steps)
    ['acousticfeatures', 'framescaler', 'rescnnclassifier']
    """

    name = "voice-rescnn"
    description = "Log-mel spectrograms with residual convolutions over time and bands"
    source = (
        "K. He, X. Zhang, S. Ren, J. Sun, 'Deep Residual Learning for Image Recognition', CVPR "
        "2016, in a small form for spectrograms"
    )

    def _network(self):
        from skemotion.models.rescnn import ResCNNClassifier

        return _learn_from_all(ResCNNClassifier(augment=True, **_TRAINING))


class VoiceConformer(_LogMelModel):
    """Log-mel frames, and blocks of attention and convolution.

    Examples
    --------
    >>> from skemotion import load_model
    >>> list(load_model("voice-conformer").pipeline().named_steps)
    ['acousticfeatures', 'framescaler', 'conformerclassifier']
    """

    name = "voice-conformer"
    description = "Log-mel frames with two Conformer blocks"
    source = (
        "A. Gulati et al., 'Conformer: Convolution-augmented Transformer for Speech Recognition', "
        "Interspeech 2020, in a small form that ends in one label"
    )

    def _network(self):
        from skemotion.models.conformer import ConformerClassifier

        return _learn_from_all(ConformerClassifier(augment=True, **_TRAINING))


def _learn_from_all(network):
    """Let a network learn from the validation part of a protocol, too, as an SVM does.

    It is trained for a fixed number of epochs, and would only look at that part.
    """
    with config_context(enable_metadata_routing=True):
        return network.set_fit_request(validation=False)
