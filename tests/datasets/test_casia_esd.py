"""CASIA and ESD: names, speakers, transcripts, misfiled copies, protocols."""

import re
import shutil
from pathlib import Path

import pytest
import trees_asian as trees
from dataset_checks import emotion_counts, fails, faulty, whole
from trees import write

from skemotion import load_dataset
from skemotion.datasets import get_dataset
from skemotion.datasets.casia import CASIA
from skemotion.protocols import get_protocol

OTHER_EMOTION = "its folder names another emotion than its number"
OTHER_SPEAKER = "its folder names another speaker than its number"
NO_LINE = "no line of it holds a name, a sentence and an emotion"


def row(data, path):
    return data.frame.set_index("path").loc[path]


def touch(root, *names):
    for name in names:
        write(root / name, b"x")
    return root


def manifest(data_folder, name):
    path = data_folder / "manifests" / f"{name}.tsv"
    if not path.is_file():
        pytest.skip(f"there is no {path.name}")
    return [line.split("\t")[2] for line in path.read_text().splitlines()[1:]]


def test_casia_whole(tmp_path):
    data = whole("casia", trees.make_casia(tmp_path, whole=True))
    assert sorted(set(data.frame["statement"])) == [str(text) for text in range(201, 251)]
    assert set(data.frame.groupby("statement")["emotion"].nunique()) == {6}


def test_casia_full(tmp_path):
    data = whole("casia", trees.make_casia_full(tmp_path))
    assert data.dataset.n_recordings == 9600
    assert not data.dataset.originals
    by_text = data.frame.groupby("statement")
    assert by_text["emotion"].nunique().value_counts().to_dict() == {1: 600, 6: 300}
    assert set(by_text["subject"].nunique()) == {4}
    found = row(data, "CASIA.zip/不同文本100/Zhe.Wang/normal/017.wav")
    expected = ["neutral", "casia/wangzhe", "neutral-017"]
    assert found[["emotion", "subject", "statement"]].tolist() == expected


@pytest.mark.real_data
def test_casia_true_names(data_folder, tmp_path):
    paths = manifest(data_folder, "casia")
    touch(tmp_path, *paths)
    data = whole("casia", tmp_path)
    assert sorted(data.frame["path"]) == sorted(paths)
    for path, emotion, subject in data.frame[["path", "emotion", "subject"]].to_numpy():
        stem = Path(path).stem.lower()
        assert stem.split("-")[1:] == [emotion, subject.removeprefix("casia/")]


@pytest.mark.parametrize(
    "name",
    [
        "angry/201-angry-ZhaoZuoxiang.wav",
        "201-angry-ZhaoZuoxiang.wav",
        "ZhaoZuoxiang/angry/201.wav",
        "CASIA database/zhaozuoxiang/Angry/201.flac",
        "train/angry/ZhaoZuoxiang_angry_201.wav",
        "相同文本300_ZhaoZuoxiang_angry_201.wav",
    ],
)
def test_casia_layouts(tmp_path, name):
    data = load_dataset("casia", touch(tmp_path, name))
    found = data.frame[["emotion", "subject", "statement"]].to_numpy().tolist()
    assert found == [["angry", "casia/zhaozuoxiang", "201"]]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("angry/201-fear-wangzhe.wav", "its path names two emotions"),
        ("liuchanhg/angry/201-angry-wangzhe.wav", "its path names two speakers"),
        ("wangzhe/rage/201.wav", "its path names no emotion of CASIA"),
        ("angry/202.wav", "its path names no speaker of CASIA"),
        ("angry/first-angry-wangzhe.wav", "its name does not hold the one number of a text"),
        ("angry/201-2-angry-wangzhe.wav", "its name does not hold the one number of a text"),
    ],
)
def test_casia_paths_that_do_not_fit(tmp_path, name, reason):
    touch(tmp_path, "angry/201-angry-wangzhe.wav", name)
    faulty("casia", tmp_path, name, reason)


def test_casia_second_copies(tmp_path):
    touch(tmp_path, "angry/201-angry-wangzhe.wav", "copy/wangzhe/angry/201.wav")
    data = load_dataset("casia", tmp_path)
    assert data.left_out == {"a second file of the same name": 1}
    write(tmp_path / "copy/wangzhe/angry/201.wav", b"another one")
    reason = "another file of the same name has another size"
    fails(f"({reason}: 2)", "casia", tmp_path)
    touch(tmp_path, "sad/202-sad-wangzhe.wav")
    data = load_dataset("casia", tmp_path, on_error="skip")
    assert data.y.tolist() == ["sad"]
    assert data.left_out == {reason: 2}


