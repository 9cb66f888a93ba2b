"""Trees of Asian corpora of speech: CASIA, ESD, URDU, ShEMO."""

import itertools
from zipfile import ZipFile

from trees import wav, write

CASIA_SPEAKERS = ("liuchanhg", "wangzhe", "zhaoquanyin", "ZhaoZuoxiang")
CASIA_DOTTED = ("Chang.Liu", "Zhe.Wang", "Quanyin.Zhao", "Zuoxiang.Zhao")
CASIA_EMOTIONS = ("angry", "fear", "happy", "neutral", "sad", "surprise")
ESD_EMOTIONS = ("Neutral", "Angry", "Happy", "Sad", "Surprise")  # in the order of the numbers
ESD_LABELS = ("中立", "生气", "快乐", "伤心", "惊喜")
ESD_ENCODINGS = ("gb18030", "utf-16", "utf-8", "utf-8-sig")
URDU_COUNTS = {  # utterances of each speaker in the names of the published files
    "A": "SM1 22, SM2 28, SM3 2, SM4 48",
    "H": "SF1 12, SF2 2, SF3 2, SF4 4, SF5 4, SF6 14, SF7 6, SF8 2, SM17 2, SM18 2, SM19 2, "
    "SM3 2, SM5 8, SM6 10, SM7 28",
    "N": "SF9 4, SM20 10, SM21 4, SM22 2, SM3 8, SM5 72",
    "S": "SF10 2, SF11 4, SM23 6, SM24 38, SM25 40, SM26 2, SM27 4, SM6 4",
}
URDU_FOLDERS = {"A": "Angry", "H": "Happy", "N": "Neutral", "S": "Sad"}


def sound(seed):
    return wav(seed, seconds=0.05)


def make_casia(root, whole=False):
    """The public subset with its true names: two texts of 50."""
    texts = range(201, 251) if whole else (201, 202)
    table = itertools.product(CASIA_EMOTIONS, texts, CASIA_SPEAKERS)
    for seed, (emotion, text, speaker) in enumerate(table):
        content = b"x" if whole else sound(seed)
        write(root / emotion / f"{text}-{emotion}-{speaker}.wav", content)
    return root


def make_casia_full(root, n_shared=300, n_own=100):
    """The full corpus, in folders of texts, speakers and emotions, in an archive."""
    with ZipFile(root / "CASIA.zip", "w") as archive:
        for emotion, number in itertools.product(CASIA_EMOTIONS, range(1, n_shared + 1)):
            for speaker in CASIA_SPEAKERS:
                archive.writestr(f"相同文本300/{speaker}/{emotion}/{number:03}.wav", b"x")
        for emotion, number in itertools.product(CASIA_EMOTIONS, range(1, n_own + 1)):
            folder = "normal" if emotion == "neutral" else emotion
            for speaker in CASIA_DOTTED:
                archive.writestr(f"不同文本100/{speaker}/{folder}/{number:03}.wav", b"x")
    return root


def esd_lines(speaker, numbers):
    """Return the lines of a transcript, with labels in the speaker's language."""
    mandarin = speaker <= "0010"
    for number in numbers:
        place, text = divmod(number - 1, 350)
        label = (ESD_LABELS if mandarin else ESD_EMOTIONS)[place]
        sentence = f"打远一看{text}" if mandarin else f"Café number {text}"
        yield f"{speaker}_{number:06}\t{sentence}\t{label}"


def esd_files(texts, parts=True, whole=False):
    """Yield paths and contents: some texts of all speakers in all emotions, and transcripts."""
    for speaker in (f"{number:04}" for number in range(1, 21)):
        numbers = [350 * place + text for place in range(5) for text in texts]
        for number in numbers:
            place, text = divmod(number - 1, 350)
            part = "evaluation/" if text < 20 else "test/" if text < 50 else "train/"
            folder = f"{speaker}/{ESD_EMOTIONS[place]}/{part if parts else ''}"
            content = b"x" if whole else sound(2000 * int(speaker) + number)
            yield f"{folder}{speaker}_{number:06}.wav", content
        encodings = ESD_ENCODINGS if speaker <= "0010" else ("latin-1", *ESD_ENCODINGS[1:])
        content = "\r\n".join(esd_lines(speaker, numbers)) + "\r\n"
        encoding = encodings[int(speaker) % len(encodings)]
        yield f"{speaker}/{speaker}.txt", content.encode(encoding)


def make_esd(root, parts=True):
    """All speakers with three texts of 350, one of each part."""
    for path, content in esd_files((1, 21, 51), parts):
        write(root / path, content)
    write(root / "ReadMe.txt", b"for research only")
    return root


def make_esd_whole(root):
    """All 35,000 utterances, in an archive."""
    with ZipFile(root / "Emotional Speech Dataset (ESD).zip", "w") as archive:
        for path, content in esd_files(range(1, 351), whole=True):
            archive.writestr(f"Emotion Speech Dataset/{path}", content)
    return root


def urdu_names():
    """Return the true names of the 400 files, with their folders."""
    names = []
    for code, counts in URDU_COUNTS.items():
        number = 0
        for speaker, count in (entry.split() for entry in counts.split(", ")):
            for clip in range(1, int(count) + 1):
                number += 1
                names.append(f"{URDU_FOLDERS[code]}/{speaker}_F{clip}_{code}0{number}.wav")
    return names


def make_urdu(root, whole=False):
    """The first two utterances of each of the 29 speakers in each of their emotions."""
    for seed, name in enumerate(urdu_names()):
        if whole or "_F1_" in name or "_F2_" in name:
            write(root / name, b"x" if whole else sound(seed))
    write(root / "README.md", b"for research only")
    return root


def make_shemo(root, n_each=1, whole=False):
    """All 87 speakers in two emotions or more; 3,000 utterances if whole."""
    speakers = [f"F{n:02}" for n in range(1, 32)] + [f"M{n:02}" for n in range(1, 57)]
    for seed, speaker in enumerate(speakers):
        count = 34 + (seed < 42) if whole else 2 * n_each
        for place in range(count):
            code = "ANSWHF"[(place + seed) % 6]
            folder = "female" if speaker[0] == "F" else "male"
            content = b"x" if whole else sound(10 * seed + place)
            write(root / folder / f"{speaker}{code}{place // 6 + 1:02}.wav", content)
    return root
