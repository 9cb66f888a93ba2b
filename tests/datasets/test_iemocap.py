"""IEMOCAP: speakers, labels and words of turns, votes, damage, protocols."""

import shutil
from collections import Counter

import numpy as np
import pytest
import trees
import trees_iemocap as made
from dataset_checks import emotion_counts, fails, faulty, whole

from skemotion import load_dataset
from skemotion.datasets import get_dataset
from skemotion.evaluation import check_files
from skemotion.protocols import get_protocol

LABELS = "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt"
WORDS = "Session1/dialog/transcriptions/Ses01F_impro01.txt"
WAV = "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M001.wav"
MODALITIES = ("voice", "text", "voice+text")


@pytest.fixture(scope="module")
def whole_root(tmp_path_factory):
    return made.make_whole_iemocap(tmp_path_factory.mktemp("whole_iemocap"))


def edit(root, path, old, new):
    """Replace what stands once in a text."""
    content = (root / path).read_bytes()
    assert content.count(old) == 1
    (root / path).write_bytes(content.replace(old, new))


def line_of(root, path, start):
    lines = (root / path).read_text().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if start in line)


def test_columns(iemocap_root):
    data = load_dataset("iemocap", iemocap_root)
    assert data.left_out == {"there is no category": 20, "the recording of a whole dialogue": 1}
    assert len(data.y) == 20 * 7
    assert data.X[0].endswith("Ses01F_impro01_F000.wav")
    row = data.frame[data.frame["path"] == WAV].iloc[0]
    assert (row["emotion"], row["session"], row["dialog"]) == ("neutral", "1", "Ses01F_impro01")
    assert (row["start"], row["stop"], row["text"]) == (6.0, 7.5, "Line 3 of Ses01F_impro01.")
    assert (row["valence"], row["arousal"], row["dominance"]) == (4.5, 3.0, 5.5)
    votes = row.filter(like="votes_")
    assert votes[votes > 0].to_dict() == {"votes_neutral": 2.5, "votes_surprise": 0.5}
    assert data.soft_labels is None


def test_speaker_is_the_last_letter(iemocap_root):
    frame = load_dataset("iemocap", iemocap_root).frame
    names = frame["path"].str.rpartition("/")[2]
    for name, subject, sex in zip(names, frame["subject"], frame["sex"], strict=True):
        letter = name.rpartition("_")[2][0]
        assert subject == f"iemocap/{name[:5]}{letter}"
        assert sex == {"F": "female", "M": "male"}[letter]
    assert frame["subject"].nunique() == 10
    crossed = frame[frame["path"] == WAV]  # her dialogue, his turn
    assert crossed["subject"].tolist() == ["iemocap/Ses01M"]
    styles = set(zip(frame["dialog"].str[7:12], frame["style"], strict=True))
    assert styles == {("impro", "improvised"), ("scrip", "scripted")}
    assert "Ses05M_script01_1b" in set(frame["dialog"])


def test_undecided_turns_have_ratings(iemocap_root):
    frame = get_dataset("iemocap", iemocap_root).index()
    assert len(frame) == 160
    assert frame["emotion"].isna().sum() == 20
    data = load_dataset("iemocap", iemocap_root, scheme="va-valence2")
    assert len(data.y) == 160
    low = (data.frame["valence"] < 3).to_numpy()
    assert set(data.y[low]) == {"negative"}


@pytest.mark.parametrize("modality", MODALITIES)
def test_modalities_give_the_same_turns(iemocap_root, modality):
    data = load_dataset("iemocap", iemocap_root, modality=modality)
    voice = load_dataset("iemocap", iemocap_root)
    assert data.y.tolist() == voice.y.tolist()
    assert data.groups.tolist() == voice.groups.tolist()
    assert data.dataset.modality == modality
    texts = voice.frame["text"].tolist()
    if modality == "text":
        assert data.X.tolist() == texts
        assert data.frame["path"][0] == f"{WORDS}#Ses01F_impro01_F000"
        assert data.dataset.locate(data.frame["path"][0]) == str(iemocap_root / WORDS)
    if modality == "voice+text":
        assert list(data.X) == ["voice", "text"]
        assert data.X["text"].tolist() == texts
        assert data.X["voice"].tolist() == voice.X.tolist()


