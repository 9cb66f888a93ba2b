"""Who is drawn and what the face does: subjects, action units, pose and light."""

import numpy as np

ACTION_UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 15, 17, 20, 23, 25, 26)
"""Action units drawn: inner and outer brow raiser, brow lowerer, upper lid raiser, cheek raiser,
lid tightener, nose wrinkler, upper lip raiser, lip corner puller, lip corner depressor, chin
raiser, lip stretcher, lip tightener, lips part, jaw drop."""

PROTOTYPES = {
    "angry": {4: 1.0, 5: 0.4, 7: 0.8, 17: 0.2, 23: 0.9},
    "disgust": {4: 0.3, 9: 1.0, 10: 0.6, 15: 0.4, 17: 0.6},
    "fear": {1: 0.9, 2: 0.5, 4: 0.5, 5: 0.9, 20: 0.9, 25: 0.7, 26: 0.2},
    "happy": {6: 0.8, 12: 1.0, 25: 0.6},
    "neutral": {},
    "sad": {1: 1.0, 4: 0.4, 15: 0.9, 17: 0.5},
    "surprise": {1: 0.9, 2: 0.9, 5: 0.7, 25: 0.6, 26: 0.9},
}
"""Action units of each emotion, from P. Ekman, W. V. Friesen, "Facial Action Coding System",
Consulting Psychologists Press, 1978, and their tables of prototypes; intensities 0 to 1."""
EMOTIONS = tuple(PROTOTYPES)
_EFFECTS = np.array([[units.get(u, 0.0) for u in ACTION_UNITS] for units in PROTOTYPES.values()])

FEATURES = {  # mean, spread; lengths in half heights of a face
    "face_width": (0.74, 0.035),
    "jaw": (0.80, 0.07),
    "chin": (0.95, 0.03),
    "hairline": (-0.66, 0.06),
    "eye_x": (0.31, 0.016),
    "eye_y": (-0.12, 0.02),
    "eye_width": (0.165, 0.010),
    "eye_height": (0.072, 0.007),
    "iris": (0.070, 0.004),
    "brow_y": (-0.35, 0.016),
    "brow_tilt": (0.0, 0.014),
    "brow_arch": (0.040, 0.014),
    "nose_y": (0.22, 0.025),
    "nose_width": (0.12, 0.014),
    "mouth_y": (0.52, 0.025),
    "mouth_width": (0.27, 0.018),
    "mouth_bend": (0.0, 0.012),
    "lips": (0.050, 0.009),
    "skin": (165.0, 26.0),
    "iris_tone": (70.0, 18.0),
}


def make_subject(rng, sex):
    """Draw a subject.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    sex : {"female", "male"}
        Sets usual brows, lips, jaw and hair.

    Returns
    -------
    dict of str to float
        The features, and `manner` (n_emotions, n_action_units): how this subject shows emotions.
    """
    female = sex == "female"
    face = {name: rng.normal(mean, spread) for name, (mean, spread) in FEATURES.items()}
    face["skin"] = np.clip(face["skin"], 95, 215)
    face["jaw"] += -0.06 if female else 0.05
    face["lips"] = max(face["lips"] * (1.25 if female else 0.85), 0.02)
    face["brow_width"] = rng.uniform(0.016, 0.026) if female else rng.uniform(0.026, 0.040)
    face["hair"] = face["skin"] * rng.uniform(0.15, 0.7) if rng.random() < 0.92 else 200.0
    face["long_hair"] = rng.random() < (0.8 if female else 0.08)
    face["fringe"] = rng.uniform(-1, 1)
    face["bald"] = not female and rng.random() < 0.2
    face["glasses"] = rng.random() < 0.25
    face["moustache"] = not female and rng.random() < 0.3
    face["beard"] = not female and rng.random() < 0.25
    face["age"] = rng.uniform(0, 1)
    strength = np.clip(rng.normal(1.0, 0.15, (len(EMOTIONS), 1)), 0.6, 1.4)
    use = np.clip(rng.normal(1.0, 0.22, _EFFECTS.shape), 0, 1.5)
    face["manner"] = _EFFECTS * strength * use
    face["habit"] = np.clip(rng.normal(-0.02, 0.05, len(ACTION_UNITS)), 0, 0.2)
    return face


def make_picture(face, emotion, strength, conditions, rng):
    """Draw how one picture is taken of a subject.

    Parameters
    ----------
    face : dict of str to float
        From :func:`make_subject`.
    emotion : str
        One of `EMOTIONS`.
    strength : float
        How strongly the emotion shows; 0 is neutral, 1 the usual.
    conditions : dict of str to (float, float)
        Mean and spread of pose and light.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    dict of str to float
        The features with the action units as ``au1``, ..., and pose and light.
    """
    units = face["manner"][EMOTIONS.index(emotion)] * strength
    units = units * np.clip(rng.normal(1.0, 0.22, len(units)), 0, 1.5) + face["habit"]
    twitches = rng.random(len(units)) < 0.06
    units = np.clip(units + twitches * rng.uniform(0, 0.5, len(units)), 0, 1.2)
    picture = {name: value for name, value in face.items() if name not in ("manner", "habit")}
    picture |= {f"au{unit}": value for unit, value in zip(ACTION_UNITS, units, strict=True)}
    picture |= {name: rng.normal(mean, spread) for name, (mean, spread) in conditions.items()}
    picture["asymmetry"] = rng.normal(0, 0.12)
    picture["gaze_x"], picture["gaze_y"] = rng.normal(0, 0.018), rng.normal(0, 0.008)
    picture["backdrop"] = rng.uniform(40, 220)
    return picture
