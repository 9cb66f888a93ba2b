"""RAVDESS in its three modalities and two channels: whole trees, twins, look-alikes."""

import shutil
from hashlib import sha256

import numpy as np
import pandas as pd
import pytest
import trees
from dataset_checks import emotion_counts, fails, faulty, whole

from skemotion import audit, load_dataset
from skemotion.datasets import get_dataset
from skemotion.protocols import get_protocol
from skemotion.testing import check_dataset

ONE_OF_TWO = "modality 01 of a performance that is read from modality 02"
CHANNELS = ("speech", "song", "speech+song")
PERFORMANCE = "01-05-02-01-02-07"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Return a tree of all the names that are published."""
    return trees.make_whole_ravdess(tmp_path_factory.mktemp("ravdess"))


def touch(root, *names):
    for name in names:
        trees.write(root / name, b"RIFF")
    return root


def test_the_tree_is_as_large_as_published(published):
    assert sum(path.is_file() for path in published.rglob("*")) == 7356


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("modality", ["voice", "video", "voice+video"])
def test_whole(published, modality, channel):
    data = whole("ravdess", published, modality=modality, channel=channel)
    expected = {"speech": 1440, "song": 1012, "speech+song": 2452}[channel]
    assert len(data.y) == len(set(data.frame["twin"])) == expected
    assert data.dataset.modality == modality
    assert len(set(data.groups)) == (23 if channel == "song" else 24)
    other = {
        "voice": {"the modality is not 03, audio only": 4904},
        "video": {"it is a sound, not a video": 2452, ONE_OF_TWO: expected},
        "voice+video": {ONE_OF_TWO: expected},
    }[modality]
    n_files = {"voice": 1, "video": 2, "voice+video": 3}[modality] * (2452 - expected)
    assert data.left_out == other | ({f"the channel is not {channel}": n_files} if n_files else {})


@pytest.mark.parametrize("channel", CHANNELS)
def test_contract_of_videos(published, channel):
    check_dataset(get_dataset("ravdess", published, modality="video", channel=channel))


@pytest.mark.parametrize("modality", ["voice", "video", "voice+video"])
def test_labels_are_those_of_the_codes(published, modality):
    frame = load_dataset("ravdess", published, modality=modality, channel="speech+song").frame
    frame = frame.set_index("twin")
    row = frame.loc["02-06-02-01-02-07"]
    assert (row["emotion"], row["subject"], row["sex"]) == ("fear", "ravdess/07", "male")
    assert (row["channel"], row["intensity"]) == ("song", "strong")
    assert (row["statement"], row["repetition"]) == ("01", "02")
    by_code = frame.groupby([frame.index.str[3:5], "emotion"]).size()
    assert by_code.to_dict() == {
        ("01", "neutral"): 188, ("02", "calm"): 376, ("03", "happy"): 376, ("04", "sad"): 376,
        ("05", "angry"): 376, ("06", "fear"): 376, ("07", "disgust"): 192, ("08", "surprise"): 192,
    }  # fmt: skip


def test_song_of_each_singer(published):
    data = load_dataset("ravdess", published, channel="song")
    assert "ravdess/18" not in data.groups
    one = emotion_counts(data)
    assert one == {"angry": 184, "calm": 184, "fear": 184, "happy": 184, "neutral": 92, "sad": 184}
    folds = get_protocol("song-loso", data.dataset)(data.frame, whole=True)
    assert {tuple(map(len, fold[1:])) for fold in folds} == {(924, 44, 44)}
    with pytest.raises(ValueError, match=r"the channel is 'song'; pass channel='speech'\.$"):
        get_protocol("ravdess/6fold-actor", data.dataset)


def test_voice_and_video_are_aligned(published):
    data = load_dataset("ravdess", published, modality="voice+video")
    assert data.X.columns.tolist() == ["voice", "video"]
    for voice, video in data.X.itertuples(index=False):
        assert voice.endswith(".wav")
        assert video.endswith(".mp4")
        assert voice.rsplit("/03-", 1)[1][:-4] == video.rsplit("/02-", 1)[1][:-4]
    assert [path[-21:-4] for path in data.X["voice"]] == data.frame["twin"].tolist()


def test_video_without_sound_comes_first(tmp_path):
    touch(
        tmp_path,
        f"Video_Speech_Actor_07/Actor_07/01-{PERFORMANCE}.mp4",
        f"Video_Speech_Actor_07/Actor_07/02-{PERFORMANCE}.mp4",
        "Video_Speech_Actor_08/Actor_08/01-01-03-01-01-01-08.mp4",
        "Audio_Speech_Actors_01-24/Actor_08/01-01-03-01-01-01-08.wav",
    )
    data = load_dataset("ravdess", tmp_path, modality="video")
    assert data.frame[["path", "emotion"]].to_numpy().tolist() == [
        [f"Video_Speech_Actor_07/Actor_07/02-{PERFORMANCE}.mp4", "angry"],
        ["Video_Speech_Actor_08/Actor_08/01-01-03-01-01-01-08.mp4", "happy"],
    ]
    assert data.left_out == {ONE_OF_TWO: 1, "it is a sound, not a video": 1}


def test_performances_that_lack_a_half(tmp_path):
    touch(tmp_path, f"03-{PERFORMANCE}.wav", f"01-{PERFORMANCE}.mp4")
    touch(
        tmp_path, "03-01-03-01-01-01-01.wav", "03-01-03-01-01-01-02.wav", "02-01-04-01-01-01-02.mp4"
    )
    touch(tmp_path, "01-01-03-01-01-01-01.wav", "copy/02-01-04-01-01-01-02.mp4")
    data = load_dataset("ravdess", tmp_path, modality="voice+video")
    assert data.frame["path"].tolist() == [f"03-{PERFORMANCE}.wav"]
    assert data.frame["video"].tolist() == [f"01-{PERFORMANCE}.mp4"]
    assert data.left_out == {
        "the performance has no video": 2,
        "the performance has no voice": 1,
        "it is the sound of a video": 1,
        "a second file of the same name": 1,
    }


def test_voices_alone_are_no_voices_with_video(ravdess_root, tmp_path):
    message = (
        f"Expected voices and videos of the same performances in {tmp_path}, got 1 voices and 0 "
        "videos that share none. Put the missing files there, or pass modality='voice' or 'video'."
    )
    fails(message, "ravdess", touch(tmp_path, f"03-{PERFORMANCE}.wav"), modality="voice+video")
    data = load_dataset("ravdess", ravdess_root, modality="voice+video")
    assert data.frame["twin"].tolist() == ["01-05-01-02-01-01"]
    message = "Expected modality to be one of 'voice', 'video', 'voice+video', got 'face'."
    fails(message, "ravdess", ravdess_root, modality="face")


@pytest.mark.parametrize("modality", ["video", "voice+video"])
def test_archives(tmp_path, modality):
    for kind, name in (("Audio_Speech_Actors_01-24", "03"), ("Video_Speech_Actor_07", "02")):
        suffix = "wav" if name == "03" else "mp4"
        touch(tmp_path / kind, f"Actor_07/{name}-{PERFORMANCE}.{suffix}")
        shutil.make_archive(str(tmp_path / kind), "zip", tmp_path / kind)
        shutil.rmtree(tmp_path / kind)
    data = load_dataset("ravdess", tmp_path, modality=modality)
    videos = data.X if modality == "video" else data.X["video"]
    assert videos[0].name.endswith(f"Video_Speech_Actor_07.zip/Actor_07/02-{PERFORMANCE}.mp4")
    assert videos[0].read() == b"RIFF"


@pytest.mark.parametrize(
    ("damaged", "modality"),
    [("02-{}.mp4", "video"), ("02-{}.mp4", "voice+video"), ("03-{}.wav", "voice+video")],
)
def test_damaged_halves(tmp_path, damaged, modality):
    touch(tmp_path, f"03-{PERFORMANCE}.wav", f"02-{PERFORMANCE}.mp4")
    touch(tmp_path, "03-01-03-01-01-01-01.wav", "02-01-03-01-01-01-01.mp4")
    path = damaged.format(PERFORMANCE)
    (tmp_path / path).write_bytes(b"")
    data = faulty("ravdess", tmp_path, path, "the file is empty", modality=modality)
    assert data.frame["twin"].tolist() == ["01-03-01-01-01-01"]


@pytest.mark.parametrize("modality", ["voice", "video"])
@pytest.mark.parametrize("name", ["03-01-05-01-01-01-01", "02-01-09-01-01-01-01"])
def test_videos_with_codes_that_do_not_exist(tmp_path, name, modality):
    touch(tmp_path, "03-01-08-01-01-01-01.wav", "02-01-08-01-01-01-01.mp4", f"{name}.mp4")
    reason = "codes that RAVDESS does not have"
    data = faulty("ravdess", tmp_path, f"{name}.mp4", reason, modality=modality)
    assert data.y.tolist() == ["surprise"]


def test_the_auditor_finds_a_performance_in_another_modality(published):
    voices, videos = (
        load_dataset("ravdess", published, modality=kind, where="subject in ['01', '02']")
        for kind in ("voice", "video")
    )
    frame = pd.concat([voices.frame, videos.frame], ignore_index=True)
    folds = [(np.arange(120), np.arange(120, 240))]
    report = audit(frame[["path"]], frame=frame, folds=folds)
    twins = next(finding for finding in report.findings if finding.kind == "twin")
    assert (twins.severity, twins.count, twins.n_rows) == ("leak", 120, 120)


@pytest.mark.parametrize("modality", ["voice", "video", "voice+video"])
def test_banglaser_with_videos_offered_as_ravdess(banglaser_root, tmp_path, modality):
    root = shutil.copytree(banglaser_root, tmp_path / "tree")
    touch(root, "Actor_01/01-01-05-01-02-01-01.mp4", "Actor_01/02-01-08-01-02-01-01.mp4")
    fails("load it as 'banglaser'", "ravdess", root, modality=modality)


@pytest.mark.parametrize("modality", ["video", "voice+video"])
def test_banglaser_offered_as_ravdess_with_video(banglaser_root, modality):
    fails("load it as 'banglaser'", "ravdess", banglaser_root, modality=modality)


def test_ravdess_with_videos_offered_as_banglaser(published, tmp_path):
    fails("Its emotions mean something else: load it as 'ravdess'", "banglaser", published)
    videos = shutil.copytree(published / "Video_Speech_Actor_01", tmp_path / "videos")
    fails("The files look like those of 'ravdess': load them as that", "banglaser", videos)


@pytest.mark.real_data
def test_true_names(data_folder, tmp_path):
    table = pd.read_csv(data_folder / "manifests" / "ravdess_speech.tsv", sep="\t")
    for path in table["path"]:
        trees.write(tmp_path / path, b"x")
    data = whole("ravdess", tmp_path)
    assert not data.left_out
    assert sorted(data.frame["path"]) == sorted(table["path"])
    assert {path[-24:-4] for path in table["path"]} == set(trees.ravdess_names("03", "01"))
    emotions = ["neutral", "calm", "happy", "sad", "angry", "fear", "disgust", "surprise"]
    codes = data.frame["path"].str.extract(r"/03-01-(\d\d)-")[0].astype(int)
    assert data.y.tolist() == [emotions[code - 1] for code in codes]
    assert (data.frame["subject"] == "ravdess/" + data.frame["path"].str[6:8]).all()
    contents = sorted(bytes.fromhex(digest)[:16] for digest in table["sha256"])
    dataset = get_dataset("ravdess")
    assert dataset.originals == {"voice": sha256(b"".join(contents)).hexdigest()}
    assert not get_dataset("ravdess", channel="song").originals
