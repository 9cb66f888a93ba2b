"""EMO-DB, RAVDESS, BanglaSER: names, look-alikes, protocols."""

import re
import shutil

import numpy as np
import pytest
import trees
from dataset_checks import fails, faulty

from skemotion import load_dataset
from skemotion.datasets import get_dataset
from skemotion.datasets.banglaser import BanglaSER
from skemotion.datasets.emodb import EmoDB
from skemotion.datasets.ravdess import RAVDESS
from skemotion.protocols import get_protocol


def touch(root, *names):
    for name in names:
        trees.write(root / name, b"RIFF")
    return root


def test_emodb_columns(emodb_root):
    frame = load_dataset("emodb", emodb_root).frame
    row = frame[frame["path"] == "wav/03a01Wa.wav"].iloc[0]
    assert row["emotion"] == "angry"
    assert row["subject"] == "emodb/03"
    assert (row["statement"], row["version"], row["sex"]) == ("a01", "a", "male")
    assert (row["recognised"], row["natural"]) == (80.5, 60.0)
    sex = dict(zip(frame["subject"].str[-2:], frame["sex"], strict=True))
    assert [s for s in sex if sex[s] == "male"] == ["03", "10", "11", "12", "15"]


def test_emodb_flat_with_strangers_and_copies(tmp_path):
    touch(tmp_path, "03a01Fa.wav", "08b10Tc.WAV", "copy/03a01Fa.wav", "readme.txt", "hello.wav")
    touch(tmp_path, "._03a01Fa.wav", "__MACOSX/16a01Fa.wav")
    data = faulty("emodb", tmp_path, "hello.wav", "the name is not of the form of emodb")
    assert data.y.tolist() == ["happy", "sad"]
    assert "recognised" not in data.frame
    assert data.left_out == {
        "the name is not of the form of emodb": 1,
        "a second file of the same name": 1,
    }


def test_emodb_ratings_that_are_none(tmp_path):
    touch(tmp_path, "03a01Fa.wav")
    (tmp_path / "erkennung.txt").write_text("Nr.\tSatz\n1\t03a01Fa.wav\tviel\tmehr\n")
    with pytest.raises(
        ValueError, match=r"Expected line 2 of .*erkennung\.txt to hold number, name"
    ):
        load_dataset("emodb", tmp_path)


def test_emodb_protocols(emodb_root):
    frame = load_dataset("emodb", emodb_root).frame
    for fold in get_protocol("loto", EmoDB)(frame):
        texts = frame["statement"].to_numpy()
        assert set(texts[fold.test]) == {fold.facts["held_out"]}
        assert not set(texts[fold.test]) & set(texts[fold.train])
    with pytest.raises(ValueError, match=re.escape("expected 10 folds, got 2. Is the dataset com")):
        get_protocol("emodb/loso", EmoDB)(frame[frame["subject"].isin(["emodb/03", "emodb/08"])])


def test_ravdess(ravdess_root):
    data = load_dataset("ravdess", ravdess_root)
    assert len(data.y) == 192
    assert data.left_out == {
        "a second file of the same name": 1,
        "the modality is not 03, audio only": 1,
        "the channel is not speech": 1,
    }
    row = data.frame[data.frame["path"] == "Actor_02/03-01-08-01-01-01-02.wav"].iloc[0]
    assert row["emotion"] == "surprise"
    assert (row["sex"], row["intensity"], row["channel"]) == ("female", "normal", "speech")


def test_ravdess_folds_hold_each_actor_out_once(ravdess_root):
    frame = load_dataset("ravdess", ravdess_root).frame
    actors = {f"{actor:02}" for actor in range(1, 25)}
    for name in ("6fold-actor", "5fold-actor", "loso"):
        folds = get_protocol(name, RAVDESS)(frame)
        held = [actor for fold in folds for actor in fold.facts["held_out"].split()]
        assert {actor[-2:] for actor in held} == actors
        assert len(held) == 24
    assert RAVDESS.protocols[0].counts == ((960, 240, 240),) * 6
    assert RAVDESS.protocols[1].counts == (
        *[(840, 300, 300)] * 3, (900, 240, 300), (900, 300, 240),
    )  # fmt: skip
    assert RAVDESS.protocols[2].counts == ((1320, 60, 60),) * 24


def test_ravdess_song(ravdess_root):
    data = load_dataset("ravdess", ravdess_root, channel="song")
    assert data.frame["path"].tolist() == ["Actor_01/03-02-05-01-02-01-01.wav"]
    assert data.left_out["the channel is not song"] == 192
    message = "Expected channel to be one of 'speech', 'song', 'speech+song', got 'both'."
    with pytest.raises(ValueError, match=re.escape(message)):
        get_dataset("ravdess", channel="both")


