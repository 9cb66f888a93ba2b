"""Kernel approximation for few rows and many."""

import warnings

from sklearn.kernel_approximation import Nystroem


class QuietNystroem(Nystroem):
    """Nystroem that does not warn where there are fewer rows than landmarks: all rows are taken.

    A recipe has one number of landmarks, and is trained on a hundred faces as well as on many
    thousands.
    """

    def fit(self, X, y=None):
        """Choose the landmarks.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "n_components > n_samples", UserWarning)
            return super().fit(X, y)
