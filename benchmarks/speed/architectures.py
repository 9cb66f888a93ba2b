"""What each architecture for faces costs: parameters, operations, and time to train and to predict.

Run ``python benchmarks/speed/architectures.py [NAME ...]``. Times are those of 1,000 grey images of
48 x 48 pixels in batches of 64, on the processor, all cores together: an otherwise idle machine
takes less by about the number of its cores. What else runs there disturbs them too, but less.
Frozen bases are run through all the same: a fit without augmentation runs them once, not at each
epoch (``frozen_base.py``).
"""

import contextlib
import io
import os
import statistics
import sys
import time

import numpy as np

from skemotion import (
    CNNClassifier,
    EfficientNetClassifier,
    MicroCNNClassifier,
    MiniXceptionClassifier,
    MobileNetClassifier,
    ResNetClassifier,
    VGG16Classifier,
    VGGClassifier,
)
from skemotion.models._backend import (
    compile_model,
    import_keras,
    import_quietly,
    precision,
)
from skemotion.models._forward import make_forward

DEEP_CNN = CNNClassifier((32, 64, 128, 256), batch_norm=True)
CASES = {
    "cnn (32, 64)": CNNClassifier(),
    "cnn (32, 64, 128, 256)": DEEP_CNN,
    "resnet": ResNetClassifier(),
    "resnet, 2 units": ResNetClassifier(units=2),
    "micro": MicroCNNClassifier(),
    "mini-xception": MiniXceptionClassifier(),
    "vgg": VGGClassifier(),
    "mobilenet": MobileNetClassifier(),
    "mobilenet, frozen": MobileNetClassifier(),
    "efficientnet": EfficientNetClassifier(),
    "efficientnet, frozen": EfficientNetClassifier(),
    "vgg16": VGG16Classifier(),
    "vgg16, frozen": VGG16Classifier(),
}
SHAPE, N_CLASSES, BATCH, N_STEPS = (48, 48, 1), 7, 64, 8


def main():
    chosen = sys.argv[1:] or list(CASES)
    print(f"{'':24} {'parameters':>10} {'MFLOP':>7} {'float32':>9} {'bfloat16':>9} {'predict':>9}")
    print(f"{'':24} {'':>10} {'':>7} {'CPU s/1,000 trained':>19} {'s/1,000':>9}")
    for name in chosen:
        classifier = CASES[name]
        model = classifier.build(SHAPE, N_CLASSES)
        n_parameters, operations = model.count_params(), count_operations(model)
        frozen = name.endswith("frozen")
        times = [
            seconds_to_train(classifier, kind, frozen) for kind in ("float32", "mixed_bfloat16")
        ]
        print(
            f"{name:24} {n_parameters:10,} {operations / 1e6:7.1f} {times[0]:9.2f} {times[1]:9.2f} "
            f"{seconds_to_predict(model):9.2f}",
            flush=True,
        )


def seconds_to_train(classifier, kind, frozen):
    """Return the median seconds that 1,000 images take, once the step is compiled."""
    import_keras().utils.set_random_seed(0)
    with precision(kind):
        model = classifier.build(SHAPE, N_CLASSES)
    if frozen:
        model.get_layer("base").trainable = False
    compile_model(
        model,
        optimizer="adam",
        optimizer_params=None,
        learning_rate=1e-3,
        gradient_accumulation=1,
        loss="crossentropy",
        focal_gamma=2.0,
        label_smoothing=0.0,
    )
    X, y = _batch()
    times = []
    for number in range(1 + N_STEPS):
        start = time.process_time()
        model.train_on_batch(X, y)
        if number:
            times.append(time.process_time() - start)
    return statistics.median(times) / BATCH * 1000


def seconds_to_predict(model):
    """Return the median seconds that 1,000 images take in batches of 64."""
    forward, (X, _) = make_forward(model), _batch()
    times = []
    for number in range(1 + N_STEPS):
        start = time.process_time()
        forward(X)
        if number:
            times.append(time.process_time() - start)
    return statistics.median(times) / BATCH * 1000


def count_operations(model):
    """Return the floating-point operations of one prediction, as TensorFlow's profiler counts.

    A multiplication and the addition that goes with it count 2.
    """
    tf = import_quietly("tensorflow")
    spec = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)
    function = tf.function(lambda batch: model(batch, training=False), autograph=False)
    graph = function.get_concrete_function(spec).graph
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    with contextlib.redirect_stdout(io.StringIO()), _stderr_silent():
        found = tf.compat.v1.profiler.profile(graph, cmd="op", options=options)
    return found.total_float_ops


@contextlib.contextmanager
def _stderr_silent():
    kept = os.dup(2)
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _batch():
    rng = np.random.default_rng(0)
    X = rng.random((BATCH, *SHAPE), dtype=np.float32)
    return X, np.eye(N_CLASSES, dtype=np.float32)[np.arange(BATCH) % N_CLASSES]


if __name__ == "__main__":
    main()
