"""The auditor finds what parts share, each kind of it, and nothing where nothing is."""

import json

import numpy as np
import pandas as pd
import pytest
import trees
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.over_sampling import SMOTE
from sklearn.decomposition import PCA
from sklearn.model_selection import GroupKFold, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skemotion import TensorSampler, audit, evaluate, load_dataset
from skemotion.evaluation import audit_protocol, cross_dataset, print_report
from skemotion.evaluation.report import describe_audits
from skemotion.protocols import GENERIC, Fold


def found(report):
    return {(item.kind, item.severity): item for item in report.findings}


@pytest.fixture
def table():
    """Return eight recordings of four people."""
    return pd.DataFrame(
        {
            "path": [f"{n}.wav" for n in range(8)],
            "emotion": ["happy", "sad"] * 4,
            "subject": list("aabbccdd"),
        }
    )


X = np.arange(8)
HALVES = [(np.arange(4), np.arange(4, 8))]


def test_nothing_shared_is_nothing_found(table):
    report = audit(X, table["emotion"], table["subject"], HALVES, frame=table)
    assert report.ok
    assert report.findings == []
    assert report.looked_for == ["subject", "duplicate", "scaled before the split"]
    assert str(report).endswith("- nothing is shared")


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), min_size=6, max_size=30), st.integers(2, 4), st.integers(0, 9))
def test_shared_subjects_are_counted_as_sets_count_them(subjects, n_splits, seed):
    subjects = np.array(subjects).astype(str)
    folds = list(KFold(n_splits, shuffle=True, random_state=seed).split(subjects))
    report = audit(subjects, groups=subjects, folds=folds)
    shared = [set(subjects[train]) & set(subjects[test]) for train, test in folds]
    if not any(shared):
        assert report.findings == []
        return
    (item,) = report.findings
    assert item.count == max(map(len, shared))
    assert item.n_folds == sum(map(bool, shared))
    assert set(item.examples) <= set().union(*shared)


@pytest.mark.parametrize(
    ("column", "values", "kind", "severity", "examples"),
    [
        ("statement", list("xyzzxppp"), "text", "note", ("x",)),
        ("session", [1, 1, 2, 2, 2, 3, 3, 3], "session", "note", ("2",)),
        ("twin", ["k", None, None, None, None, "k", None, None], "twin", "leak", ("k",)),
        (
            "parent",
            [*[None] * 6, "1.wav", "6.wav"],
            "parent",
            "leak",
            ("1.wav = 6.wav",),
        ),
    ],
)
def test_columns_of_the_table(table, column, values, kind, severity, examples):
    frame = table.assign(**{column: values})
    report = audit(X, groups=frame["subject"], folds=HALVES, frame=frame)
    item = found(report)[kind, severity]
    assert (item.count, item.n_folds, item.examples) == (1, 1, examples)
    assert report.ok == (severity != "leak")
    assert item.consequence


def test_children_of_one_parent_are_kept_together(table):
    frame = table.assign(parent=[None, "0.wav", None, None, None, "4.wav", None, None])
    assert audit(X, folds=HALVES, frame=frame).ok
    assert not audit(X, folds=[([0, 2, 3], [1, 4])], frame=frame).ok