def test_casia_without_speakers(tmp_path, casia_root):
    dataset = get_dataset("casia", touch(tmp_path, "angry/1.wav", "sad/1.wav", "sad/2.wav"))
    data = dataset.load()
    assert data.y.tolist() == ["angry", "sad", "sad"]
    assert len(set(data.groups)) == 3
    assert not dataset.subjects_known
    assert "statement" not in data.frame
    with pytest.raises(ValueError, match=r"do not name the speakers; get a copy whose paths do\.$"):
        get_protocol("casia/loso", dataset)
    dataset.root = casia_root  # the facts are those of what was loaded last
    assert len(dataset.load().y) == 48
    assert dataset.subjects_known
    assert dataset.protocols[0].counts == CASIA.protocols[0].counts


def test_casia_folds(casia_root):
    data = load_dataset("casia", casia_root)
    held = [fold.facts["held_out"] for fold in data.dataset.protocols[0](data.frame)]
    speakers = ("liuchanhg", "wangzhe", "zhaoquanyin", "zhaozuoxiang")
    assert held == [f"casia/{speaker}" for speaker in speakers]


@pytest.mark.parametrize("on_error", ["raise", "skip"])
def test_casia_without_speakers_is_not_crema_d(tmp_path, crema_d_root, on_error):
    seems = "The files look like those of 'crema-d': load them as that."
    fails(seems, "casia", crema_d_root, on_error=on_error)
    touch(tmp_path, "sad/1.wav", "sad_2.wav", "3-angry.wav", "happy/1001_DFA_XX.wav")
    reason = "its path names no speaker of CASIA"
    data = faulty("casia", tmp_path, "happy/1001_DFA_XX.wav", reason)
    assert data.y.tolist() == ["angry", "sad", "sad"]


@pytest.mark.parametrize("other", ["oulu-casia", "esd", "urdu"])
def test_casia_look_alikes(request, casia_root, other):
    root = request.getfixturevalue(f"{other.replace('-', '_')}_root")
    fails(f"The files look like those of {other!r}: load them as that.", "casia", root)
    fails("The files look like those of 'casia': load them as that.", other, casia_root)


def test_casia_offered_as_videos(casia_root):
    fails("look like those of 'casia': load them as that.", "casia-emotionv3", casia_root)


def test_esd_whole(tmp_path):
    data = whole("esd", trees.make_esd_whole(tmp_path))
    assert [protocol.n_folds for protocol in data.dataset.protocols] == [5, 20, 1]
    assert data.frame["text"].notna().all()
    assert data.frame["statement"].nunique() == 700
    half = whole("esd", tmp_path, language="zh")
    assert half.left_out == {"the language is not zh": 17500}
    assert set(half.frame["language"]) == {"zh"}


def test_esd_languages_are_halves(esd_root):
    zh, en = (load_dataset("esd", esd_root, language=language) for language in ("zh", "en"))
    assert len(zh.y) == len(en.y) == 150
    assert zh.dataset.counts == en.dataset.counts == dict.fromkeys(zh.dataset.counts, 3500)
    assert zh.dataset.subject_counts.keys() | en.dataset.subject_counts == set(
        get_dataset("esd").subject_counts
    )
    assert not set(zh.groups) & set(en.groups)


def test_esd_without_the_folders_of_the_split(tmp_path):
    data = load_dataset("esd", trees.make_esd(tmp_path, parts=False))
    assert "split" not in data.frame
    assert [protocol.name for protocol in data.dataset.protocols] == [
        "esd/subject-5fold",
        "esd/loso",
    ]
    with pytest.raises(ValueError, match=r"who is in train, .* a copy with these folders\.$"):
        get_protocol("esd/official", data.dataset)


@pytest.mark.real_data
def test_esd_true_names(data_folder, tmp_path):
    paths = manifest(data_folder, "esd_0001_0005")
    touch(tmp_path, *paths)
    data = load_dataset("esd", tmp_path)
    assert not data.left_out
    assert emotion_counts(data) == dict.fromkeys(sorted(set(data.y)), 5 * 350)
    frame = data.frame
    folders = frame["path"].str.split("/")
    assert (folders.str[2].str.lower() == frame["emotion"]).all()
    assert ("esd/" + folders.str[1] == frame["subject"]).all()
    assert frame.groupby("subject")["sex"].first().tolist() == ["female"] * 3 + ["male"] * 2


def test_esd_columns(esd_root):
    data = load_dataset("esd", esd_root)
    assert len(data.y) == 300
    found = row(data, "0004/Happy/test/0004_000721.wav")
    columns = ["emotion", "subject", "sex", "language", "statement", "split", "text"]
    expected = ["happy", "esd/0004", "male", "zh", "zh-021", "test", "打远一看20"]
    assert found[columns].tolist() == expected
    found = row(data, "0016/Sad/train/0016_001101.wav")  # in Latin-1
    expected = ["sad", "esd/0016", "female", "en", "en-051", "train", "Café number 50"]
    assert found[columns].tolist() == expected
    male = data.frame.loc[data.frame["sex"] == "male", "subject"].str[-2:].unique()
    assert male.tolist() == ["04", "05", "06", "08", "10", "11", "12", "13", "14", "20"]


