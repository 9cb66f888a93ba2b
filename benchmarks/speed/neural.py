"""Neural classifiers against bare Keras: fits, many short fits, frozen features, predictions.

Run ``python benchmarks/speed/neural.py [cnn lstm short frozen predict]``. Bare Keras is what
tutorials write: build, compile, ``fit`` on arrays, ``predict``. Fits are read by both clocks: what
else runs disturbs the processor time less, and only the wall time holds what is spent waiting.
"""

import sys
from time import perf_counter, process_time

import numpy as np
from _common import base_weights, race

from skemotion import CNNClassifier, LSTMClassifier, VGG16Classifier
from skemotion.models._backend import import_keras, import_quietly
from skemotion.models._forward import make_forward

N_CLASSES = 7


def bare_fit(classifier, X, y, **compiled):
    keras = import_keras()
    keras.utils.set_random_seed(0)
    model = classifier.build(classifier._shape_of(X), N_CLASSES)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], **compiled)
    model.fit(X, y, epochs=classifier.epochs, batch_size=classifier.batch_size, verbose=0)
    return model


def make_data(n_samples, *shape):
    X = np.random.default_rng(0).random((n_samples, *shape), dtype=np.float32)
    return X, np.arange(n_samples) % N_CLASSES


def cnn():
    X, y = make_data(2048, 48, 48, 1)
    plain = CNNClassifier(epochs=4, random_state=0)
    fits = {"keras fit": lambda: bare_fit(plain, X, y), "our fit": lambda: plain.fit(X, y)}
    for precision, batch_size in (("mixed_bfloat16", 32), ("float32", 128)):
        other = CNNClassifier(epochs=4, batch_size=batch_size, precision=precision, random_state=0)
        fits[f"our fit, {precision}, batches of {batch_size}"] = lambda c=other: c.fit(X, y)
    race_fits("cnn 48 x 48, 4 epochs of 2048, batches of 32", fits)


def lstm():
    X, y = make_data(512, 94, 26)
    plain = LSTMClassifier(epochs=4, random_state=0)
    larger = LSTMClassifier(epochs=4, batch_size=128, random_state=0)
    fits = {
        "keras fit": lambda: bare_fit(plain, X, y),
        "our fit": lambda: plain.fit(X, y),
        "our fit, batches of 128": lambda: larger.fit(X, y),
    }
    race_fits("lstm 94 x 26, 4 epochs of 512, batches of 32", fits)


def race_fits(title, fits):
    for what, clock in (("wall time", perf_counter), ("processor time", process_time)):
        print(f"\n{title}: {what}")
        race(fits, repeats=5, clock=clock)


def short():
    for name, classifier, shape in (
        ("cnn", CNNClassifier(epochs=1, random_state=0), (48, 48, 1)),
        ("lstm", LSTMClassifier(epochs=1, random_state=0), (94, 26)),
    ):
        X, y = make_data(64, *shape)
        print(f"\n24 fits of a {name} on 64 samples, each with a prediction of 16")

        def bare(classifier=classifier, X=X, y=y):
            for _ in range(24):
                bare_fit(classifier, X, y).predict(X[:16], verbose=0)

        def ours(classifier=classifier, X=X, y=y):
            for _ in range(24):
                classifier.fit(X, y).predict_proba(X[:16])

        ours()
        grown = {}
        for side, run in (("keras", bare), ("ours", ours)):
            before = resident()
            run()
            grown[side] = resident() - before
        print({side: f"{size / 24:.2f} MB a fit" for side, size in grown.items()})
        race({"keras": bare, "ours": ours}, repeats=1, per=24, clock=process_time)


def frozen():
    X, y = make_data(128, 48, 48, 1)
    X *= 255

    def bare():
        keras = import_keras()
        keras.utils.set_random_seed(0)
        base = keras.applications.VGG16(include_top=False, weights=None, input_shape=(48, 48, 3))
        base.trainable = False
        layers = keras.layers
        head = [layers.Flatten(), layers.Dense(256, "relu"), layers.Dropout(0.5)]
        model = keras.Sequential(
            [keras.Input((48, 48, 3)), base, *head, layers.Dense(N_CLASSES, "softmax")]
        )
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(np.repeat(X, 3, axis=3), y, epochs=10, batch_size=32, verbose=0)

    print("\nfrozen VGG16, 10 epochs of 128")
    with base_weights("VGG16") as path:
        classifier = VGG16Classifier(path, epochs=10, random_state=0)
        race({"keras fit": bare, "our fit": lambda: classifier.fit(X, y)}, repeats=2)


def predict():
    for name, classifier, shape in (
        ("cnn 48 x 48", CNNClassifier(epochs=1, random_state=0), (48, 48, 1)),
        ("lstm 60 x 26", LSTMClassifier(epochs=1, random_state=0), (60, 26)),
    ):
        X, y = make_data(256, *shape)
        model = classifier.fit(X, y).model_
        forward = make_forward(model)
        for n in (1, 256):
            print(f"\n{name}, prediction of {n}")
            race(
                {
                    "Model.predict": lambda b=X[:n], m=model: m.predict(b, verbose=0),
                    "predict_on_batch": lambda b=X[:n], m=model: m.predict_on_batch(b),
                    "our network alone": lambda b=X[:n], f=forward: f(b),
                    "our predict_proba": lambda b=X[:n], c=classifier: c.predict_proba(b),
                },
                repeats=15,
            )


def resident():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def main():
    import_quietly("tensorflow")
    parts = {part.__name__: part for part in (cnn, lstm, short, frozen, predict)}
    for name in sys.argv[1:] or parts:
        parts[name]()


if __name__ == "__main__":
    main()
