"""A small audformat database in its true layout, written by hand."""

import trees
from trees import write

PEOPLE = {"ann": "female", "bob": "male", "cem": "male", "dai": "female", "eva": "female"}
EMOTIONS = ("anger", "happiness", "sadness")
HEADER = """\
name: moods
source: made for a test
usage: unrestricted
languages: [eng]
media:
  microphone: {type: audio, format: wav}
schemes:
  emotion:
    dtype: str
    labels: [anger, happiness, sadness]
  speaker:
    dtype: str
    labels:
PEOPLE
  loudness: {dtype: float}
tables:
  emotion:
    type: filewise
    media_id: microphone
    columns:
      emotion: {scheme_id: emotion}
      loudness: {scheme_id: loudness}
  files:
    type: filewise
    columns:
      speaker: {scheme_id: speaker}
"""


def header(text=HEADER):
    """Return the text of the header, with its people filled in."""
    people = "\n".join(f"      {name}: {{gender: {sex}}}" for name, sex in PEOPLE.items())
    return text.replace("PEOPLE", people)


def audformat_files():
    """Return (path, speaker, emotion) of each recording."""
    return [
        (f"audio/{person}_{emotion}_{take}.wav", person, emotion)
        for person in PEOPLE
        for emotion in EMOTIONS
        for take in range(2)
    ]


def make_audformat(root, kind="csv"):
    """Five people in three emotions, twice each; the speakers stand in a table of their own."""
    rows = audformat_files()
    emotions = [f"{path},{emotion},0.{row}" for row, (path, _, emotion) in enumerate(rows)]
    speakers = [f"{path},{person}" for path, person, _ in rows]
    write(root / "db.yaml", header().encode())
    write(root / "db.emotion.csv", "\n".join(["file,emotion,loudness", *emotions, ""]).encode())
    write(root / "db.files.csv", "\n".join(["file,speaker", *speakers, ""]).encode())
    for seed, (path, _, _) in enumerate(rows):
        write(root / path, trees.wav(7000 + seed))
    if kind == "parquet":
        import pandas as pd

        for path in root.glob("db.*.csv"):
            pd.read_csv(path).to_parquet(path.with_suffix(".parquet"))
            path.unlink()
    return root
