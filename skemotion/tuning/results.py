"""What a search gives: a study and a test score for each outer fold."""

import pandas as pd
from optuna.trial import TrialState

from skemotion.tuning._engine import has_winner
from skemotion.tuning._storage import hide_password


class Tuning:
    """What :func:`tune` found.

    Parameters
    ----------
    results : Results
        The winners on the outer test parts, one row a fold.
    studies : list of optuna.Study
        One an outer fold.
    folds : list of dict
        Facts of the outer folds, in the same order.
    storage : str, BaseStorage or None
        Where the studies are.
    scoring : str
        What was maximised.

    Attributes
    ----------
    results : Results
        As given.
    studies : list of optuna.Study
        As given; ``study.trials`` has all that was tried.
    storage : str
        Where the studies are, for people: without a password.
    """

    def __init__(self, results, studies, folds, storage, scoring):
        self.results = results
        self.studies = list(studies)
        self.storage = hide_password(storage)
        self.scoring = scoring
        self._folds = list(folds)

    def __repr__(self):
        return f"<Tuning: {len(self.studies)} folds, {len(self.trials())} trials>"

    @property
    def best_params(self):
        """Return the parameters that won, one dict a fold; None where no trial finished."""
        return [s.best_params if has_winner(s) else None for s in self.studies]

    def to_frame(self):
        """Return one row a fold.

        Returns
        -------
        DataFrame
            With `fold`, `held_out` where the protocol says it, `study` (its name), the number of
            `trials`, how many were `pruned` and `failed`, `inner`, the score that won inside, and
            `uar` and `wa` on the test part, and what won as `params_<name>`. NaN where there is
            none.
        """
        tested = self.results.folds
        tested = tested.set_index("fold") if len(tested) else pd.DataFrame(columns=["uar", "wa"])
        rows = []
        for facts, study in zip(self._folds, self.studies, strict=True):
            states = [trial.state for trial in study.get_trials(deepcopy=False)]
            fold, won = facts["fold"], has_winner(study)
            row = {"fold": fold} | {k: facts[k] for k in ("held_out",) if k in facts}
            row |= {
                "study": study.study_name,
                "trials": len(states),
                "pruned": states.count(TrialState.PRUNED),
                "failed": states.count(TrialState.FAIL),
                "inner": study.best_value if won else float("nan"),
            }
            for metric in ("uar", "wa"):
                row[metric] = tested[metric].get(fold, float("nan"))
            best = study.best_params if won else {}
            rows.append(row | {f"params_{name}": value for name, value in best.items()})
        return pd.DataFrame(rows)

    def trials(self):
        """Return one row a trial.

        Returns
        -------
        DataFrame
            With `fold`, `number`, `state`, `value`, `seconds`, `error`, and each parameter as
            `params_<name>`.
        """
        rows = [
            _describe(trial, facts["fold"])
            for facts, study in zip(self._folds, self.studies, strict=True)
            for trial in study.get_trials(deepcopy=False)
        ]
        columns = ["fold", "number", "state", "value", "seconds", "error"]
        return pd.DataFrame(rows) if rows else pd.DataFrame(columns=columns)

    def __str__(self):
        lines = []
        for row in self.to_frame().to_dict("records"):
            held = f" ({row['held_out']})" if row.get("held_out") else ""
            params = ", ".join(
                f"{name.removeprefix('params_')}={_short(value)}"
                for name, value in row.items()
                if name.startswith("params_") and value == value
            )
            lines.append(
                f"fold {row['fold']}{held}: {self.scoring} inside {row['inner']:.3f}, "
                f"UAR on the test part {row['uar']:.3f}; {params or 'no trial finished'}"
            )
        return "\n".join(lines)


def _describe(trial, fold):
    spent = trial.duration
    return {
        "fold": fold,
        "number": trial.number,
        "state": trial.state.name.lower(),
        "value": float("nan") if trial.value is None else trial.value,
        "seconds": float("nan") if spent is None else spent.total_seconds(),
        "error": trial.user_attrs.get("error", ""),
    } | {f"params_{name}": value for name, value in trial.params.items()}


def _short(value):
    return f"{value:.3g}" if isinstance(value, float) else str(value)