@pytest.mark.parametrize(
    "name",
    [
        "ESV/0001/Angry/0001_000351.wav",
        "Emotion Speech Dataset/0001/Angry/train/0001_000351.wav",
        "0001_000351.flac",
        "zh/0001/0001_000351.wav",
    ],
)
def test_esd_layouts(tmp_path, name):
    data = load_dataset("esd", touch(tmp_path, name))
    assert data.frame[["emotion", "subject"]].to_numpy().tolist() == [["angry", "esd/0001"]]
    assert "text" not in data.frame


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("0001/Angry/0001_000350.wav", OTHER_EMOTION),
        ("0001/Angry/train/0001_000701.wav", OTHER_EMOTION),
        ("0002/Angry/0001_000352.wav", OTHER_SPEAKER),
        ("0001/Angry/0001_001751.wav", "codes that ESD does not have"),
        ("0001/Neutral/0001_000000.wav", "codes that ESD does not have"),
        ("0021/Angry/0021_000351.wav", "codes that ESD does not have"),
        ("0001/Angry/0001_0351.wav", "the name is not of the form of esd"),
    ],
)
def test_esd_names_that_do_not_fit(tmp_path, name, reason):
    touch(tmp_path, "0001/Angry/0001_000351.wav", name)
    assert faulty("esd", tmp_path, name, reason).y.tolist() == ["angry"]


def transcript(root, text, encoding, speaker="0001"):
    content = text if isinstance(text, bytes) else text.encode(encoding)
    write(root / speaker / f"{speaker}.txt", content)
    return touch(root, *(f"{speaker}_{number:06}.wav" for number in (1, 351)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_esd_encodings(tmp_path, encoding):
    text = "0001_000001\t打远一看\t中立\r\n\r\n0001_000351\t它们的 \t生气\r\n"
    data = load_dataset("esd", transcript(tmp_path, text, encoding))
    assert data.frame["text"].tolist() == ["打远一看", "它们的"]


def test_esd_latin_1_is_not_taken_for_chinese(tmp_path):
    text = "0011_000001\tIt\x92s café\x85 now\tNeutral\n0011_000351\tThe nine\tAngry\n"
    data = load_dataset("esd", transcript(tmp_path, text, "latin-1", "0011"))
    assert data.frame["text"].tolist() == ["It\x92s café\x85 now", "The nine"]


def test_esd_lines_that_lack_something(tmp_path):
    text = "0001_000001 打远一看 中立\n0001_000351\t它们的\t生气\n0001_000352\t它\t？？\n"
    data = load_dataset("esd", transcript(tmp_path, text, "utf-8"))
    assert data.frame["text"].fillna("").tolist() == ["", "它们的"]
    assert data.y.tolist() == ["neutral", "angry"]


@pytest.mark.parametrize("label", ["快乐", "Happy", "悲伤"])
def test_esd_transcript_that_names_another_emotion(tmp_path, label):
    text = f"0001_000001\t打远一看\t中立\n0001_000351\t它们的\t{label}\n"
    reason = "its transcript names another emotion"
    data = faulty("esd", transcript(tmp_path, text, "gb18030"), "0001_000351.wav", reason)
    assert data.y.tolist() == ["neutral"]


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe0", "0001_000001\t它\t中立".encode("big5"), b"0001_000001 text\n"]
)
def test_esd_transcript_that_is_none(tmp_path, content):
    data = faulty("esd", transcript(tmp_path, content, None), "0001/0001.txt", NO_LINE)
    assert data.y.tolist() == ["neutral", "angry"]
    assert "text" not in data.frame


def test_esd_transcripts_of_the_other_language_are_not_read(tmp_path):
    root = transcript(tmp_path, b"\xff", None)
    touch(root, "0011_000001.wav")
    assert load_dataset("esd", root, language="en").y.tolist() == ["neutral"]


def test_esd_folds(esd_root):
    data = load_dataset("esd", esd_root)
    for name, size in (("subject-5fold", 4), ("esd/loso", 1)):
        for fold in get_protocol(name, data.dataset)(data.frame):
            assert len(set(data.groups[fold.test])) == size
            assert not set(data.groups[fold.test]) & set(data.groups[fold.train])
    (fold,) = get_protocol("official", data.dataset)(data.frame)
    assert [len(part) for part in fold[1:]] == [100, 100, 100]
    assert len(set(data.groups[fold.test])) == 20
    statements = data.frame["statement"].to_numpy()
    assert not set(statements[fold.test]) & set(statements[fold.train])


def test_esd_in_a_zip(tmp_path, esd_root):
    shutil.make_archive(str(tmp_path / "ESD"), "zip", esd_root)
    data = load_dataset("esd", tmp_path)
    assert len(data.y) == 300
    assert data.frame["text"].notna().all()


def test_esd_language_that_is_none():
    message = "Expected language to be one of 'zh', 'en', got 'de'. Pass one of them."
    with pytest.raises(ValueError, match=re.escape(message)):
        get_dataset("esd", language="de")