def test_duplicates_and_near_duplicates():
    takes = [trees.wav(seed, seconds=1.5) for seed in range(6)]
    quieter = takes[0][:44] + (np.frombuffer(takes[0][44:], "<i2") // 2).tobytes()
    recordings = [*takes, takes[1], quieter]
    report = audit(recordings, folds=[(range(6), [6, 7])], modality="voice")
    assert found(report)["duplicate", "leak"].examples == ("1 = 6",)
    assert found(report)["near-duplicate", "leak"].examples == ("0 = 7",)
    assert (
        "near-duplicate"
        not in audit(
            recordings, folds=[(range(6), [6, 7])], modality="voice", near=False
        ).looked_for
    )
    assert audit(recordings, folds=[([0, 7, 2], [1, 6])], modality="voice").ok


def test_validation_counts_too(table):
    folds = [Fold({}, np.array([0, 2]), np.array([1]), np.array([4, 5]))]
    report = audit(X, groups=table["subject"], folds=folds, frame=table)
    item = found(report)["subject in validation", "leak"]
    assert (item.count, item.n_rows, item.examples) == (1, 1, ("a",))
    assert "chosen by" in item.consequence
    folds = [Fold({}, np.array([0, 1]), np.array([2]), np.array([3, 4]))]
    assert ("subject", "leak") in found(audit(X, groups=table["subject"], folds=folds))


def test_steps_fitted_on_test_rows():
    rng = np.random.default_rng(0)
    X, y = rng.normal(3, 2, (60, 5)), rng.choice(["happy", "sad"], 60)
    groups = np.repeat(np.arange(6), 10).astype(str)
    folds = list(GroupKFold(3).split(X, y, groups))
    leaky = make_pipeline(StandardScaler(), PCA(2)).fit(X)
    item = found(audit(X, y, groups, folds, fitted=leaky))["fitted on test rows", "leak"]
    assert (item.examples, item.n_folds) == (("standardscaler", "pca"), 3)
    honest = make_pipeline(StandardScaler(), PCA(2)).fit(X[folds[0][0]])
    assert audit(X, y, groups, folds[:1], fitted=honest).ok


@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler()])
def test_features_scaled_before_the_split(scaler):
    X = np.random.default_rng(0).gamma(2, 2, (60, 5))
    folds = list(KFold(3).split(X))
    assert audit(X, folds=folds).ok
    item = found(audit(scaler.fit_transform(X), folds=folds))["scaled before the split", "leak"]
    assert item.n_folds == 3
    train = folds[0][0]
    assert audit(scaler.fit(X[train]).transform(X), folds=folds[:1]).ok


def test_protocols_state_what_they_share(emodb_root):
    data = load_dataset("emodb", emodb_root)
    texts = found(audit_protocol(data, "loso"))
    assert set(texts) == {("text", "note")}
    loto = found(audit_protocol(data, "loto"))
    assert set(loto) == {("subject", "stated"), ("subject in validation", "stated")}
    assert audit_protocol(data, "speaker+text").findings == []
    random = audit_protocol(data, "random-5fold")
    assert not random.ok
    assert random.verdict == "LEAKY, as the protocol states"
    assert next(describe_audits([random]))[0].startswith("Audit: LEAKY, as the protocol states. ")
    assert found(random)["subject", "stated"].n_folds == 5


def test_report_as_data(table):
    report = audit(X, groups=["a"] * 8, folds=HALVES, frame=table, name="mine")
    frame = report.to_frame()
    assert frame["audited"].tolist() == ["mine"]
    assert json.loads(json.dumps(report.to_dict()))["findings"][0]["kind"] == "subject"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, TypeError, "Expected folds, got None. Pass a splitter"),
        ({"folds": []}, ValueError, "Expected at least one fold, got none"),
        ({"folds": [([0],)]}, ValueError, "Expected fold 0 to be"),
        ({"folds": HALVES, "y": ["sad"]}, ValueError, "Expected y to have one row a recording, 8"),
    ],
)
def test_wrong_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        audit(X, **arguments)


def test_benchmarks_are_audited_and_say_so(tmp_path, capsys):
    from sklearn.dummy import DummyClassifier

    root = trees.make_folder(tmp_path / "one" / "mine")
    other = trees.make_folder(tmp_path / "two" / "theirs")
    twice = root / "bob" / "Joy" / "0.wav"
    twice.write_bytes((root / "ann" / "Joy" / "0.wav").read_bytes())
    sources = [load_dataset("folder", path) for path in (root, other)]
    results = cross_dataset({"chance": DummyClassifier()}, sources, protocol="loso")
    reports = {report.name: found(report) for report in results.audits}
    assert reports["folder:mine, loso"]["duplicate", "leak"].examples == (
        "bob/Joy/0.wav = ann/Joy/0.wav",
    )
    assert reports["folder:theirs, loso"] == {}
    shared = reports["folder:mine and folder:theirs"]["duplicate", "leak"]
    assert shared.count == 29  # the trees hold the same recordings, but for the one above
    print_report(results)
    shown = capsys.readouterr().out
    assert "leak: duplicate: up to 1" in " ".join(shown.split())
    results.to_html(tmp_path / "page.html")
    assert "<h2>Audit</h2>" in (tmp_path / "page.html").read_text()
    quiet = evaluate(DummyClassifier(), sources[1], GENERIC["loso"], audit=False)
    assert quiet.audits == []


