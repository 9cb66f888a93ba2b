import re
import sys
from html.parser import HTMLParser
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from sklearn.linear_model import LogisticRegression

from skemotion.evaluation import cross_dataset, print_report, write_report
from skemotion.evaluation.displays import plot_confusion, plot_histories, plot_matrix
from skemotion.evaluation.results import Results

HOSTILE = "svm <script>alert('$x$')</script>"


class Learner(LogisticRegression):
    def fit(self, X, y):
        super().fit(X, y)
        self.history_ = pd.DataFrame({"loss": np.exp(-np.arange(5)), "val_loss": 0.5})
        return self


class Page(HTMLParser):
    """Collect what the page holds, and check that its elements are closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def results():
    from sklearn.utils import Bunch

    rng = np.random.default_rng(0)
    sources = []
    for name, classes in (("here", ["happy", "sad"]), ("there & back", ["angry", "happy", "sad"])):
        y = np.array(classes)[np.arange(36) % len(classes)]
        groups = np.array([f"{name}/{row // 6}" for row in range(36)])
        facts = {"name": name, "modality": "voice", "subjects_known": name == "here"}
        facts |= {"licence": "CC0-1.0", "citation": "", "protocols": (), "protocol": "loso"}
        X = rng.normal(size=(36, 3)) + (y == "sad")[:, None]
        frame = pd.DataFrame({"emotion": y, "subject": groups})
        left_out = {"emotion 'calm' is not in scheme 'common4'": 4}
        sources.append(
            Bunch(X=X, y=y, groups=groups, frame=frame, scheme=None, left_out=left_out)
            | {"dataset": Bunch(**facts)}
        )
    sources = [Bunch(**source) for source in sources]
    models = {HOSTILE: LogisticRegression(), "learner": Learner()}
    return cross_dataset(models, sources)


def printed(results, width=80):
    text = StringIO()
    print_report(results, Console(file=text, width=width))
    return text.getvalue()


@pytest.mark.parametrize("width", [60, 80, 200])
def test_terminal_report_holds_every_score(results, width):
    text = printed(results, width)
    for cell in results.summary().itertuples():
        assert f"{cell.uar:.3f}" in text
        assert f"[{cell.uar_low:.2f}, {cell.uar_high:.2f}]" in text
    assert "here: protocol loso, folds 6." in text
    assert "2 classes: happy sad (" in text
    assert "subjects?: nobody knows who is in the recordings" in text
    assert max(map(len, text.splitlines())) <= width


def test_terminal_report_of_nothing():
    assert printed(Results([])) == "No results.\n"


def test_files_hold_the_results(results, tmp_path):
    paths = write_report(results, tmp_path / "new" / "folder")
    table = pd.read_csv(paths["results"])
    assert list(table["uar"]) == pytest.approx(list(results.folds["uar"]))
    assert table["classes"].iloc[0] == "happy sad"
    assert len(pd.read_csv(paths["predictions"])) == len(results.predictions)


def test_page_is_whole_alone_and_accessible(results, tmp_path):
    text = write_report(results, tmp_path)["page"].read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    tags = [tag for tag, _ in page.elements]
    assert "script" not in tags
    assert dict(page.elements)["html"] == {"lang": "en"}
    assert not re.search(r"(src|href)=\"(?!data:|#)", text)
    assert "default-src 'none'" in text
    images = [attributes for tag, attributes in page.elements if tag == "img"]
    assert len(images) == 2 + 4 + 1  # matrices, confusion matrices, learning curves
    assert all(len(image["alt"]) > 20 for image in images)
    assert all(attributes["scope"] for tag, attributes in page.elements if tag == "th")
    words = " ".join(page.words)
    assert HOSTILE in words
    for fact in ("leave one subject out", "Seeds: 0.", "4 emotion 'calm' is not in scheme"):
        assert fact in words
    assert set(results.datasets["fingerprint"]) <= set(words.split())
    assert "subjects unknown" in words


def test_same_results_give_the_same_page(results, tmp_path):
    first, second = (tmp_path / name for name in ("first.html", "second.html"))
    results.to_html(first)
    results.to_html(second)
    assert first.read_bytes() == second.read_bytes()


def test_figures_show_the_numbers(results):
    before = "matplotlib.pyplot" in sys.modules
    matrix = plot_matrix(results, "learner")
    (axes, _) = matrix.axes
    value = results.matrix("learner").loc["here", "there & back"]
    assert any(text.get_text().startswith(f"{value:.2f}\n[") for text in axes.texts)
    assert "chance 0.33 to 0.50" in axes.get_title()
    panels = plot_confusion(results, "learner", "there & back").axes
    assert len(panels) == 2
    counts = [int(text.get_text().split("\n")[1]) for panel in panels for text in panel.texts]
    cells = results.folds.query("model == 'learner' and train == 'there & back'")
    assert sum(counts) == cells["n_test"].sum()
    curves = plot_histories(results, "learner")
    assert [axes.get_title() for axes in curves.axes] == ["here: loss", "there & back: loss"]
    assert plot_histories(results, HOSTILE) is None
    assert ("matplotlib.pyplot" in sys.modules) == before


def test_nothing_is_clipped_or_overlaps(results):
    for figure in (plot_matrix(results, "learner"), plot_confusion(results, "learner", "here")):
        figure.draw_without_rendering()
        page = figure.bbox
        for axes in figure.axes:
            box = axes.get_tightbbox()
            assert page.x0 - 1 <= box.x0 <= box.x1 <= page.x1 + 1
            assert page.y0 - 1 <= box.y0 <= box.y1 <= page.y1 + 1
        boxes = [axes.get_tightbbox() for axes in figure.axes]
        for number, box in enumerate(boxes):
            assert box.count_overlaps(boxes[number + 1 :]) == 0


def test_unknown_names_are_said(results):
    with pytest.raises(
        ValueError, match=r"^There are no results of the model 'nobody'\. There are"
    ):
        results.matrix("nobody")
    with pytest.raises(ValueError, match=r"^Expected metric to be one of uar, wa, macro_f1, got "):
        results.matrix("learner", "accuracy")
    with pytest.raises(
        ValueError, match=r"^There are no results of the model 'learner' trained on"
    ):
        plot_confusion(results, "learner", "nowhere")
