"""Fits on the back ends of Keras, against Keras' own ``fit`` on TensorFlow as tutorials write it.

Run ``python benchmarks/speed/backends.py [cnn lstm]``. A back end is chosen for a whole process:
each side has one of its own, which waits; then they fit in turn, so that whatever else the machine
does falls on all alike. Only back ends that are installed take part. What is read is the time of an
epoch after the first, in which things are traced and compiled.
"""

import json
import os
import subprocess
import sys
import time
from importlib.util import find_spec
from statistics import median

import numpy as np

N_CLASSES, ROUNDS, EPOCHS = 7, 3, 2
JOBS = {"cnn": (1024, 48, 48, 1), "lstm": (512, 94, 26)}
SIDES = {  # name -> back end, what trains, its parameters
    "Keras fit": ("tensorflow", "bare", {}),
    "ours": ("tensorflow", "ours", {"random_state": 0}),
    "ours, no random_state": ("tensorflow", "ours", {}),
    "ours, mixed_bfloat16": (
        "tensorflow",
        "ours",
        {"random_state": 0, "precision": "mixed_bfloat16"},
    ),
    "ours, batches of 128": ("tensorflow", "ours", {"random_state": 0, "batch_size": 128}),
    "Keras fit, batches of 128": ("tensorflow", "bare", {"batch_size": 128}),
    "ours, KERAS_BACKEND=jax": ("jax", "ours", {"random_state": 0}),
    "ours, KERAS_BACKEND=torch": ("torch", "ours", {"random_state": 0}),
    "Keras fit, KERAS_BACKEND=jax": ("jax", "bare", {}),
    "PyTorch loop": ("torch", "loop", {}),
    "PyTorch loop, one thread": ("torch", "loop", {"threads": 1}),
}


def main():
    for job in sys.argv[1:] or JOBS:
        sides = {name: side for name, side in SIDES.items() if find_spec(side[0])}
        workers = {name: _start(job, name) for name in sides}
        times = {name: [] for name in workers}
        for number in range(ROUNDS + 1):
            for name, worker in workers.items():
                worker.stdin.write("go\n")
                worker.stdin.flush()
                line = json.loads(worker.stdout.readline())
                print(f"round {number} {name:30} {line[0]:8.0f} {line[1]:8.0f}", file=sys.stderr)
                if number:
                    times[name].append(line)
        for worker in workers.values():
            worker.stdin.close()
            worker.wait()
        _report(job, times)


def _report(job, times):
    print(
        f"\n{job} {JOBS[job][1:]}, microseconds a sample: wall and processor, medians of {ROUNDS}"
    )
    medians = {name: np.median(read, axis=0) for name, read in times.items()}
    first = next(iter(times))
    for name, (wall, cpu) in medians.items():
        of_wall, of_cpu = (
            median(a[i] / b[i] for a, b in zip(times[first], times[name], strict=True))
            for i in (0, 1)
        )
        print(f"{name:30} {wall:8.0f} {of_wall:5.2f}x {cpu:10.0f} {of_cpu:5.2f}x", flush=True)


def _start(job, name):
    environment = os.environ | {"KERAS_BACKEND": SIDES[name][0]}
    command = [sys.executable, __file__, "--worker", job, name]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)


def work(job, name):
    """Fit whenever a line comes in, and answer with the times of an epoch."""
    n_samples, *shape = JOBS[job]
    X = np.random.default_rng(0).random((n_samples, *shape), dtype=np.float32)
    y = np.arange(n_samples) % N_CLASSES
    _, how, parameters = SIDES[name]
    fit = {"bare": _bare, "ours": _ours, "loop": _loop}[how](job, X, y, **parameters)
    for _ in sys.stdin:
        stamps = fit()
        spent = np.diff(stamps, axis=0)[1:] / n_samples * 1e6
        print(json.dumps([float(each) for each in np.median(spent, axis=0)]), flush=True)


def _now():
    return time.perf_counter(), time.process_time()


def _classifier(job, **parameters):
    from skemotion import CNNClassifier, LSTMClassifier

    return {"cnn": CNNClassifier, "lstm": LSTMClassifier}[job](epochs=EPOCHS, **parameters)


def _clock(stamps):
    """Return a callback that notes the time at the start and after each epoch."""
    from skemotion.models._backend import import_keras

    class Clock(import_keras().callbacks.Callback):
        def on_train_begin(self, logs=None):
            stamps.append(_now())

        def on_epoch_end(self, epoch, logs=None):
            stamps.append(_now())

        def __deepcopy__(self, memo):
            return self  # copied before each fit

    return Clock()


def _ours(job, X, y, **parameters):
    stamps = []
    classifier = _classifier(job, **parameters).set_params(callbacks=[_clock(stamps)])

    def fit():
        stamps.clear()
        classifier.fit(X, y)
        return stamps

    return fit


def _bare(job, X, y, batch_size=32):
    stamps = []
    clock, classifier = _clock(stamps), _classifier(job)
    model = classifier.build(classifier._shape_of(X), N_CLASSES)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

    def fit():
        stamps.clear()
        model.fit(X, y, epochs=EPOCHS, batch_size=batch_size, verbose=0, callbacks=[clock])
        return stamps

    return fit


def _loop(job, X, y, threads=2):
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    network = _torch_cnn(nn) if job == "cnn" else _torch_lstm(nn)
    optimizer = torch.optim.Adam(network.parameters(), fused=True)
    samples, targets = torch.from_numpy(X), torch.from_numpy(y)
    if job == "cnn":
        samples = samples.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
        network = network.to(memory_format=torch.channels_last)

    def fit():
        stamps = [_now()]
        for _ in range(EPOCHS):
            for rows in torch.randperm(len(samples)).split(32):
                optimizer.zero_grad()
                nn.functional.cross_entropy(network(samples[rows]), targets[rows]).backward()
                optimizer.step()
            stamps.append(_now())
        return stamps

    return fit


def _torch_cnn(nn):
    return nn.Sequential(
        *(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Dropout(0.3), nn.Linear(64 * 12 * 12, 128), nn.ReLU()),
        *(nn.Dropout(0.3), nn.Linear(128, N_CLASSES)),
    )


def _torch_lstm(nn):
    class Network(nn.Module):  # without masks
        def __init__(self):
            super().__init__()
            self.first = nn.LSTM(26, 64, batch_first=True)
            self.second = nn.LSTM(64, 32, batch_first=True)
            self.drop = nn.Dropout(0.3)
            self.head = nn.Sequential(nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, N_CLASSES))

        def forward(self, x):
            x = self.drop(self.first(x)[0])
            return self.head(self.drop(self.second(x)[0][:, -1]))

    return Network()


if __name__ == "__main__":
    work(*sys.argv[2:]) if sys.argv[1:2] == ["--worker"] else main()
