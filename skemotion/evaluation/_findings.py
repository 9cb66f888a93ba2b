"""What an audit finds, and its report."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd


class Finding(NamedTuple):
    """Something that two parts of a fold share.

    Parameters
    ----------
    kind : str
        ``"subject"``, ``"duplicate"``, ``"near-duplicate"``, ``"parent"``, ``"twin"``, ``"text"``,
        ``"session"``, ``"validation"``, ``"fitted on test rows"``,
        ``"resampled before the split"`` or ``"scaled before the split"``.
    severity : {"leak", "stated", "note"}
        A leak spoils the score. What the protocol states, or what is by design in most protocols,
        does not go unmentioned.
    count : int
        How many subjects, recordings, sentences, ...: the most in any fold.
    n_rows : int
        How many recordings of the test part (or of the validation part, for a kind that ends in
        ``"in validation"``) they concern: the most in any fold.
    n_folds : int
        In how many folds.
    examples : tuple of str
        Some of them.
    consequence : str
        What it means.
    """

    kind: str
    severity: str
    count: int
    n_rows: int
    n_folds: int
    examples: tuple
    consequence: str

    def __str__(self):
        folds = "1 fold" if self.n_folds == 1 else f"each of {self.n_folds} folds"
        most = "" if self.n_folds == 1 else "up to "
        part = "validation" if self.kind.endswith(" in validation") else "test"
        rows = f" ({part} recordings: {self.n_rows})" if self.n_rows else ""
        return (
            f"{self.kind}: {most}{self.count}{rows} in {folds}, for instance "
            f"{', '.join(self.examples)}; {self.consequence}"
        )


@dataclass
class AuditReport:
    """What :func:`audit` found.

    Parameters
    ----------
    name : str
        What was audited.
    n_folds : int
        Number of folds.
    looked_for : list of str
        Kinds of findings that were looked for.
    findings : list of Finding
        What was found, leaks first.
    subjects_known : bool
        False where nobody knows who is in the recordings, so that shared subjects cannot be found.
    """

    name: str
    n_folds: int
    looked_for: list = field(default_factory=list)
    findings: list = field(default_factory=list)
    subjects_known: bool = True

    @property
    def ok(self):
        """Whether nothing was found that spoils a score, stated by the protocol or not."""
        return all(finding.severity == "note" for finding in self.findings)

    @property
    def verdict(self):
        """What was found, in a few words."""
        counts = Counter(finding.severity for finding in self.findings)
        parts = [f"{counts['leak']} leaks"] if counts["leak"] else []
        parts += ["LEAKY, as the protocol states"] if counts["stated"] else []
        parts = parts or ["no leaks"]
        unseen = [] if self.subjects_known else ["subjects are not known"]
        return ", ".join([*parts, *unseen])

    def to_frame(self):
        """Return one row a finding.

        Returns
        -------
        DataFrame with columns `audited`, `kind`, `severity`, `count`, `n_folds`, `examples`, \
`consequence`
        """
        columns = ["audited", *Finding._fields]
        return pd.DataFrame([(self.name, *finding) for finding in self.findings], columns=columns)

    def to_dict(self):
        """Return the report as a dictionary of plain values, for JSON.

        Returns
        -------
        dict
        """
        findings = [
            finding._asdict() | {"examples": list(finding.examples)} for finding in self.findings
        ]
        return {
            "name": self.name,
            "ok": self.ok,
            "subjects_known": self.subjects_known,
            "n_folds": self.n_folds,
            "looked_for": list(self.looked_for),
            "findings": findings,
        }

    def __str__(self):
        lines = [f"Audit of {self.name}: looked for {', '.join(self.looked_for)}"]
        if not self.subjects_known:
            lines.append("- subjects are not known, so that shared ones cannot be found")
        lines += [f"- {finding.severity}: {finding}" for finding in self.findings]
        nothing = "- nothing is shared" if self.subjects_known else "- nothing else is shared"
        return "\n".join(lines if self.findings else [*lines, nothing])
