"""A tree in the layout of IEMOCAP, small or with as many turns as are published."""

from collections import Counter
from itertools import chain
from zlib import crc32

from trees import wav, write

SESSIONS = (1085, 1023, 1151, 1031, 1241)  # turns of the four classes
FOUR = {"ang": 1103, "hap": 595, "exc": 1041, "neu": 1708, "sad": 1084}
OTHERS = {"xxx": 2507, "fru": 1849, "sur": 107, "fea": 40, "oth": 3, "dis": 2}
NAMES = {
    "ang": "Anger",
    "dis": "Disgust",
    "exc": "Excited",
    "fea": "Fear",
    "fru": "Frustration",
    "hap": "Happiness",
    "neu": "Neutral",
    "oth": "Other",
    "sad": "Sadness",
    "sur": "Surprise",
}
SMALL = ("ang", "xxx", "exc", "neu", "sad", "fru", "hap", "sur")


def block(turn, code, start, ratings=(2.5, 3.0, 3.5)):
    """Return the lines of a turn: what is agreed on, then what each rater says."""
    votes = [NAMES[code]] * 3 if code in NAMES else ["Anger", "Sadness", "Neutral"]
    votes[2] += "; Surprise" if code == "neu" else ""
    means = ", ".join(f"{rating:.4f}" for rating in ratings)
    return [
        f"[{start:.4f} - {start + 1.5:.4f}]\t{turn}\t{code}\t[{means}]",
        *(f"C-E{number}:\t{vote};\t()" for number, vote in enumerate(votes, start=2)),
        "C-F1:\tHappiness; Other;\t(amused)",
        "A-E3:\tval 2; act 3; dom  3;\t()",
        "A-E4:\tval 3; act 3; dom  4;\t(calm (a bit), sure)",
        "A-F1:\tval 3; act ; dom  1;\t()",
        "",
    ]


def write_dialog(root, dialog, codes, content=None):
    """Write the turns of a dialogue, of two speakers in turn."""
    session = root / f"Session{dialog[4]}"
    labels = ["% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]", ""]
    words = []
    folder = session / "sentences" / "wav" / dialog
    folder.mkdir(parents=True)
    for number, code in enumerate(codes):
        turn = f"{dialog}_{'FM'[number % 2]}{number // 2:03}"
        start = 2.0 * number
        ratings = (1.5 + number % 4, 3.0, 5.5 - number % 3)
        labels += block(turn, code, start, ratings)
        words.append(f"{turn} [{start:08.4f}-{start + 1.5:08.4f}]: Line {number} of {dialog}.")
        sound = content or wav(crc32(turn.encode()), seconds=0.05)
        (folder / f"{turn}.wav").write_bytes(sound)
    words.insert(1, f"{dialog}_MXX0 [000.1000-000.2000]: [LAUGHTER]")
    words.append("F: Mhm.")
    write(session / "dialog" / "EmoEvaluation" / f"{dialog}.txt", "\n".join(labels).encode())
    write(session / "dialog" / "transcriptions" / f"{dialog}.txt", "\n".join(words).encode())


def make_iemocap(root):
    """Four dialogues a session, eight turns each; and what is not to be read."""
    for session in range(1, 6):
        for dialog in ("F_impro01", "M_impro05a", "F_script01_1", "M_script01_1b"):
            write_dialog(root, f"Ses0{session}{dialog}", SMALL)
    dialog = root / "Session1" / "dialog"
    write(dialog / "wav" / "Ses01F_impro01.wav", wav(1))
    write(dialog / "EmoEvaluation" / "._Ses01F_impro01.txt", b"\x00\x05\x16\x07")
    for folder in ("Attribute", "Categorical", "Self-evaluation"):
        path = dialog / "EmoEvaluation" / folder / "Ses01F_impro01_e2.txt"
        write(path, b"Ses01F_impro01_F000 :Anger; ()\n")
    write(root / "Session1" / "sentences" / "ForcedAlignment" / "Ses01F_impro01_F000.txt", b"x")
    write(root / "README.txt", b"read me")
    return root


def make_whole_iemocap(root):
    """10,039 turns with the published numbers of each emotion and, in four classes, session."""
    four = iter(spread(FOUR))
    others = spread(OTHERS)
    sound = wav(1, seconds=0.01)
    for session, size in enumerate(SESSIONS, start=1):
        codes = [next(four) for _ in range(size)] + others[session - 1 :: 5]
        scenes = [f"impro{number:02}" for number in range(1, 9)]
        scenes += [f"script0{number}_{part}" for number in (1, 2, 3) for part in (1, 2)]
        dialogs = [f"Ses0{session}{side}_{scene}" for side in "FM" for scene in scenes]
        for number, dialog in enumerate(dialogs):
            write_dialog(root, dialog, codes[number :: len(dialogs)], sound)
    return root


def spread(counts):
    """Return the codes, each spread evenly over the whole."""
    places = ([((n + 0.5) / count, code) for n in range(count)] for code, count in counts.items())
    return [code for _, code in sorted(chain.from_iterable(places))]


def published():
    """Return the number of turns of each code."""
    return Counter(FOUR) + Counter(OTHERS)