@pytest.mark.parametrize(
    "dataset",
    [
        EmoDB(), RAVDESS(), RAVDESS(channel="song"), RAVDESS(channel="speech+song"), BanglaSER(),
    ],
)  # fmt: skip
def test_facts_add_up(dataset):
    assert sum(dataset.counts.values()) == dataset.n_recordings
    assert set(dataset.counts) <= set(dataset.emotions.values())
    assert sum(dataset.subject_counts.values()) in (dataset.n_recordings, 0)
    for protocol in dataset.protocols:
        if protocol.counts is not None:
            assert len(protocol.counts) == protocol.n_folds
            assert sum(test for _, _, test in protocol.counts) == dataset.n_recordings
            if protocol.name != "emodb/speaker+text":
                assert {sum(sizes) for sizes in protocol.counts} == {dataset.n_recordings}


def test_emodb_speaker_and_text_sizes_add_up():
    counts = list(EmoDB.subject_counts.values())
    sizes = np.array(get_protocol("speaker+text", EmoDB).counts).reshape(10, 5, 3)
    for speaker, held in enumerate(counts):
        following = counts[(speaker + 1) % 10]
        others = 535 - held - following
        # of five parts of the sentences one is tested at a time: the other four are learnt from
        assert sizes[speaker].sum(axis=0).tolist() == [4 * others, 4 * following, held]


def test_banglaser(banglaser_root):
    data = load_dataset("banglaser", banglaser_root)
    assert len(data.y) == 270
    assert not data.left_out  # those named 01-01 are kept
    row = data.frame[data.frame["path"] == "Actor_03/01-01-04-02-03-02-03.wav"].iloc[0]
    assert (row["emotion"], row["subject"], row["sex"]) == ("surprise", "banglaser/03", "male")


