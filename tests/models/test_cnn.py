"""The convolutional network."""

import re

import numpy as np
import pytest

from skemotion import CNNClassifier


def _tiny(**params):
    return CNNClassifier((4,), **{"dense_units": 8, "epochs": 1, "random_state": 0, **params})


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((6, 5, 7), (5, 7, 1)),
        ((6, 5, 7, 3), (5, 7, 3)),
        ((6, 16), (4, 4, 1)),
        ((6, 10), (10, 1, 1)),
        ((6, 1), (1, 1, 1)),
    ],
)
def test_takes_images_and_rows_of_pixels(shape, expected):
    X = np.random.default_rng(0).random(shape)
    classifier = _tiny().fit(X, [0, 1] * 3)
    assert classifier.input_shape_ == expected
    assert classifier.predict(X).shape == (6,)


def test_default_is_the_network_that_is_promised():
    model = CNNClassifier().build((48, 48, 1), 7)
    sizes = [layer.output.shape[1:] for layer in model.layers]
    assert sizes == [
        (48, 48, 32),
        (24, 24, 32),
        (24, 24, 64),
        (12, 12, 64),
        (9216,),
        (9216,),
        (128,),
        (128,),
        (7,),
    ]
    assert model.count_params() == 1_199_495


def test_blocks_of_several_convolutions_are_normalised():
    model = CNNClassifier(
        (4, 8), convolutions=2, batch_norm=True, global_pooling=True, dense_units=(6, 5)
    ).build((12, 12, 1), 3)
    kinds = [type(layer).__name__ for layer in model.layers]
    block = [*["Conv2D", "BatchNormalization", "ReLU"] * 2, "MaxPooling2D"]
    head = ["GlobalAveragePooling2D", "Dropout", "Dense", "Dropout", "Dense", "Dropout", "Dense"]
    assert kinds == [*block, *block, *head]
    assert [layer.units for layer in model.layers if hasattr(layer, "units")] == [6, 5, 3]


def test_no_dense_layer_but_the_last():
    assert len(CNNClassifier((4,), dense_units=()).build((6, 6, 1), 2).layers) == 5


def test_bytes_and_floats_give_the_same():
    pixels = np.random.default_rng(0).integers(0, 256, (8, 6, 6), dtype="uint8")
    y = ["happy", "sad"] * 4
    of_bytes, of_floats = _tiny().fit(pixels, y), _tiny().fit(pixels.astype(float), y)
    np.testing.assert_array_equal(
        of_bytes.predict_proba(pixels), of_floats.predict_proba(pixels.astype(float))
    )


def test_augmentation_varies_training_only():
    X = np.random.default_rng(0).random((8, 6, 6))
    y = ["happy", "sad"] * 4
    plain, varied = _tiny(dropout=0.0).fit(X, y), _tiny(dropout=0.0, augment=True).fit(X, y)
    assert (plain.predict_proba(X) != varied.predict_proba(X)).any()
    np.testing.assert_array_equal(varied.predict_proba(X), varied.predict_proba(X))


def test_many_rows_are_predicted_as_few():
    X = np.random.default_rng(0).random((600, 6, 6))
    classifier = _tiny().fit(X[:20], ["happy", "sad"] * 10)
    together = classifier.predict_proba(X)
    alone = np.concatenate(
        [classifier.predict_proba(X[row : row + 1]) for row in (0, 255, 256, 599)]
    )
    np.testing.assert_allclose(together[[0, 255, 256, 599]], alone, rtol=1e-5)


def test_clips_are_refused():
    message = (
        "Expected images of shape (n_samples, height, width[, n_channels]), got an array of shape "
        "(4, 2, 3, 3, 1). Pass one picture a row."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        _tiny().fit(np.zeros((4, 2, 3, 3, 1)), [0, 1, 0, 1])


def test_bytes_are_told_from_shares_of_one():
    pixels = np.random.default_rng(0).integers(0, 256, (6, 8, 8), dtype=np.uint8)
    y = [0, 1] * 3
    classifier = _tiny().fit(pixels / 255, y)
    with pytest.warns(UserWarning, match=r"^Expected pixels like .* got uint8 from 0 to 25\d\. "):
        classifier.predict(pixels)
    classifier.predict(pixels > 127)
    _tiny().fit(pixels, y).predict(pixels)
