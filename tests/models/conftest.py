"""Fixtures of the tests of models."""

import warnings

import pytest

from skemotion.models._scikeras import import_scikeras


@pytest.fixture(scope="session")
def base_weights(tmp_path_factory):
    """Return what writes weights of a network of Keras' applications, once each."""
    folder = tmp_path_factory.mktemp("weights")

    def write(name):
        import keras

        path = folder / f"{name}.weights.h5"
        if not path.exists():
            with import_scikeras()[1].tensorflow_random_state(0):
                base = getattr(keras.applications, name)(
                    include_top=False, weights=None, input_shape=(32, 32, 3)
                )
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
                base.save_weights(path)
        return path

    return write
