"""CREMA-D: names, modalities, what raters perceived, the published split, damage."""

import re
import shutil
from hashlib import sha256

import numpy as np
import pytest
import trees
import trees_speech as speech
from dataset_checks import emotion_counts, fails, faulty, whole

from skemotion import load_dataset
from skemotion.datasets import get_dataset
from skemotion.protocols import get_protocol

OTHER_FORM = "a file of another modality or format"
DIVIDED = "the raters are divided between two emotions or more"
LABELS = ("intended", "voice", "face", "multi")
SHARES = {"intended": None, "voice": 1, "face": 2, "multi": 3}
LETTERS = dict(zip("ADFHNS", speech.CREMAD_CODES, strict=True))
NAMES = {
    **{"ANG": "angry", "DIS": "disgust", "FEA": "fear"},
    **{"HAP": "happy", "NEU": "neutral", "SAD": "sad"},
}


def touch(root, *names):
    for name in names:
        trees.write(root / name, b"RIFF")
    return root


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Return a tree of all clips in both modalities."""
    return speech.make_cremad(tmp_path_factory.mktemp("crema_d"), whole=True, n_videos=7442)


@pytest.fixture(scope="module")
def with_tables(tmp_path_factory, data_folder):
    """Return the tree that the manifest lists, with the published tables."""
    root = tmp_path_factory.mktemp("crema_d_real")
    lines = (data_folder / "manifests" / "cremad_AudioWAV.tsv").read_text().splitlines()[1:]
    touch(root, *(line.split("\t")[2] for line in lines))
    shutil.copytree(data_folder / "labels" / "crema-d", root, dirs_exist_ok=True)
    return root


def stems(frame):
    return frame["path"].str.extract(r"([^/]+)\.\w+$")[0]


def test_cremad(crema_d_root):
    data = load_dataset("crema-d", crema_d_root)
    assert len(data.y) == 39
    assert data.left_out == {OTHER_FORM: 1}
    assert data.y.tolist() == stems(data.frame).str[9:12].map(NAMES).tolist()
    assert data.soft_labels is None
    assert "intended" not in data.frame
    row = data.frame.set_index("path").loc["AudioWAV/1001_IEO_ANG_MD.wav"]
    assert (row["emotion"], row["subject"], row["statement"]) == ("angry", "crema-d/1001", "IEO")
    assert (row["intensity"], row["split"]) == ("medium", "train")
    assert (row["sex"], row["age"], row["race"]) == ("female", 21, "Asian")
    assert row["ethnicity"] == "Not Hispanic"
    intensities = data.frame["intensity"].value_counts().to_dict()
    assert intensities == {"unspecified": 36, "low": 1, "medium": 1, "high": 1}


@pytest.mark.parametrize("modality", ["voice", "video", "voice+video"])
def test_cremad_whole(published, modality):
    data = whole("crema-d", published, modality=modality)
    assert data.dataset.modality == modality
    assert data.left_out == ({} if "+" in modality else {OTHER_FORM: 7442})
    assert len(set(data.frame["twin"])) == 7442
    assert data.frame["doubtful"].sum() == {"voice": 7, "video": 4}.get(modality, 10)
    kept = load_dataset("crema-d", published, modality=modality, where="not doubtful")
    assert len(kept.y) == 7442 - data.frame["doubtful"].sum()


def test_cremad_split_is_the_published_one(published):
    data = load_dataset("crema-d", published)
    (fold,) = get_protocol("crema-d/actor-70-10-20", data.dataset)(data.frame, whole=True)
    assert [len(rows) for rows in fold[1:]] == [5146, 738, 1558]
    assert [len(set(data.groups[rows])) for rows in fold[1:]] == [63, 9, 19]
    absent = {"1006_TIE_NEU_XX", "1013_WSI_DIS_XX", "1017_IWW_FEA_XX", "1040_ITH_SAD_XX"}
    there = ~data.frame["twin"].isin(absent).to_numpy()
    assert [int(there[rows].sum()) for rows in fold[1:]] == [5144, 738, 1556]


def test_cremad_split_is_that_of_the_seed(published):
    """It shuffles the actors with the seed 0 and cuts at 70 and 80 %."""
    actors = [str(actor) for actor in range(1001, 1092)]
    np.random.RandomState(0).shuffle(actors)
    frame = load_dataset("crema-d", published).frame
    for part, names in zip(
        ("train", "validation", "test"), np.split(np.array(actors), [63, 72]), strict=True
    ):
        found = frame.loc[frame["split"] == part, "subject"].str[-4:]
        assert sorted(names) == sorted(set(found))


def test_cremad_folds_of_actors(published):
    data = load_dataset("crema-d", published)
    folds = get_protocol("crema-d/subject-5fold", data.dataset)(data.frame)
    held = [actor for fold in folds for actor in set(data.groups[fold.test])]
    assert len(held) == len(set(held)) == 91


def test_cremad_voice_and_video_are_aligned(tmp_path):
    speech.make_cremad(tmp_path, n_videos=6)
    (tmp_path / "AudioWAV" / "1001_DFA_ANG_XX.wav").unlink()
    videos = sorted((tmp_path / "VideoFlash").iterdir())
    data = load_dataset("crema-d", tmp_path, modality="voice+video")
    assert list(data.X) == ["voice", "video"]
    assert len(data.y) == 5
    assert data.left_out == {"the clip has no voice": 1, "the clip has no video": 33}
    for voice, video, emotion in zip(data.X["voice"], data.X["video"], data.y, strict=True):
        assert voice.replace("AudioWAV", "VideoFlash")[:-3] == video[:-3]
        assert NAMES[video[-10:-7]] == emotion
    only = load_dataset("crema-d", tmp_path, modality="video")
    assert only.X.tolist() == list(map(str, videos))
    assert only.left_out == {OTHER_FORM: 38}


def test_cremad_voices_without_videos(tmp_path):
    speech.make_cremad(tmp_path, n_videos=0)
    message = (
        f"Expected voices and videos of the same clips in {tmp_path}, got 39 voices and 0 videos "
        "that share none. Put the missing files there, or pass modality='voice' or 'video'."
    )
    fails(message, "crema-d", tmp_path, modality="voice+video")


def test_cremad_videos_can_be_decoded(crema_d_root):
    cv2 = pytest.importorskip("cv2")
    (path,) = load_dataset("crema-d", crema_d_root, modality="video").X
    assert path.endswith(".flv")
    capture = cv2.VideoCapture(path)
    assert capture.read()[0]
    capture.release()


def test_cremad_mp3_beside_wav_is_left_out(tmp_path):
    touch(tmp_path, "AudioMP3/1001_DFA_ANG_XX.mp3", "AudioMP3/1001_DFA_SAD_XX.mp3")
    data = load_dataset("crema-d", tmp_path)
    assert data.y.tolist() == ["angry", "sad"]
    touch(tmp_path, "AudioWAV/1001_DFA_SAD_XX.wav")
    data = load_dataset("crema-d", tmp_path)
    assert data.frame["path"].tolist() == ["AudioWAV/1001_DFA_SAD_XX.wav"]
    assert data.left_out == {OTHER_FORM: 2}


def test_cremad_flat_and_nested(tmp_path, crema_d_root):
    touch(tmp_path, "1001_DFA_ANG_XX.flac", "more/1010_IEO_HAP_HI.ogg", "more/1001_DFA_ANG_XX.wav")
    data = load_dataset("crema-d", tmp_path)
    assert data.y.tolist() == ["angry", "happy"]
    assert data.left_out == {"a second file of the same name": 1}
    assert "sex" not in data.frame
    shutil.make_archive(str(tmp_path / "crema"), "zip", crema_d_root)
    data = load_dataset("crema-d", tmp_path / "crema.zip", labels="voice")
    assert len(data.y) == 36
    assert data.X[0].read(4) == b"RIFF"
    assert data.frame["sex"].notna().all()


def test_cremad_the_name_with_one_x(tmp_path):
    touch(tmp_path, "AudioWAV/1040_ITH_SAD_X.wav", "copy/1040_ITH_SAD_XX.wav")
    data = load_dataset("crema-d", tmp_path)
    row = data.frame.iloc[0]
    assert (row["emotion"], row["intensity"]) == ("sad", "unspecified")
    assert row["twin"] == "1040_ITH_SAD_XX"  # the tables name it so
    assert data.left_out == {"a second file of the same name": 1}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("1001_DFA_ANG.wav", "the name is not of the form of crema-d"),
        ("1001_DFA_ANG_LX.wav", "the name is not of the form of crema-d"),
        ("1001-DFA-ANG-XX.wav", "the name is not of the form of crema-d"),
        ("1001_DFA_SUR_XX.wav", "codes that CREMA-D does not have"),
        ("1001_ABC_ANG_XX.wav", "codes that CREMA-D does not have"),
        ("1000_DFA_ANG_XX.wav", "codes that CREMA-D does not have"),
        ("1092_DFA_ANG_XX.wav", "codes that CREMA-D does not have"),
    ],
)
def test_cremad_strange_names(copy, crema_d_root, name, reason):
    root = touch(copy(crema_d_root), f"AudioWAV/{name}")
    assert len(faulty("crema-d", root, f"AudioWAV/{name}", reason).y) == 39


def test_cremad_pointers(copy, crema_d_root):
    root = copy(crema_d_root)
    path = root / "AudioWAV" / "1001_IEO_ANG_HI.wav"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 72862\n")
    reason = "it is a Git-LFS pointer (run 'git lfs pull' in its repository)"
    data = faulty("crema-d", root, "AudioWAV/1001_IEO_ANG_HI.wav", reason)
    assert len(data.y) == 38


def test_cremad_is_recognised(crema_d_root, ravdess_root):
    fails("The files look like those of 'crema-d': load them as that.", "ravdess", crema_d_root)
    fails("The files look like those of 'ravdess': load them as that.", "crema-d", ravdess_root)


def expected_votes(labels):
    clips = speech.cremad_clips()
    votes = speech.cremad_votes(len(clips))[SHARES[labels] - 1]
    return dict(zip(clips, votes, strict=True))


@pytest.mark.parametrize("labels", LABELS[1:])
@pytest.mark.parametrize("modality", ["voice", "video", "voice+video"])
def test_cremad_labels_of_raters(crema_d_root, labels, modality):
    data = load_dataset("crema-d", crema_d_root, labels=labels, modality=modality)
    n_divided = {"voice": 3, "face": 4, "multi": 0}[labels] if modality == "voice" else 0
    assert len(data.y) == (39 if modality == "voice" else 1) - n_divided
    assert data.left_out.get(DIVIDED, 0) == n_divided
    votes = expected_votes(labels)
    for row, (clip, emotion) in enumerate(zip(data.frame["twin"], data.y, strict=True)):
        counts = votes[clip]
        assert emotion == list(NAMES.values())[counts.argmax()]
        assert data.frame["intended"].iloc[row] == NAMES[clip[9:12]]
        shares = data.soft_labels.iloc[row]
        assert shares.to_dict() == dict(zip(NAMES.values(), counts / 10, strict=True))
        assert data.frame["votes_sad"].iloc[row] == counts[5]


def test_cremad_summary_alone_gives_labels_without_shares(copy, crema_d_root):
    root = copy(crema_d_root)
    both = load_dataset("crema-d", root, labels="face")
    (root / "processedResults" / "tabulatedVotes.csv").unlink()
    data = load_dataset("crema-d", root, labels="face")
    assert data.y.tolist() == both.y.tolist()
    assert data.left_out == both.left_out
    assert data.soft_labels is None
    assert "votes_sad" not in data.frame
    shutil.rmtree(root / "processedResults")
    message = (
        "Dataset 'crema-d' with labels='face' expected tabulatedVotes.csv or summaryTable.csv in "
        f"{root}, which lacks both. Copy the folder processedResults of its repository there, or "
        "pass labels='intended'."
    )
    fails(message, "crema-d", root, labels="face")
    assert len(load_dataset("crema-d", root).y) == 39


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"100001",6', '"100001",9'),  # more votes than are said to be there
        ('"100001",6,4', '"100001",4,6'),  # another emotion than is said to have most
        ('"100001",6', '"100001",six'),
        ('"100001",6,4', '"100001",12,-2'),
        ('"100001"', '"900001"'),
        ('"100001"', '"nobody"'),
        ('"1001_DFA_ANG_XX",10,0.6,"A"', '"1001_DFA_ANG_XX",10,0.6,"A:D"'),
        ('"1001_DFA_ANG_XX",10,0.6,"A"', '"1001_DFA_ANG_XY",10,0.6,"A"'),
        ('"1001_IEO_ANG_HI"', '"1001_DFA_ANG_XX"'),  # named twice
    ],
)
def test_cremad_votes_that_do_not_add_up(copy, crema_d_root, old, new):
    root = copy(crema_d_root)
    clip = "1001_" + speech.cremad_clips()[0][5:]
    table = root / "processedResults" / "tabulatedVotes.csv"
    text = table.read_text()
    assert old.replace("1001_DFA_ANG_XX", clip) in text
    table.write_text(
        text.replace(old.replace("1001_DFA_ANG_XX", clip), new.replace("1001_DFA_ANG_XX", clip), 1)
    )
    data = load_dataset("crema-d", root, labels="voice", on_error="skip")
    reason = "tabulatedVotes.csv has no row of its votes that adds up"
    n_lost = 2 if "IEO" in old else 1
    assert data.left_out[reason] == n_lost
    assert clip not in set(data.frame["twin"])
    fails(f"AudioWAV/{clip}.wav", "crema-d", root, labels="voice")
    assert len(load_dataset("crema-d", root).y) == 39  # what was acted does not need it


def test_cremad_votes_without_numbers_of_rows(copy, crema_d_root):
    root = copy(crema_d_root)
    table = root / "processedResults" / "tabulatedVotes.csv"
    lines = [line.partition(",")[2] for line in table.read_text().splitlines()]
    table.write_text("\n".join(lines))
    message = (
        f"Expected the first column of {table} to number the rows from 100001 (rated by voice), "
        "200001 (face) and 300001 (both), got '6' in the first row. Fetch the table as it was "
        "published."
    )
    fails(message, "crema-d", root, labels="voice")


def test_cremad_tables_cut_short(copy, crema_d_root):
    root = copy(crema_d_root)
    table = root / "processedResults" / "tabulatedVotes.csv"
    text = table.read_text()
    lines = text.splitlines()
    table.write_text("\n".join(lines[:-3]) + "\n" + lines[-3].partition(',"')[0])
    data = load_dataset("crema-d", root, labels="multi", on_error="skip")
    assert len(data.y) == 36
    table.write_text(text[: text.rindex("_")])
    fails(f"Cannot read {table}: ", "crema-d", root, labels="voice")
    table.write_text("a,b\n1,2\n")
    fails(f"Expected {table} to have the columns A, D, F, H, N, S", "crema-d", root, labels="face")
    table.unlink()
    summary = root / "processedResults" / "summaryTable.csv"
    summary.write_text(summary.read_text().replace('"1","1001_', '"1","1001-', 1))
    data = load_dataset("crema-d", root, labels="voice", on_error="skip")
    assert data.left_out["summaryTable.csv has no row of its votes that adds up"] == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1001,51", "got '1001,51,,,'"),
        ('1001,old,"Male","Asian","Hispanic"', "got '1001,old,Male,Asian,Hispanic'"),
        ('1001,51,"Mole","Asian","Hispanic"', "got '1001,51,Mole,Asian,Hispanic'"),
    ],
)
def test_cremad_damaged_actors(copy, crema_d_root, line, message):
    root = copy(crema_d_root)
    table = root / "VideoDemographics.csv"
    lines = table.read_text().splitlines()
    lines[1] = line
    table.write_text("\n".join(lines))
    fails(f"Expected row 1 of {table} to hold an actor who is not named before", "crema-d", root)
    fails(message, "crema-d", root)


def test_cremad_unknown_actor(copy, crema_d_root):
    root = copy(crema_d_root)
    table = root / "VideoDemographics.csv"
    table.write_text("\n".join(table.read_text().splitlines()[:3]))
    frame = load_dataset("crema-d", root).frame
    assert set(frame.loc[frame["sex"].isna(), "subject"].str[-4:]) == {
        "1003",
        "1010",
        "1013",
        "1015",
    }


def test_cremad_options():
    with pytest.raises(ValueError, match="Expected modality to be one of 'voice', 'video', 'voice"):
        get_dataset("crema-d", modality="face")
    with pytest.raises(ValueError, match="Expected labels to be one of 'intended', 'voice'"):
        get_dataset("crema-d", labels="seen")
    dataset = get_dataset("crema-d", labels="voice")
    assert dataset.protocol == "crema-d/voice-actor-70-10-20"
    message = (
        "Protocol 'crema-d/actor-70-10-20' does not fit this form of 'crema-d': the labels are "
        "'voice'; pass labels='intended'."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        get_protocol("crema-d/actor-70-10-20", dataset)


def test_cremad_facts_add_up():
    for labels in LABELS:
        dataset = get_dataset("crema-d", labels=labels)
        assert sum(dataset.counts.values()) == dataset.n_recordings
        (sizes,) = dataset.protocols[0].counts
        assert sum(sizes) == dataset.n_recordings
    assert sum(get_dataset("crema-d").subject_counts.values()) == 7442


@pytest.mark.real_data
@pytest.mark.parametrize("labels", LABELS)
def test_cremad_real_names_and_tables(with_tables, data_folder, labels):
    data = whole("crema-d", with_tables, labels=labels)
    clips = stems(data.frame)
    assert data.frame["twin"].tolist() == clips.tolist()
    assert data.groups.tolist() == ("crema-d/" + clips.str[:4]).tolist()
    acted = data.frame["emotion" if labels == "intended" else "intended"]
    assert acted.tolist() == clips.str[9:12].map(NAMES).tolist()
    assert data.frame["sex"].groupby(data.groups).first().value_counts().to_dict() == {
        "male": 48,
        "female": 43,
    }
    if labels == "intended":
        return
    n_divided = {"voice": 644, "face": 470, "multi": 420}[labels]
    assert data.left_out == {DIVIDED: n_divided}
    np.testing.assert_allclose(data.soft_labels.sum(axis=1), 1)
    assert (data.soft_labels.idxmax(axis=1) == data.y).all()
    column = {"voice": 2, "face": 4, "multi": 6}[labels]
    summary = {}
    path = data_folder / "labels" / "crema-d" / "processedResults" / "summaryTable.csv"
    for line in path.read_text().splitlines()[1:]:
        cells = [cell.strip('"') for cell in line.split(",")]
        summary[cells[1]] = cells[column]
    assert sum(":" in vote for vote in summary.values()) == n_divided
    assert data.y.tolist() == [NAMES[LETTERS[summary[clip]]] for clip in clips]
    same = (data.y == data.frame["intended"].to_numpy()).sum() / 7442
    assert labels != "voice" or round(same, 2) == 0.42


@pytest.mark.real_data
def test_cremad_summary_and_votes_say_the_same(with_tables, tmp_path):
    for part in ("AudioWAV", "processedResults"):
        shutil.copytree(with_tables / part, tmp_path / part)
    (tmp_path / "processedResults" / "tabulatedVotes.csv").unlink()
    for labels in LABELS[1:]:
        data = load_dataset("crema-d", tmp_path, labels=labels)
        assert emotion_counts(data) == dict(sorted(data.dataset.counts.items()))


@pytest.mark.real_data
def test_cremad_originals_and_what_is_doubtful(with_tables, data_folder):
    lines = (data_folder / "manifests" / "cremad_AudioWAV.tsv").read_text().splitlines()[1:]
    names = {}
    for digest, _, path in (line.split("\t") for line in lines):
        names.setdefault(digest, []).append(path[9:-4])
    starts = sorted(bytes.fromhex(digest)[:16] for digest in names for _ in names[digest])
    dataset = get_dataset("crema-d")
    assert dataset.originals["voice"] == sha256(b"".join(starts)).hexdigest()
    twice = [clip for clips in names.values() if len(clips) > 1 for clip in clips]
    assert len(twice) == 6
    frame = load_dataset("crema-d", with_tables, where="doubtful").frame
    assert set(frame["twin"]) == {*twice, "1076_MTI_SAD_XX"}