def test_options():
    with pytest.raises(ValueError, match="Expected modality to be one of 'voice', 'text', 'voice"):
        get_dataset("iemocap", modality="video")
    with pytest.raises(ValueError, match="Expected labels to be one of 'majority', 'soft'"):
        get_dataset("iemocap", labels="hard")


def test_soft_labels(copy, iemocap_root):
    root = copy(iemocap_root)
    edit(root, LABELS, b"Neutral; Surprise;", b"Neutral; Anger; Other;")
    for emotion in (b"Sadness", b"Anger"):  # nobody says what is agreed on; nobody says anything
        path = root / f"Session2/dialog/EmoEvaluation/Ses02{'F' if emotion == b'Anger' else 'M'}"
        path = path.with_name(f"{path.name}_script01_1{'' if emotion == b'Anger' else 'b'}.txt")
        text = path.read_text().split("\n\n")
        text[1] = "\n".join(line for line in text[1].split("\n") if not line.startswith("C-E"))
        path.write_text("\n\n".join(text))
    data = load_dataset("iemocap", root, labels="soft")
    shares = data.soft_labels
    assert list(shares) == sorted(data.dataset.counts)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    row = data.frame.index[data.frame["path"] == WAV][0]
    shared = shares.loc[row, ["neutral", "angry"]].to_numpy()
    np.testing.assert_allclose(shared, np.array([7 / 3, 1 / 3]) / (8 / 3))
    row = data.frame.index[data.frame["path"].str.endswith("Ses02F_script01_1_F000.wav")][0]
    assert data.frame.loc[row].filter(like="votes_").sum() == 0
    assert shares.loc[row, "angry"] == 1
    four = load_dataset("iemocap", root, labels="soft", scheme="common4")
    assert list(four.soft_labels) == ["angry", "happy", "neutral", "sad"]
    assert len(four.soft_labels) == len(four.y) == 100


def test_whole(whole_root):
    data = whole("iemocap", whole_root)
    assert data.left_out == {"there is no category": 2510}
    frame = get_dataset("iemocap", whole_root).index()
    assert len(frame) == sum(made.published().values()) == 10039
    four = load_dataset("iemocap", whole_root, scheme="common4")
    assert emotion_counts(four) == {"angry": 1103, "happy": 1636, "neutral": 1708, "sad": 1084}
    folds = get_protocol("4class-session", four.dataset)(four.frame, whole=True)
    assert [len(fold.test) for fold in folds] == [1085, 1023, 1151, 1031, 1241]
    assert [len(fold.validation) for fold in folds] == [1023, 1151, 1031, 1241, 1085]


def test_whole_is_checked(whole_root):
    report = check_files(get_dataset("iemocap", whole_root), near=False)
    assert report.ok, report.problems
    assert report.table.loc["total"].tolist() == [7529, 7529]
    assert "2510 left out: there is no category" in report.notes


def test_protocols(iemocap_root):
    data = load_dataset("iemocap", iemocap_root, scheme="common4")
    frame, sessions = data.frame, data.frame["session"].to_numpy()
    assert data.dataset.protocol == "iemocap/4class-session"
    folds = get_protocol("4class-session", data.dataset)(frame)
    for number, fold in enumerate(folds):
        tested, validated = set(sessions[fold.test]), set(sessions[fold.validation])
        assert tested == {str(number + 1)}
        assert validated == {str((number + 1) % 5 + 1)}
        assert set(sessions[fold.train]) == set("12345") - tested - validated
    folds = get_protocol("4class-speaker", data.dataset)(frame)
    assert len(folds) == 10
    for fold in folds:
        held, partner = set(data.groups[fold.test]), set(data.groups[fold.validation])
        assert held == {fold.facts["held_out"]}
        assert len(partner) == 1
        assert not held & partner
        assert set(sessions[fold.test]) == set(sessions[fold.validation])
        assert not set(sessions[fold.test]) & set(sessions[fold.train])
        assert len(fold.train) + len(fold.validation) + len(fold.test) == len(frame)
    everything = load_dataset("iemocap", iemocap_root)
    assert len(get_protocol("iemocap/session", everything.dataset)(everything.frame)) == 5