def test_banglaser_offered_as_ravdess(banglaser_root):
    message = (
        f"Expected RAVDESS in {banglaser_root}, which has emotions 01 to 08 in two statements, got "
        "codes of BanglaSER such as 'Actor_06/03-01-05-01-03-03-06.wav'. Its emotions mean "
        "something else: load it as 'banglaser'."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        load_dataset("ravdess", banglaser_root)


def test_part_of_banglaser_offered_as_ravdess(tmp_path, banglaser_root):
    for path in banglaser_root.glob("Actor_0[12]/03-01-*-0[12]-0[12]-0[12].wav"):
        shutil.copy(path, tmp_path)
    assert len(list(tmp_path.iterdir())) == 40
    with pytest.raises(ValueError, match="load it as 'banglaser'"):
        load_dataset("ravdess", tmp_path)


@pytest.mark.parametrize(
    "name", ["03-01-01-01-03-01-01", "03-01-02-01-01-03-01", "03-01-05-01-01-01-25"]
)
def test_one_file_that_only_banglaser_can_have(tmp_path, name):
    with pytest.raises(ValueError, match="load it as 'banglaser'"):
        load_dataset("ravdess", touch(tmp_path, f"{name}.wav"))


def test_ravdess_offered_as_banglaser(ravdess_root):
    message = (
        f"Expected BanglaSER in {ravdess_root}, which has emotions 01 to 05 in three statements, "
        "got codes of RAVDESS such as 'Actor_24/03-01-08-01-01-01-24.wav'. Its emotions mean "
        "something else: load it as 'ravdess'."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        load_dataset("banglaser", ravdess_root)


def test_part_of_ravdess_is_still_ravdess(tmp_path):
    touch(tmp_path, *(f"03-01-0{code}-01-01-01-01.wav" for code in range(1, 6)))
    assert load_dataset("ravdess", tmp_path).y.tolist() == [
        "neutral", "calm", "happy", "sad", "angry",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="load it as 'ravdess'"):
        load_dataset("banglaser", tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "03-01-09-01-01-01-01", "03-01-08-01-01-01-99", "03-01-08-03-01-01-01",
        "03-01-01-02-01-01-01", "03-03-08-01-01-01-01", "04-01-08-01-01-01-01",
        "03-02-08-01-01-01-01", "03-02-05-01-01-01-18", "03-01-08-01-01-01-00",
    ],
)  # fmt: skip
@pytest.mark.parametrize("channel", ["speech", "song", "speech+song"])
def test_codes_that_do_not_exist_are_faults(tmp_path, name, channel):
    touch(tmp_path, "03-01-08-01-01-01-01.wav", "03-02-05-01-01-01-01.wav", f"{name}.wav")
    reason = "codes that RAVDESS does not have"
    data = faulty("ravdess", tmp_path, f"{name}.wav", reason, channel=channel)
    assert set(data.y) == {"speech": {"surprise"}, "song": {"angry"}}.get(
        channel, {"surprise", "angry"}
    )
    assert len(data.y) == len(set(data.y))


BOTH = "They stand for other emotions in each: pass as root the sub-folder that holds"


@pytest.mark.parametrize("on_error", ["raise", "skip"])
@pytest.mark.parametrize("name", ["ravdess", "banglaser"])
@pytest.mark.parametrize("places", [("one", "two"), ("two", "one"), ("one", "one")])
def test_both_corpora_in_one_root(tmp_path, ravdess_root, banglaser_root, name, places, on_error):
    for root, place in zip((ravdess_root, banglaser_root), places, strict=True):
        shutil.copytree(root, tmp_path / place, dirs_exist_ok=True)
    fails(BOTH, name, tmp_path, on_error=on_error)


@pytest.mark.parametrize("on_error", ["raise", "skip"])
@pytest.mark.parametrize(
    ("name", "stray"),
    [
        ("ravdess", "03-01-01-01-01-01-25"), ("ravdess", "03-01-03-02-03-01-01"),
        ("banglaser", "03-01-08-01-01-01-01"), ("banglaser", "03-01-05-02-01-01-01"),
        ("banglaser", "03-02-05-01-01-01-01"),
    ],
)  # fmt: skip
def test_one_file_of_the_other_corpus(tmp_path, request, name, stray, on_error):
    root = shutil.copytree(request.getfixturevalue(f"{name}_root"), tmp_path / "tree")
    touch(root, f"Actor_01/{stray}.wav")
    title = {"ravdess": "RAVDESS", "banglaser": "BanglaSER"}
    (other,) = title.keys() - {name}
    found = rf"such as '[^']*' and codes of {title[other]} such as 'Actor_01/{stray}\.wav'\. They"
    with pytest.raises(ValueError, match=found):
        load_dataset(name, root, on_error=on_error)


@pytest.mark.parametrize("on_error", ["raise", "skip"])
def test_a_folder_of_banglaser_that_only_its_intensities_betray(tmp_path, ravdess_root, on_error):
    root = shutil.copytree(ravdess_root, tmp_path / "tree")
    for code, intensity in ((1, 1), (2, 1), (3, 2), (4, 2), (5, 1)):
        touch(root, f"bangla/Actor_0{code}/03-01-0{code}-0{intensity}-01-02-0{code}.wav")
    fails(
        "codes of BanglaSER such as 'bangla/Actor_05/03-01-05", "ravdess", root, on_error=on_error
    )


@pytest.mark.parametrize(
    "name", ["03-01-06-01-03-01-01", "03-01-05-02-03-01-01", "03-01-03-01-01-01-25"]
)
def test_codes_that_banglaser_does_not_have(tmp_path, name):
    touch(tmp_path, "03-01-05-01-03-01-01.wav", f"{name}.wav")
    reason = "codes that BanglaSER does not have"
    assert faulty("banglaser", tmp_path, f"{name}.wav", reason).y.tolist() == ["neutral"]


def seeming(*names):
    return f"The files look like those of {' or '.join(map(repr, names))}: load them as that."


@pytest.mark.parametrize("name", ["ravdess", "banglaser"])
@pytest.mark.parametrize("reader", ["emodb", "crema-d", "ck+"])
def test_offered_to_another_reader(request, name, reader):
    fails(seeming(name), reader, request.getfixturevalue(f"{name}_root"))


def test_names_that_both_corpora_have(tmp_path):
    fails(seeming("banglaser", "ravdess"), "emodb", touch(tmp_path, "03-01-05-01-01-01-01.wav"))
    (tmp_path / "03-01-05-01-01-01-01.wav").rename(tmp_path / "03-01-05-01-01-01-01.mp4")
    fails(seeming("ravdess"), "emodb", tmp_path)


@pytest.mark.parametrize(
    "reader", ["fer2013", "ferplus", "ckextended", "raf-db", "folder", "audformat"]
)
@pytest.mark.parametrize("name", ["banglaser", "emodb"])
def test_offered_to_a_reader_of_tables_or_folders(request, name, reader):
    root = request.getfixturevalue(f"{name}_root")
    with pytest.raises((ValueError, FileNotFoundError), match=re.escape(seeming(name))):
        load_dataset(reader, root)


def test_an_error_about_a_dataset_itself_is_left_as_it_is(tmp_path):
    touch(tmp_path, "03a01Fa.wav")
    (tmp_path / "erkennung.txt").write_text("Nr.\tSatz\n1\t03a01Fa.wav\tviel\tmehr\n")
    with pytest.raises(ValueError, match=r"or take the file away\.$"):
        load_dataset("emodb", tmp_path)


@pytest.mark.parametrize("name", ["emodb", "ravdess", "banglaser", "fer2013"])
def test_missing_and_empty_root(name, tmp_path):
    dataset = get_dataset(name, tmp_path / "nowhere")
    message = (
        f"Dataset {name!r} expected its files in {tmp_path / 'nowhere'}, which does not exist. Get "
        f"them from {dataset.homepage} ({dataset.licence}), then set SKEMOTION_DATA to the folder "
        "that holds it, or pass root=."
    )
    with pytest.raises(FileNotFoundError, match=re.escape(message)):
        dataset.load()
    message = (
        f"Dataset {name!r} found no recordings in {tmp_path}. Check the layout against "
        f"{dataset.homepage}."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        load_dataset(name, tmp_path)