def test_content_is_compared_without_being_told_what_it_is(tmp_path):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(30, 4))
    features[25:] = features[:5]
    folds = [(np.arange(20), np.arange(20, 30))]
    for rows in (features, pd.DataFrame(features), list(features)):
        item = found(audit(rows, folds=folds))["duplicate", "leak"]
        assert (item.count, item.n_rows, item.examples[0]) == (5, 5, "0 = 25")
    paths = [str(trees.write(tmp_path / f"{n}.wav", trees.wav(n % 25))) for n in range(30)]
    assert found(audit(paths, folds=folds))["duplicate", "leak"].count == 5
    assert "duplicate" not in audit(["yes"] * 30, folds=folds).looked_for  # words are no copies


def test_unknown_subjects_are_said(ferplus_root):
    report = audit_protocol(load_dataset("ferplus", ferplus_root), "holdout-622")
    assert "subjects are not known" in report.verdict
    assert "subjects are not known, so that shared ones cannot be found" in str(report)
    assert not report.to_dict()["subjects_known"]


def test_children_of_children_and_row_numbers(table):
    frame = table.assign(parent=[None, "0.wav", None, None, None, None, None, "1.wav"])
    report = audit(X, folds=[([0, 2, 3], [4, 7])], frame=frame)
    assert found(report)["parent", "leak"].examples == ("0.wav = 7.wav",)
    assert audit(X, folds=[([0, 1, 7], [2, 3])], frame=frame).ok
    frame = table.assign(parent=[None, 0, None, None, None, None, None, 1])
    report = audit(X, folds=[([0, 2, 3], [4, 7])], frame=frame)
    assert found(report)["parent", "leak"].n_rows == 1


def test_resampling_before_the_split():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 3)), np.array(["happy"] * 20 + ["sad"] * 10)
    sampler = TensorSampler(SMOTE(k_neighbors=3, random_state=0))
    X_made, y_made = sampler.fit_resample(X, y)
    folds = list(KFold(4, shuffle=True, random_state=0).split(X_made))
    report = audit(X_made, y_made, folds=folds, fitted=sampler)
    first, other = found(report)["parent", "leak"], found(report)["parent (other)", "leak"]
    expected = []
    for train, test in folds:
        parents = sampler.parents_[:, 0]
        expected.append(len(set(parents[train]) & set(parents[test])))
    assert (first.count, first.n_folds) == (max(expected), sum(map(bool, expected)))
    assert other.count > 0
    honest = (
        np.flatnonzero((sampler.parents_ < 20).all(axis=1)),
        np.flatnonzero((sampler.parents_ >= 20).all(axis=1)),
    )
    assert audit(X_made, y_made, folds=[honest], fitted=sampler).ok
    with pytest.raises(ValueError, match="Expected X to be the 40 rows that TensorSampler made"):
        audit(X, y, folds=[(range(20), range(20, 30))], fitted=sampler)


def test_resampling_before_the_split_by_a_sampler_that_does_not_say_of_what():
    rng = np.random.default_rng(0)
    sampler = SMOTE(k_neighbors=3, random_state=0)
    X, y = sampler.fit_resample(rng.normal(size=(30, 3)), ["happy"] * 20 + ["sad"] * 10)
    report = audit(X, y, folds=list(KFold(4).split(X)), fitted=sampler)
    item = found(report)["resampled before the split", "leak"]
    assert item.examples == ("10 rows that SMOTE made of others",)
    assert item.n_folds == 4
    assert audit(X, y, folds=[(range(15), range(15, 30))], fitted=sampler).ok