def test_packaging(copy, iemocap_root, tmp_path):
    want = load_dataset("iemocap", iemocap_root)
    packed = tmp_path / "packed"
    packed.mkdir()
    for session in range(1, 6):
        shutil.make_archive(str(packed / f"s{session}"), "zip", iemocap_root, f"Session{session}")
    data = load_dataset("iemocap", packed)
    assert data.y.tolist() == want.y.tolist()
    assert data.X[0].read(4) == b"RIFF"
    assert load_dataset("iemocap", packed, modality="text").y.tolist() == want.y.tolist()
    root = copy(iemocap_root)
    shutil.copytree(iemocap_root, root / "IEMOCAP_full_release")
    data = load_dataset("iemocap", root)
    assert data.left_out["a second file of the same name"] == 161
    assert len(data.y) == len(want.y)


def test_flat_recordings_of_another_format(copy, iemocap_root):
    root = copy(iemocap_root)
    for path in sorted(root.glob("Session*/sentences/wav/*/*.wav")):
        (root / "flat").mkdir(exist_ok=True)
        path.rename(root / "flat" / f"{path.stem}.flac")
    data = load_dataset("iemocap", root)
    assert data.y.tolist() == load_dataset("iemocap", iemocap_root).y.tolist()


def test_label_without_recording_and_recording_without_label(copy, iemocap_root):
    root = copy(iemocap_root)
    (root / WAV).unlink()
    number = line_of(root, LABELS, "Ses01F_impro01_M001")
    reason = "the recording that it labels is missing"
    data = faulty("iemocap", root, f"{LABELS}:{number}", reason)
    assert len(data.y) == 139
    assert len(load_dataset("iemocap", root, modality="text").y) == 140
    trees.write(root / WAV, trees.wav(3))
    stray = WAV.replace("M001", "M017")
    trees.write(root / stray, trees.wav(4))
    data = faulty("iemocap", root, stray, "the turn has no label")
    assert len(data.y) == 140


def test_turn_without_words(copy, iemocap_root):
    root = copy(iemocap_root)
    edit(root, WORDS, b"Ses01F_impro01_M001 [006.0000", b"M: [006.0000")
    data = load_dataset("iemocap", root)
    assert data.frame.loc[data.frame["path"] == WAV, "text"].isna().all()
    number = line_of(root, LABELS, "Ses01F_impro01_M001")
    reason = "the turn has no transcript"
    data = faulty("iemocap", root, f"{LABELS}:{number}", reason, modality="text")
    assert len(data.y) == 139
    data = faulty("iemocap", root, WAV, reason, modality="voice+text")
    assert len(data.y) == 139


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"M001\tneu\t", b"M001\tne\t", "the emotion is not one of IEMOCAP's codes"),
        (b"M001\tneu\t[4.5000, 3.0000, 5.5000]", b"M001\tneu\t[4.5000, 3.00", "FORM"),
        (b"[6.0000 - 7.5000]\tSes01F_impro01_M001", b"Ses01F_impro01_M001", "FORM"),
        (b"M001\tneu\t[4.5000", b"M001\tneu\t[45.000", "a rating is far above 5"),
        (b"Neutral; Surprise;\t()", b"Neutral; Surp", "the line of a rater is cut short"),
        (b"Neutral; Surprise;\t()", b"Neutral; Surprise;", "the line of a rater is cut short"),
        (b"Neutral; Surprise;", b"Neutral; Surprice;", "NAMES"),
        (b"C-E4:\tNeutral; Surprise", b"E4:\tNeutral; Surprise", "the line is neither"),
    ],
)
def test_damaged_label(copy, iemocap_root, old, new, reason):
    root = copy(iemocap_root)
    reason = {
        "FORM": "the line is not of the form [times] turn emotion [three ratings]",
        "NAMES": "a rater names an emotion that is not one of IEMOCAP's",
        "the line is neither": "the line is neither a turn nor a rater's",
    }.get(reason, reason)
    edit(root, LABELS, old, new)
    number = line_of(root, LABELS, new.decode().splitlines()[0])
    for modality in ("voice", "text"):
        data = faulty("iemocap", root, f"{LABELS}:{number}", reason, modality=modality)
        assert len(data.y) == 139
        assert not data.frame["path"].str.contains("Ses01F_impro01_M001").any()


