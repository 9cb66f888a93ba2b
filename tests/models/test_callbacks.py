"""What callbacks remember from one part of an interrupted fit to the next."""

import keras

from skemotion.models._callbacks import make_watch, read_memory


def test_memory_returns_to_the_right_callbacks_where_the_users_have_changed():
    first = [keras.callbacks.TerminateOnNaN(), *_make(wait=1)]
    resumed = _make(wait=0)
    make_watch(resumed, {}, remembered=read_memory(first)).on_train_begin()
    assert [callback.wait for callback in resumed] == [1, 2]


def _make(wait):
    plateau, stopping = keras.callbacks.ReduceLROnPlateau(), keras.callbacks.EarlyStopping()
    for callback in (plateau, stopping):
        callback.on_train_begin()
    plateau.wait, stopping.wait = wait, 2 * wait
    return [plateau, stopping]
