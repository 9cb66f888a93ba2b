"""Small trees in the true layout of each dataset, with valid files."""

import struct
import zlib

import numpy as np

SPEAKERS = ("03", "08", "09", "10", "11", "12", "13", "14", "15", "16")
TEXTS = ("a01", "a02", "a04", "a05", "a07", "b01", "b02", "b03", "b09", "b10")


def root_fixture(name):
    """Return the name of the fixture with the tree of a dataset: ``ck_plus48_root`` for ck+48."""
    return f"{name.replace('-', '_').replace('+', '_plus')}_root"


def wav(seed, seconds=0.3, rate=16000):
    """Return a WAV file of a hum of its own."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * rate)) / rate
    hum = sum(np.sin(2 * np.pi * rng.uniform(80, 3000) * time) for _ in range(6)) / 12
    samples = (32000 * (hum + 0.02 * rng.standard_normal(len(time)))).clip(-32767, 32767)
    data = samples.astype("<i2").tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1, rate,
                       2 * rate, 2, 16)  # fmt: skip
    return head + struct.pack("<4sI", b"data", len(data)) + data


def png(image):
    """Return a PNG file of a grey image."""
    height, width = image.shape

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    lines = b"".join(b"\0" + row.tobytes() for row in image)
    size = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", size)
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def make_emodb(root):
    """Ten speakers, ten sentences, seven emotions: 70 utterances."""
    lines = ["Nr.\tSatz\terkannt\tnatuerlich"]
    for i, speaker in enumerate(SPEAKERS):
        for j, code in enumerate("WLEAFTN"):
            name = f"{speaker}{TEXTS[(i + j) % 10]}{code}a.wav"
            write(root / "wav" / name, wav(1000 + 7 * i + j))
            lines.append(f"{len(lines)}\xa0\xa0\t{name}\t{80 + j},50\xa0\xa0\t{60 + i},00\xa0")
    (root / "erkennung.txt").write_bytes("\n".join(lines).encode("latin-1"))
    write(root / "labsilb" / "03a01Fa.silb", b"not a recording")
    return root


def ravdess_names(modality, channel):
    """Yield the names of all performances of a channel, without their suffix."""
    for actor in range(1, 25):
        for code in range(1, 9 if channel == "01" else 7):
            for intensity in (1,) if code == 1 else (1, 2):
                for statement in (1, 2):
                    for repetition in (1, 2):
                        if (channel, actor) != ("02", 18):
                            yield (
                                f"{modality}-{channel}-{code:02}-{intensity:02}-{statement:02}"
                                f"-{repetition:02}-{actor:02}"
                            )


def make_whole_ravdess(root):
    """All 7,356 files as the archives unpack, with one byte each."""
    for channel, kind in (("01", "Speech"), ("02", "Song")):
        for modality in ("01", "02", "03"):
            for name in ravdess_names(modality, channel):
                actor = name[-2:]
                folder = f"Video_{kind}_Actor_{actor}"
                if modality == "03":
                    folder = f"Audio_{kind}_Actors_01-24"
                suffix = "wav" if modality == "03" else "mp4"
                write(root / folder / f"Actor_{actor}" / f"{name}.{suffix}", b"x")
    return root


def make_ravdess(root):
    """24 actors in eight emotions: 192 utterances; a nested second copy, a song and a video."""
    for actor in range(1, 25):
        for code in range(1, 9):
            name = f"03-01-{code:02}-01-{1 + code % 2:02}-01-{actor:02}.wav"
            write(root / f"Actor_{actor:02}" / name, wav(2000 + 8 * actor + code))
    name = "03-01-05-01-02-01-01.wav"
    copy = root / "audio_speech_actors_01-24" / "Actor_01" / name
    write(copy, (root / "Actor_01" / name).read_bytes())
    write(root / "Actor_01" / "03-02-05-01-02-01-01.wav", wav(1))
    write(root / "Actor_01" / "01-01-05-01-02-01-01.mp4", b"video")
    return root


def make_banglaser(root, n_actors=6):
    """All 45 utterances of each of a few actors, one named 01-01 by mistake."""
    for actor in range(1, n_actors + 1):
        for code in range(1, 6):
            for statement in range(1, 4):
                for repetition in range(1, 4):
                    intensity = 2 if code in (3, 4) else 1
                    first = "01" if (actor, code, statement) == (3, 4, 3) else "03"
                    name = (
                        f"{first}-01-{code:02}-{intensity:02}-{statement:02}"
                        f"-{repetition:02}-{actor:02}.wav"
                    )
                    seed = 4000 + 45 * actor + 9 * code + 3 * statement + repetition
                    write(root / f"Actor_{actor:02}" / name, wav(seed))
    return root


def fer2013_rows(n_rows=60, seed=0):
    """Return images, codes and usages; row 40 repeats row 2, row 41 is black."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (n_rows, 48, 48), dtype=np.uint8)
    codes = np.arange(n_rows) % 7
    usages = ["Training"] * 40 + ["PublicTest"] * 10 + ["PrivateTest"] * (n_rows - 50)
    images[40], images[41] = images[2], 0
    return images, codes, usages


def fer2013_csv(images, codes, usages, header="emotion,pixels,Usage"):
    """Return the text of a table, with the columns in the order of the header."""
    lines = [header]
    for image, code, usage in zip(images, codes, usages, strict=True):
        cells = {"emotion": str(code), "pixels": " ".join(map(str, image.ravel())), "usage": usage}
        lines.append(",".join(cells[name.strip().lower()] for name in header.split(",")))
    return "\n".join(lines) + "\n"


def make_fer2013(root):
    """A fer2013.csv of 60 rows."""
    write(root / "fer2013.csv", fer2013_csv(*fer2013_rows()).encode())
    return root


def make_folder(root):
    """Five people in three emotions under other names, twice each, and a note."""
    for i, person in enumerate(("ann", "bob", "cem", "dai", "eva")):
        for j, emotion in enumerate(("Joy", "anger", "traurig")):
            for take in range(2):
                write(root / person / emotion / f"{take}.wav", wav(6000 + 6 * i + 2 * j + take))
    write(root / "notes.txt", b"recorded in spring")
    return root


def make_manifest(root):
    """The folder's recordings listed in a table; return the table."""
    make_folder(root)
    lines = ["path,emotion,subject,take"]
    for path in sorted(root.rglob("*.wav")):
        person, emotion, name = path.relative_to(root).parts
        lines.append(f"{person}/{emotion}/{name},{emotion},{person},{name[0]}")
    return write(root / "mine.csv", ("\n".join(lines) + "\n").encode())