def test_line_of_a_rater_after_its_turn_is_lost(copy, iemocap_root):
    root = copy(iemocap_root)
    lines = (root / LABELS).read_text().splitlines()
    number = line_of(root, LABELS, "Ses01F_impro01_M001")
    del lines[number - 1]
    (root / LABELS).write_text("\n".join(lines))
    data = load_dataset("iemocap", root, on_error="skip")
    assert data.left_out["the line belongs to no turn"] == 7
    assert data.left_out["the turn has no label"] == 1
    assert len(data.y) == 139


@pytest.mark.parametrize("same", [True, False])
def test_two_labels_of_a_turn(copy, iemocap_root, same):
    root = copy(iemocap_root)
    ratings = (4.5, 3.0, 5.5)
    lines = made.block("Ses01F_impro01_M001", "neu" if same else "sad", 6.0, ratings)
    text = (root / LABELS).read_text().rstrip("\n")
    (root / LABELS).write_text("\n".join([text, "", *lines]))
    if same:
        assert len(load_dataset("iemocap", root).y) == 140
        return
    number = text.count("\n") + 3
    reason = "another label of the same turn says something else"
    data = faulty("iemocap", root, f"{LABELS}:{number}", reason)
    assert WAV not in set(data.frame["path"])  # nobody knows which is right


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file names no turn"),
        (b"\xff\xfeS\x00e\x00s\x00", "the file cannot be read as a text in utf-8"),
        ("\u00e4 Ses01F_impro01_F000".encode("latin-1"), "the file cannot be read as a text"),
        (b"version https://git-lfs.github.com/spec/v1\n", "it is a Git-LFS pointer"),
    ],
)
def test_damaged_texts(copy, iemocap_root, content, reason):
    reason += {
        "the file cannot be read as a text": " in utf-8",
        "it is a Git-LFS pointer": " (run 'git lfs pull' in its repository)",
    }.get(reason, "")
    root = copy(iemocap_root)
    kept = (root / LABELS).read_bytes()
    (root / LABELS).write_bytes(content)
    data = faulty("iemocap", root, LABELS, reason)
    assert data.left_out["the labels of its dialogue are damaged"] == 8
    assert len(data.y) == 133
    (root / LABELS).write_bytes(kept)
    (root / WORDS).write_bytes(content)
    data = faulty("iemocap", root, WORDS, reason)
    assert len(data.y) == 140  # the voices have their labels
    for modality in ("text", "voice+text"):
        data = faulty("iemocap", root, WORDS, reason, modality=modality)
        assert data.left_out["the transcript of its dialogue is damaged"] == 8
        assert len(data.y) == 133


def test_damaged_transcript_line(copy, iemocap_root):
    root = copy(iemocap_root)
    edit(root, WORDS, b"M001 [006.0000-", b"M001 [006.")
    number = line_of(root, WORDS, "Ses01F_impro01_M001")
    reason = "the line is not of the form turn [times]: words"
    data = faulty("iemocap", root, f"{WORDS}:{number}", reason, modality="text")
    assert len(data.y) == 139


def test_wrong_names(copy, iemocap_root):
    root = copy(iemocap_root)
    path = "Session1/dialog/EmoEvaluation/impro01.txt"
    shutil.copy(root / LABELS, root / path)
    faulty("iemocap", root, path, "its name is not that of a dialogue of IEMOCAP")
    (root / path).unlink()
    path = "Session1/sentences/wav/Ses06F_impro01_F000.wav"
    trees.write(root / path, trees.wav(5))
    data = faulty("iemocap", root, path, "the name is not of the form of iemocap")
    assert Counter(data.frame["session"]) == dict.fromkeys("12345", 28)


def test_without_labels_or_words(copy, iemocap_root, emodb_root):
    root = copy(iemocap_root)
    for path in root.glob("Session*/dialog/transcriptions"):
        shutil.rmtree(path)
    assert load_dataset("iemocap", root).frame["text"].isna().all()
    for modality in ("text", "voice+text"):
        fails("transcriptions/Ses01F_impro01.txt, got none. Unpack them", "iemocap", root,
              modality=modality)  # fmt: skip
    for path in root.glob("Session*/dialog/EmoEvaluation"):
        shutil.rmtree(path)
    fails("got none for 160 recordings. Unpack them beside the recordings.", "iemocap", root)
    fails("The files look like those of 'emodb': load them as that.", "iemocap", emodb_root)
    fails("The files look like those of 'iemocap': load them as that.", "emodb", root)
