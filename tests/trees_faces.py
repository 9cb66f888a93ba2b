"""Small trees of the face and video corpora in their true layouts, with valid pictures.

Each function can make the whole of a corpus too, with as many files as are published.
"""

import io
import itertools

import numpy as np
import trees
from trees import write

FERPLUS_HEADER = (
    "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
)
CK_CODES = {"anger": 1, "contempt": 2, "disgust": 3, "fear": 4, "happy": 5, "sadness": 6,
            "surprise": 7}  # fmt: skip
CK_SEQUENCES = {"anger": 45, "contempt": 18, "disgust": 59, "fear": 25, "happy": 69, "sadness": 28,
                "surprise": 83}  # fmt: skip
JAFFE_SUBJECTS = ("KA", "KL", "KM", "KR", "MK", "NA", "NM", "TM", "UY", "YM")
JAFFE_CODES = ("AN", "DI", "FE", "HA", "NE", "SA", "SU")
JAFFE_TAKES = {
    ("KA", "FE"): 4,
    ("KA", "HA"): 4,
    ("KL", "DI"): 4,
    ("KM", "DI"): 2,
    ("KM", "HA"): 4,
    ("KM", "SA"): 4,
    ("KR", "HA"): 2,
    ("NM", "DI"): 2,
    ("YM", "FE"): 4,
}  # the others have three
OULU_EMOTIONS = ("Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise")
RAFDB_TRAIN = (1290, 281, 717, 4772, 1982, 705, 2524)
RAFDB_TEST = (329, 74, 160, 1185, 478, 162, 680)
AFFECTNET_HEADER = (
    "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,"
    "valence,arousal"
)


def picture(seed, kind="PNG", side=12):
    """Return a grey picture of its own as a PNG, JPEG or TIFF file."""
    from PIL import Image

    pixels = np.random.default_rng(seed).integers(0, 256, (side, side), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def video(path, seed):
    """Write a video of three small frames."""
    import cv2

    path.parent.mkdir(parents=True, exist_ok=True)
    frames = np.random.default_rng(seed).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (16, 16))
    for frame in frames:
        writer.write(frame)
    writer.release()


def ferplus_csv(usages, votes):
    """Return the text of fer2013new.csv; a picture that is no face has no name."""
    lines = [FERPLUS_HEADER]
    for row, (usage, counts) in enumerate(zip(usages, votes, strict=True)):
        name = "" if counts[9] == 10 else f"fer{row:07}.png"
        lines.append(",".join([usage, name, *map(str, counts)]))
    return "\n".join(lines) + "\n"


def ferplus_votes(n_rows=60):
    """Return clear votes for the eight emotions in turn, and four rows that are not clear."""
    votes = np.zeros((n_rows, 10), dtype=int)
    rows = np.arange(n_rows)
    votes[rows, rows % 8] = 7
    votes[rows, (rows + 3) % 8] = 2
    votes[rows, (rows + 4) % 8] = 1
    votes[5] = [0] * 9 + [10]
    votes[6] = [0, 2, 0, 0, 0, 0, 0, 0, 8, 0]
    votes[7] = [4, 0, 0, 3, 3, 0, 0, 0, 0, 0]
    votes[45] = [0, 0, 5, 0, 0, 0, 5, 0, 0, 0]
    return votes


def make_ferplus(root):
    """The votes beside a fer2013.csv of 60 rows."""
    trees.make_fer2013(root)
    text = ferplus_csv(trees.fer2013_rows()[2], ferplus_votes())
    write(root / "fer2013new.csv", text.encode())
    return root


def ck_label(code):
    """Return the content of a label as it is published."""
    return f"   {code:.7e}\n".encode()


def make_ckplus(root, sequences=None, n_subjects=12, n_unlabelled=3, whole=False):
    """Sequences of four pictures; the labels of some are missing, their folders are there."""
    sequences = sequences or dict.fromkeys(CK_CODES, 4)
    emotions = [name for name, count in sequences.items() for _ in range(count)]
    taken = {}
    for number, emotion in enumerate([*emotions, *[None] * n_unlabelled]):
        subject = f"S{5 + number % n_subjects:03}"
        if whole and emotion is None:  # five subjects have no label at all
            subject = f"S{5 + number % (n_subjects + 5):03}"
        taken[subject] = taken.get(subject, 0) + 1
        folder = f"{subject}/{taken[subject]:03}"
        stem = folder.replace("/", "_")
        for frame in range(1, 5):
            content = b"x" if whole else picture(10 * number + frame)
            write(root / "cohn-kanade-images" / folder / f"{stem}_{frame:08}.png", content)
        label = root / "Emotion" / folder / f"{stem}_00000004_emotion.txt"
        label.parent.mkdir(parents=True)
        if emotion is not None:
            label.write_bytes(ck_label(CK_CODES[emotion]))
    write(root / "ReadMeCohnKanadeDatabase_website.txt", b"read me")
    return root


def make_ckplus48(root, sequences=None, n_subjects=12):
    """The last three pictures of each sequence in the folder of its emotion."""
    sequences = sequences or dict.fromkeys(CK_CODES, 2)
    emotions = [name for name, count in sequences.items() for _ in range(count)]
    for number, emotion in enumerate(emotions):
        for frame in (15, 16, 17):
            name = f"S{5 + number % n_subjects:03}_{1 + number // n_subjects:03}_{frame:08}.png"
            write(root / "CK+48" / emotion / name, picture(10 * number + frame))
    return root


