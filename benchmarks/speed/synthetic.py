"""How long the embedded corpora take: 1,000 faces and 200 utterances of two seconds."""

import numpy as np
from _common import race

from skemotion.datasets.synthetic_faces import SyntheticFaces, SyntheticFacesWebcam
from skemotion.datasets.synthetic_voices import SyntheticVoices, SyntheticVoicesPhone

if __name__ == "__main__":
    makers, tables = {}, {}
    for Corpus, number in (
        (SyntheticFaces, 1000),
        (SyntheticFacesWebcam, 1000),
        (SyntheticVoices, 200),
        (SyntheticVoicesPhone, 200),
    ):
        corpus = Corpus(n_subjects=24)
        tables[Corpus.name] = corpus.index()[:number]
        makers[Corpus.name] = lambda c=corpus: c.recordings(tables[c.name])
    medians = race(makers, repeats=3)
    for name, seconds in medians.items():
        print(f"{name}: {len(tables[name])} recordings in {seconds:.2f} s", end="")
        if "voices" in name:
            X, rate = makers[name](), 8000 if "phone" in name else 16000
            length = np.mean([(len(x) - 44) / (2 * rate) for x in X])
            print(f", {length:.2f} s each; as 200 of 2 s: {seconds * 2 / length:.2f} s", end="")
        print()
