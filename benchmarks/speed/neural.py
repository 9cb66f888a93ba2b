"""Neural classifiers against bare Keras: one short fit, one prediction.

Run ``python benchmarks/speed/neural.py``. Targets: a fit takes at most 1.05 times the time on the
processor that Keras takes with the same network, data and batches; one sample is predicted at least
10 times faster than by ``Model.predict``, and 256 at least as fast.
"""

from time import process_time

import numpy as np
from _common import race

from skemotion import CNNClassifier, LSTMClassifier
from skemotion.models._backend import import_keras, make_forward

CASES = {
    "cnn 48 x 48": (CNNClassifier(epochs=2, random_state=0), (256, 48, 48, 1)),
    "lstm 60 x 26": (LSTMClassifier(epochs=2, random_state=0), (256, 60, 26)),
}


def main():
    keras = import_keras()
    for name, (classifier, shape) in CASES.items():
        X = np.random.default_rng(0).random(shape, dtype=np.float32)
        y = np.arange(len(X)) % 7

        def bare(classifier=classifier, X=X, y=y):
            keras.utils.set_random_seed(0)
            input_shape = classifier._shape_of(X)
            model = classifier.build(input_shape, 7)
            model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
            model.fit(X, y, epochs=classifier.epochs, batch_size=classifier.batch_size, verbose=0)
            return model

        def ours(classifier=classifier, X=X, y=y):
            return classifier.fit(X, y)

        print(f"\n{name}, {classifier.epochs} epochs of {len(X)} samples")
        race({"keras fit": bare, "our fit": ours}, repeats=3, clock=process_time)

        model, forward = ours().model_, make_forward(classifier.model_)
        for n in (1, 256):
            batch = X[:n]
            print(f"\n{name}, prediction of {n}")
            race(
                {
                    "Model.predict": lambda b=batch, m=model: m.predict(b, verbose=0),
                    "predict_on_batch": lambda b=batch, m=model: m.predict_on_batch(b),
                    "our network alone": lambda b=batch, f=forward: f(b),
                    "our predict_proba": lambda b=batch, c=classifier: c.predict_proba(b),
                },
                repeats=15,
            )


if __name__ == "__main__":
    main()