def make_ckextended(root, n_rows=64):
    """A table of the form of FER2013's with eight codes."""
    images = np.random.default_rng(3).integers(0, 256, (n_rows, 48, 48), dtype=np.uint8)
    usages = ["Training"] * (n_rows - 16) + ["PublicTest"] * 8 + ["PrivateTest"] * 8
    text = trees.fer2013_csv(images, np.arange(n_rows) % 8, usages)
    write(root / "ckextended.csv", text.encode())
    return root


def make_jaffe(root, whole=False):
    """One take of each expression by each subject, or all 213."""
    serial = 0
    for subject, code in itertools.product(JAFFE_SUBJECTS, JAFFE_CODES):
        for take in range(1, 1 + (JAFFE_TAKES.get((subject, code), 3) if whole else 1)):
            serial += 1
            name = f"{subject}.{code}{take}.{serial}.tiff"
            write(root / "jaffe" / name, picture(serial, "TIFF"))
    write(root / "jaffe" / "README", b"read me")
    return root


def make_oulu_casia(root, n_subjects=10, whole=False):
    """Sequences of four pictures in strong visible light; one each of other kinds."""
    for number in range(1, n_subjects + 1):
        for emotion, frame in itertools.product(OULU_EMOTIONS, range(4)):
            seed = 100 * number + 10 * OULU_EMOTIONS.index(emotion) + frame
            content = b"x" if whole else picture(seed, "JPEG")
            folder = root / "OriginalImg" / "VL" / "Strong" / f"P{number:03}" / emotion
            write(folder / f"{frame:03}.jpeg", content)
    for folder in (
        "OriginalImg/NI/Strong",
        "OriginalImg/VL/Dark",
        "PreProcess_Img/VL_Acropped/Weak",
    ):
        for frame in range(3):
            write(root / folder / "P001" / "Fear" / f"{frame:03}.jpeg", picture(frame, "JPEG"))
    return root


def make_casia_emotionv3(root):
    """Five persons in three emotions, in the layout that is assumed."""
    for number, emotion in itertools.product(range(1, 6), ("angry", "Happiness", "\u60b2\u4f24")):
        video(root / f"{number:03}" / emotion / "01.avi", number)
    return root


def rafdb_list(train, test):
    """Return the lines of the list for numbers of pictures of the codes 1 to 7."""
    lines = []
    for part, counts, digits in (("train", train, 5), ("test", test, 4)):
        codes = [code for code, count in enumerate(counts, start=1) for _ in range(count)]
        lines += [f"{part}_{n:0{digits}}.jpg {code}" for n, code in enumerate(codes, start=1)]
    return lines


def make_rafdb(root, train=(3,) * 7, test=(1,) * 7, whole=False):
    """The list, the aligned pictures and two original ones."""
    lines = rafdb_list(train, test)
    write(root / "EmoLabel" / "list_patition_label.txt", ("\n".join(lines) + "\n").encode())
    for number, line in enumerate(lines):
        stem = line.split(".")[0]
        content = b"x" if whole else picture(number, "JPEG")
        write(root / "Image" / "aligned" / f"{stem}_aligned.jpg", content)
        if number < 2:
            write(root / "Image" / "original" / f"{stem}.jpg", picture(900 + number, "JPEG"))
    return root


def affectnet_rows(n_rows, start=0):
    """Return (path, expression, valence, arousal) with the eleven expressions in turn."""
    rows = []
    for number in range(start, start + n_rows):
        code = number % 11
        ratings = (-2, -2) if code > 8 else (round((number % 9 - 4) / 5, 2), 0.25)
        rows.append((f"{number % 3 + 1}/{number:056x}.jpg", code, *ratings))
    return rows


def affectnet_csv(rows, header=True):
    """Return the text of a list."""
    lines = [AFFECTNET_HEADER] if header else []
    lines += [f"{path},5,5,90,90,1.0;2.0,{code},{v},{a}" for path, code, v, a in rows]
    return "\n".join(lines) + "\n"


def make_affectnet(root):
    """The original release: 44 training pictures, 22 for validation, one labelled by machine."""
    parts = {"training.csv": affectnet_rows(44), "validation.csv": affectnet_rows(22, 100)}
    for name, rows in parts.items():
        write(root / "Manually_Annotated_file_lists" / name, affectnet_csv(rows).encode())
        for seed, row in enumerate(rows):
            path = root / "Manually_Annotated_Images" / row[0]
            write(path, picture(len(rows) * 100 + seed, "JPEG"))
    machine = root / "Automatically_Annotated_Images" / "1" / f"{999:056x}.jpg"
    write(machine, picture(0, "JPEG"))
    return root


def npy(value):
    """Return an array file of one value."""
    file = io.BytesIO()
    np.save(file, np.array(value))
    return file.getvalue()


def make_affectnet_npy(root):
    """The release with eight labels: expressions are texts there, ratings numbers."""
    for folder, count in (("train_set", 16), ("val_set", 8)):
        for number in range(count):
            write(root / folder / "images" / f"{number}.jpg", picture(number + 50 * count, "JPEG"))
            stem = root / folder / "annotations" / f"{number}"
            write(stem.with_name(f"{number}_exp.npy"), npy(str(number % 8)))
            write(stem.with_name(f"{number}_val.npy"), npy(number % 8 / 10 - 0.3))
            write(stem.with_name(f"{number}_aro.npy"), npy(-2.0 if number == 3 else 0.5))
            write(stem.with_name(f"{number}_lnd.npy"), npy([1.0, 2.0]))
    return root
