"""Small trees of the corpora of English speech in their true layouts, with valid sounds.

Each function can make the whole of a corpus too, with as many files as are published.
"""

import itertools

from trees import wav, write

SAVEE_COUNTS = {"a": 15, "d": 15, "f": 15, "h": 15, "n": 30, "sa": 15, "su": 15}
TESS_CODES = ("angry", "disgust", "fear", "happy", "neutral", "ps", "sad")
TESS_FOLDERS = {
    "OAF": {code: code for code in TESS_CODES}
    | {"fear": "Fear", "ps": "Pleasant_surprise", "sad": "Sad"},
    "YAF": {code: code for code in TESS_CODES} | {"ps": "pleasant_surprised"},
}
TESS_WORDS = ("back", "bite", "youth")


def make_savee(root, whole=False):
    """One utterance of each emotion by each speaker, or all 480."""
    seed = 10000
    for speaker, (code, count) in itertools.product(("DC", "JE", "JK", "KL"), SAVEE_COUNTS.items()):
        for number in range(1, 1 + (count if whole else 1)):
            seed += 1
            content = b"x" if whole else wav(seed)
            write(root / "AudioData" / speaker / f"{code}{number:02}.wav", content)
    write(root / "AudioData" / "Info.txt", b"read me")
    return root


def tess_path(speaker, word, code):
    """Return the path of an utterance; the name of one is misspelt in the published set."""
    prefix = "OA" if (speaker, word, code) == ("OAF", "bite", "neutral") else speaker
    return f"{speaker}_{TESS_FOLDERS[speaker][code]}/{prefix}_{word}_{code}.wav"


def make_tess(root, whole=False):
    """Three words in each emotion by each speaker, or 200."""
    words = TESS_WORDS
    if whole:
        words = [*words, *(f"word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(197))]
    for seed, (speaker, word, code) in enumerate(
        itertools.product(TESS_FOLDERS, words, TESS_CODES)
    ):
        content = b"x" if whole else wav(11000 + seed)
        write(root / tess_path(speaker, word, code), content)
    return root
