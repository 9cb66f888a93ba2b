"""How far a classical pipeline gets on FER2013: HOG and LBP, PCA, kernel approximation, ridge.

Run: ``SKEMOTION_DATA=/path/to/corpora python benchmarks/fer2013_classical.py``. Everything is
fitted on the part Training alone. The width of the kernel and the penalty are chosen by the
accuracy on PublicTest; PrivateTest is looked at once, with the winner of each weighting of the
classes. Features take seconds, the whole a few minutes on two cores.
"""

import time
from itertools import product

import numpy as np
from sklearn.decomposition import PCA
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import RidgeClassifier
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skemotion import HOG, LBP, load_dataset, uar_score

SEED = 0
N_LANDMARKS = 3000
WIDTHS = (0.5, 1.0, 2.0)  # gamma, as a multiple of 1 / (2 * total variance)
PENALTIES = (0.01, 0.1)
WEIGHTS = (None, "balanced")
PARTS = ("Training", "PublicTest", "PrivateTest")


def make_features():
    """Return what turns faces into a few hundred numbers."""
    shapes = make_pipeline(HOG(cell_size=6), StandardScaler(), _pca(200))
    # the square root evens out shares that are mostly small
    textures = make_pipeline(
        LBP(grid=(6, 6)), FunctionTransformer(np.sqrt), StandardScaler(), _pca(100)
    )
    return make_union(shapes, textures)


def _pca(n_components):
    return PCA(n_components, svd_solver="covariance_eigh")


def main():
    start = time.perf_counter()
    data = load_dataset("fer2013")
    split = data.frame["split"].to_numpy()
    X = {part: data.X[split == part] for part in PARTS}
    y = {part: data.y[split == part] for part in PARTS}
    features = make_features().fit(X["Training"])
    X = {part: features.transform(X[part]).astype(np.float32) for part in PARTS}
    print(f"features: {X['Training'].shape[1]} a face, {time.perf_counter() - start:.0f} s")

    spread = 2 * X["Training"].var(axis=0).sum()
    best = dict.fromkeys(WEIGHTS, (0.0,))
    for width in WIDTHS:
        kernel = Nystroem(gamma=width / spread, n_components=N_LANDMARKS, random_state=SEED)
        Z = {"Training": kernel.fit_transform(X["Training"])}
        Z |= {part: kernel.transform(X[part]) for part in PARTS[1:]}
        for penalty, weight in product(PENALTIES, WEIGHTS):
            ridge = RidgeClassifier(penalty, class_weight=weight, solver="cholesky")
            ridge.fit(Z["Training"], y["Training"])
            accuracy = accuracy_score(y["PublicTest"], ridge.predict(Z["PublicTest"]))
            print(f"width {width}, penalty {penalty}, weights {weight}: PublicTest {accuracy:.4f}")
            if accuracy > best[weight][0]:
                best[weight] = accuracy, ridge.predict(Z["PrivateTest"])

    for weight, (public, predicted) in best.items():
        accuracy = accuracy_score(y["PrivateTest"], predicted)
        uar = uar_score(y["PrivateTest"], predicted)
        print(
            f"weights {weight}: PublicTest {public:.4f}, PrivateTest {accuracy:.4f}, UAR {uar:.4f}"
        )
    print(f"{time.perf_counter() - start:.0f} s in all")


if __name__ == "__main__":
    main()
