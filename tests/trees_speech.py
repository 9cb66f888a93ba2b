"""Small trees of the corpora of English speech in their true layouts, with valid sounds.

Each function can make the whole of a corpus too, with as many files as are published.
"""

import itertools

import numpy as np
from trees import wav, write

CREMAD_STATEMENTS = ("DFA", "IEO", "IOM", "ITH", "ITS", "IWL", "IWW", "MTI", "TAI", "TIE", "TSI",
                     "WSI")  # fmt: skip
CREMAD_CODES = ("ANG", "DIS", "FEA", "HAP", "NEU", "SAD")
CREMAD_MISSING = ("1002_TIE_NEU", "1008_WSI", "1009_MTI", "1019_ITH", "1076_ITS_NEU")
CREMAD_FEW = ("1001", "1002", "1003", "1010", "1013", "1015")
CREMAD_HEADER = (
    '"","A","D","F","H","N","S","fileName","numResponses","agreement","emoVote","meanEmoResp",'
    '"meanAngerResp","meanDisgustResp","meanFearResp","meanHappyResp","meanNeutralResp",'
    '"meanSadResp","medianEmoResp","meanEmoRespNorm","meanAngerRespNorm","meanDisgustRespNorm",'
    '"meanFearRespNorm","meanHappyRespNorm","meanNeutralRespNorm","meanSadRespNorm",'
    '"medianEmoRespNorm"'
)
CREMAD_SUMMARY_HEADER = (
    '"","FileName","VoiceVote","VoiceLevel","FaceVote","FaceLevel","MultiModalVote",'
    '"MultiModalLevel"'
)
SAVEE_COUNTS = {"a": 15, "d": 15, "f": 15, "h": 15, "n": 30, "sa": 15, "su": 15}
TESS_CODES = ("angry", "disgust", "fear", "happy", "neutral", "ps", "sad")
TESS_FOLDERS = {
    "OAF": {code: code for code in TESS_CODES}
    | {"fear": "Fear", "ps": "Pleasant_surprise", "sad": "Sad"},
    "YAF": {code: code for code in TESS_CODES} | {"ps": "pleasant_surprised"},
}
TESS_WORDS = ("back", "bite", "youth")


def cremad_clips(whole=False):
    """Return the names of the published clips, or of one of each emotion of a few actors."""
    if not whole:
        rows = itertools.product(CREMAD_FEW, enumerate(CREMAD_CODES))
        statements = [name for name in CREMAD_STATEMENTS if name != "IEO"]
        return [f"{a}_{statements[(int(a) + n) % 11]}_{code}_XX" for a, (n, code) in rows] + [
            "1001_IEO_ANG_LO", "1001_IEO_ANG_MD", "1001_IEO_ANG_HI",
        ]  # fmt: skip
    clips = []
    for actor, statement, code in itertools.product(
        range(1001, 1092), CREMAD_STATEMENTS, CREMAD_CODES
    ):
        levels = ("LO", "MD", "HI") if statement == "IEO" and code != "NEU" else ("XX",)
        clips += [f"{actor}_{statement}_{code}_{level}" for level in levels]
    return [clip for clip in clips if not clip.startswith(CREMAD_MISSING)]


def cremad_votes(n_clips):
    """Return ten votes for each clip by voice, by face and by both.

    Six are for an emotion that moves by one from clip to clip, four for the next one. Every tenth
    clip is divided by voice, every ninth by face, none by both.
    """
    votes = np.zeros((3, n_clips, 6), dtype=int)
    rows = np.arange(n_clips)
    for mode, nth in enumerate((10, 9, n_clips + 1)):
        divided = rows % nth == nth - 1
        votes[mode, rows, (rows + mode) % 6] = np.where(divided, 5, 6)
        votes[mode, rows, (rows + mode + 1) % 6] = np.where(divided, 5, 4)
    return votes


def cremad_winners(votes):
    """Return the letters of the emotions with most votes, as the tables write them."""
    return ":".join(np.array(list("ADFHNS"))[votes == votes.max()])


def cremad_tables(clips, votes):
    """Return the texts of tabulatedVotes.csv and summaryTable.csv."""
    lines = [CREMAD_HEADER]
    for mode, number in itertools.product(range(3), range(len(clips))):
        row = votes[mode, number]
        lines.append(
            f'"{100000 * (mode + 1) + number + 1}",{",".join(map(str, row))},"{clips[number]}",'
            f'{row.sum()},{row.max() / row.sum():.15g},"{cremad_winners(row)}"' + ",-1" * 16
        )
    summary = [CREMAD_SUMMARY_HEADER]
    for number, clip in enumerate(clips):
        cells = [f'"{cremad_winners(votes[mode, number])}","60.5"' for mode in range(3)]
        summary.append(f'"{number + 1}","{clip}",{",".join(cells)}')
    return "\n".join(lines) + "\n", "\n".join(summary) + "\n"


def cremad_actors(actors):
    """Return the text of VideoDemographics.csv."""
    lines = ['"ActorID","Age","Sex","Race","Ethnicity"']
    for actor in actors:
        sex = "Female" if int(actor) % 2 else "Male"
        lines.append(f'{actor},{20 + int(actor) % 50},"{sex}","Asian","Not Hispanic"')
    return "\n".join(lines) + "\n"


def flv(path, seed):
    """Write a Flash video of three small frames."""
    import cv2

    path.parent.mkdir(parents=True, exist_ok=True)
    frames = np.random.default_rng(seed).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)
    writer = cv2.VideoWriter(str(path), 2, 25, (16, 16))  # 2 is the format's own number of FLV1
    for frame in frames:
        writer.write(frame)
    writer.release()


def make_cremad(root, whole=False, n_videos=1):
    """The repository: voices, a few videos, the tables; one clip an emotion, or all 7,442."""
    clips = cremad_clips(whole)
    for seed, clip in enumerate(clips):
        write(root / "AudioWAV" / f"{clip}.wav", b"x" if whole else wav(12000 + seed))
    for seed, clip in enumerate(clips[:n_videos]):
        if whole:
            write(root / "VideoFlash" / f"{clip}.flv", b"x")
        else:
            flv(root / "VideoFlash" / f"{clip}.flv", seed)
    votes, summary = cremad_tables(clips, cremad_votes(len(clips)))
    write(root / "processedResults" / "tabulatedVotes.csv", votes.encode())
    write(root / "processedResults" / "summaryTable.csv", summary.encode())
    actors = sorted({clip[:4] for clip in clips})
    write(root / "VideoDemographics.csv", cremad_actors(actors).encode())
    return root


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
