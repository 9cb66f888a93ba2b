"""Draw faces from features and action units: polygons, soft shadows, light."""

import numpy as np

_CANVAS = 144  # pixels along a side before they are averaged, at least
_SHIFT = 4  # binary digits of a sub-pixel that the polygons keep
_U = np.linspace(-1.0, 1.0, 13)
_RING = np.linspace(0, 2 * np.pi, 14, endpoint=False)


def draw_faces(pictures, size):
    """Draw faces.

    Parameters
    ----------
    pictures : dict of str to ndarray of shape (n_samples,)
        Features, action units, pose and light.
    size : int
        Height and width, in pixels.

    Returns
    -------
    ndarray of float32 of shape (n_samples, size, size)
        Grey values, around 0 to 255, without noise.
    """
    import cv2

    sketch = _Sketch(pictures)
    for part in (_head, _folds, _nose, _mouth, _eyes, _brows, _extras):
        part(sketch, sketch.of)
    canvas = np.empty(2 * (size * max(2, _CANVAS // size),), dtype=np.uint8)
    points, paint, soft = sketch.polygons(len(canvas))
    edges = np.cumsum([0, *sketch.lengths]).tolist()
    spans = list(zip(edges[:-1], edges[1:], paint.T.tolist(), soft, strict=True))
    images = np.empty((len(points), size, size), dtype=np.float32)
    shadow = np.empty_like(canvas)
    backdrop = np.clip(pictures["backdrop"], 0, 255)
    for row, polygons in enumerate(points):
        canvas[:] = backdrop[row]
        shadow[:] = 128
        for start, stop, tones, is_soft in spans:
            tone = tones[row]
            if tone >= 0:
                layer = shadow if is_soft else canvas
                cv2.fillPoly(layer, [polygons[start:stop]], tone, shift=_SHIFT)
        small = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)
        shade = cv2.resize(shadow, (size, size), interpolation=cv2.INTER_AREA)
        shade = cv2.GaussianBlur(shade.astype(np.float32), (0, 0), size / 48 * 0.7)
        images[row] = small * (shade / 128)
    images *= _light(pictures, size)
    for row, blur in enumerate(pictures["blur"]):
        if blur > 0.25:
            cv2.GaussianBlur(images[row], (0, 0), blur * size / 48, dst=images[row])
    return images


class _Sketch:
    """Polygons of all faces, in painting order."""

    def __init__(self, pictures):
        self.of = {name: np.asarray(value, float)[:, None] for name, value in pictures.items()}
        self.n_faces = len(self.of["skin"])
        self.outlines, self.tones, self.soft, self.lengths = [], [], [], []

    def fill(self, x, y, tone, where=True, soft=False):
        """Add one polygon; where `where` is false a face goes without."""
        outline = np.empty((self.n_faces, max(np.shape(x)[-1], np.shape(y)[-1]), 2), np.float32)
        outline[..., 0], outline[..., 1] = x, y
        tone = np.clip(np.broadcast_to(np.ravel(tone), self.n_faces), 0, 255)
        self.outlines.append(outline)
        self.lengths.append(outline.shape[1])
        self.tones.append(np.where(np.ravel(where), tone, -1))
        self.soft.append(soft)

    def stroke(self, x, y, width, tone, where=True, soft=False):
        """Add a line that tapers where `width` does."""
        x, y, width = np.broadcast_arrays(x, y, width)
        dx, dy = np.gradient(x, axis=1), np.gradient(y, axis=1)
        scale = width / np.maximum(np.hypot(dx, dy), 1e-9)
        across, up = -dy * scale, dx * scale
        self.fill(
            np.concatenate([x + across, (x - across)[:, ::-1]], axis=1),
            np.concatenate([y + up, (y - up)[:, ::-1]], axis=1),
            tone,
            where,
            soft,
        )

    def fold(self, x, y, depth, width=0.02):
        """Add a soft dark line; `depth` is between 0 and 1."""
        taper = np.sin(np.linspace(0.1, np.pi - 0.1, np.shape(x)[1]))
        self.stroke(x, y, width * taper, 128 - 95 * depth, depth > 0.04, soft=True)

    def blob(self, x, y, width, height, tone):
        """Add a soft ellipse that darkens below 128 and lightens above."""
        self.fill(x + width * np.cos(_RING), y + height * np.sin(_RING), tone, soft=True)

    def polygons(self, size):
        """Turn the head in space, then to fixed-point pixels."""
        points = np.concatenate(self.outlines, axis=1)
        of = self.of
        x, y = points[..., 0], points[..., 1]
        depth = np.sqrt(np.maximum(0.05, 1 - (x / 0.95) ** 2 - (y / 1.25) ** 2))
        yaw, pitch, roll = (of[turn].astype(np.float32) for turn in ("yaw", "pitch", "roll"))
        x = x * np.cos(yaw) + 0.6 * (depth - 0.5) * np.sin(yaw)
        y = y * np.cos(pitch) + 0.6 * (depth - 0.5) * np.sin(pitch)
        turned_x = x * np.cos(roll) - y * np.sin(roll)
        turned_y = x * np.sin(roll) + y * np.cos(roll)
        scale = (0.44 * size * of["zoom"] * 2**_SHIFT).astype(np.float32)
        middle = [size * 2**_SHIFT * (0.5 + of[shift]) for shift in ("shift_x", "shift_y")]
        fixed = np.empty(points.shape, dtype=np.int32)
        fixed[..., 0] = np.rint(turned_x * scale + middle[0].astype(np.float32))
        fixed[..., 1] = np.rint(turned_y * scale + middle[1].astype(np.float32))
        return fixed, np.array(self.tones).T.round().astype(int), self.soft


def _head(sketch, of):
    skin, hair = of["skin"], of["hair"]
    width, chin = of["face_width"], of["chin"] + 0.13 * of["au26"]
    crown = width * 1.13
    long = of["long_hair"] > 0
    angle = np.linspace(np.pi, 2 * np.pi, 14)
    for drop, where in ((0.95, long), (-0.05, ~long & (of["bald"] == 0))):
        x = np.concatenate([crown * np.cos(angle), crown * 1.02, -crown * 1.02], axis=1)
        top = -0.2 + 0.88 * np.sin(angle) + 0 * crown
        sketch.fill(x, np.concatenate([top, drop + 0 * crown, drop + 0 * crown], 1), hair, where)
    neck = np.array([-0.36, 0.36, 0.42, -0.42])
    sketch.fill(neck + 0 * skin, np.array([0.6, 0.6, 1.4, 1.4]), skin * 0.72)
    for side in (-1, 1):
        ear_x = side * width * 1.02 + 0.07 * np.cos(_RING)
        sketch.fill(ear_x, 0.02 + 0.16 * np.sin(_RING), skin * 0.85, ~long)
    around = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    s, c = np.sin(around), np.cos(around)
    lower = np.clip(s, 0, 1)
    x = width * np.sign(c) * np.abs(c) ** (0.85 - 0.15 * lower) * (1 - (1 - of["jaw"]) * lower)
    sketch.fill(x, np.where(s > 0, chin, 0.92) * s, skin)
    u = np.linspace(-1, 1, 15)
    line = of["hairline"] + 0.34 * u**2 + 0.10 * of["fringe"] * u * (1 - u**2)
    rim = -0.2 - 0.9 * np.sqrt(np.maximum(1 - u**2, 0)) + 0 * skin
    across = u * width * 1.04
    x = np.concatenate([across, across[:, ::-1]], axis=1)
    sketch.fill(x, np.concatenate([line, rim[:, ::-1]], axis=1), hair, of["bald"] == 0)
    jaw = 0.95 * of["face_width"] * of["jaw"] * _U
    beard = np.concatenate([jaw, jaw[:, ::-1]], axis=1)
    low = chin - 0.75 * chin * _U**2 * 0.75
    high = of["mouth_y"] + 0.22 - 0.42 * np.abs(_U) ** 3 + 0.10 * of["au26"]
    sketch.fill(
        beard,
        np.concatenate([np.minimum(low, chin), high[:, ::-1]], axis=1),
        0.6 * hair + 0.3 * skin,
        of["beard"] > 0,
    )


def _folds(sketch, of):
    """Wrinkles, cheeks and hollows, which the blur makes soft."""
    brow = np.maximum(of["au1"], of["au2"])
    for level in (0.13, 0.23):
        y = of["brow_y"] - level - 0.05 * brow - 0.02 * (1 - _U**2)
        depth = 0.75 * of["au1"] * (0.4 + 0.6 * of["au2"]) + 0.12 * of["age"]
        sketch.fold((0.18 + 0.22 * of["au2"]) * _U, y, depth, 0.018)
    nose_wing = of["nose_width"] + 0.03
    corner = of["mouth_width"] * (1 + 0.3 * of["au12"]) + 0.07
    t = np.linspace(0, 1, 9)
    for side in (-1, 1):
        frown = of["brow_y"] + 0.05 + 0.07 * _U
        sketch.fold(side * (0.05 + 0.01 * _U**2) + 0 * brow, frown, 0.85 * of["au4"], 0.018)
        wrinkle = of["eye_y"] + 0.08 + 0.05 * _U
        sketch.fold(side * (0.075 + 0.03 * _U) + 0 * brow, wrinkle, 0.9 * of["au9"], 0.02)
        x = side * (
            nose_wing + (corner - nose_wing) * t**0.8 + 0.05 * of["au12"] * np.sin(np.pi * t)
        )
        y = of["nose_y"] - 0.03 - 0.04 * of["au9"] + (of["mouth_y"] - of["nose_y"] + 0.02) * t
        pull = np.maximum(np.maximum(of["au12"], of["au9"]), 0.8 * of["au10"])
        sketch.fold(x, y, 0.12 + 0.2 * of["age"] + 0.6 * pull, 0.024)
        lift = 0.05 * of["au6"]
        cheek = np.maximum(of["au6"], 0.6 * of["au12"])
        sketch.blob(side * 0.40, 0.20 - lift, 0.15 + 0 * lift, 0.10 + 0 * lift, 130 + 16 * cheek)
        bag = of["eye_y"] + 0.085 + 0.05 * (1 - _U**2) - 0.5 * lift
        sketch.fold(side * of["eye_x"] + 0.15 * _U, bag, 0.1 * of["age"] + 0.7 * of["au6"], 0.02)
        foot = side * (of["eye_x"] + of["eye_width"] + 0.04 + 0.04 * (_U + 1))
        for slope in (-0.5, 0.4):
            sketch.fold(foot, of["eye_y"] + slope * 0.05 * (_U + 1), 0.6 * of["au6"], 0.012)
        socket = of["eye_y"] - 0.10 - 0.03 * of["au1"]
        sketch.blob(side * of["eye_x"], socket, 0.15, 0.05, 112 - 14 * of["au4"])
    boss = of["mouth_y"] + 0.21 - 0.03 * of["au17"]
    sketch.fold(0.12 * _U + 0 * boss, boss - 0.05 * (1 - _U**2), 0.1 + 0.7 * of["au17"], 0.026)


def _nose(sketch, of):
    base, width = of["nose_y"] - 0.035 * of["au9"], of["nose_width"] * (1 + 0.15 * of["au9"])
    bridge = np.linspace(0, 1, 9)
    for side in (-1, 1):
        y = of["eye_y"] - 0.04 + (base - of["eye_y"]) * bridge
        sketch.fold(side * (0.05 + 0.04 * bridge**2) + 0 * y, y, np.full_like(base, 0.2), 0.02)
        wing_x = side * (width - 0.02 * np.cos(np.pi * _U / 2))
        sketch.fold(wing_x, base - 0.03 + 0.05 * _U, np.full_like(base, 0.5), 0.014)
        hole_x = side * width * 0.52 + 0.030 * np.cos(_RING)
        sketch.fill(hole_x, base + 0.035 + 0.015 * np.sin(_RING), of["skin"] * 0.32)
    sketch.blob(0 * base, base - 0.03, 0.05, 0.06, 143)
    sketch.fold(width * _U, base + 0.055 - 0.01 * _U**2, np.full_like(base, 0.4), 0.014)


def _mouth(sketch, of):
    skin, lips = of["skin"], of["lips"] * (1 - 0.55 * np.clip(of["au23"], 0, 1))
    half = of["mouth_width"] * (
        1 + 0.34 * of["au12"] + 0.32 * of["au20"] - 0.12 * of["au23"] - 0.20 * of["au26"]
    )
    bend = of["mouth_bend"] - 0.12 * of["au12"] + 0.11 * of["au15"] + 0.03 * of["au20"]
    bend = bend + of["asymmetry"] * 0.10 * _U * (of["au12"] + of["au15"])
    open_ = np.clip(of["au25"] * (0.075 + 0.04 * of["au12"] - 0.03 * of["au26"]), 0, 1)
    open_ = open_ + 0.20 * of["au26"]
    middle = of["mouth_y"] - 0.035 * of["au17"] + 0.25 * open_ - 0.02 * (of["au9"] + of["au10"])
    raised = 0.045 * of["au10"] + 0.02 * of["au9"]
    power = 2 + 2.2 * of["au20"] + 1.0 * of["au26"] - 0.3 * of["au17"]
    rise = np.abs(_U) ** power
    arch = 1 - rise
    corner = bend * _U**2
    x = half * _U
    upper_in = middle + corner - (0.5 * open_ + 0.6 * raised) * arch
    lower_in = middle + corner + 0.5 * open_ * arch - 0.3 * raised * arch
    bow = 1 - 0.22 * np.exp(-((_U / 0.16) ** 2))
    upper = upper_in - lips * 0.85 * (1 - np.abs(_U) ** 1.6) * bow - 0.4 * raised * arch
    lower = lower_in + (1.15 * lips + 0.02 * of["au17"]) * (1 - _U**2)
    tone = skin * (0.70 - 0.10 * (of["lips"] > 0.052))

    def between(first, second):
        return np.concatenate([first, second[:, ::-1]], axis=1)

    both = np.concatenate([x, x[:, ::-1]], axis=1)
    sketch.fill(both, between(upper, lower), tone)
    gap = open_ > 0.012
    sketch.fill(both, between(upper_in, lower_in), 30 + 0.05 * skin, gap)
    teeth = np.minimum(0.75 * (lower_in - upper_in), 0.055 + 0.03 * of["au12"])
    show = (of["au12"] + of["au20"] + of["au10"]) > 0.25
    sketch.fill(both * 0.92, between(upper_in + 0.004, upper_in + teeth), 225, gap & show)
    sketch.stroke(x, middle + corner - 0.3 * raised * arch, 0.011, skin * 0.36, ~gap)
    for side in (-1, 1):
        edge = (side * half) + 0.025 * _U
        y = middle + (bend if bend.shape[1] == 1 else bend[:, [-1 if side > 0 else 0]])
        dent = 0.25 + 0.5 * np.maximum(of["au12"], np.maximum(of["au15"], of["au23"]))
        sketch.fold(edge + 0 * y, y + 0.02 * _U * side * np.sign(bend[:, :1]), dent, 0.022)
    sketch.fold(0.6 * x, lower.max(axis=1, keepdims=True) + 0.03 + 0 * x, 0.35 + 0 * skin, 0.02)


def _eyes(sketch, of):
    skin = of["skin"]
    for side in (-1, 1):
        x = side * of["eye_x"]
        wide = of["eye_width"]
        upper = of["eye_height"] * (
            1
            + 0.75 * of["au5"]
            + 0.1 * of["au1"]
            - 0.30 * of["au7"]
            - 0.30 * of["au6"]
            - 0.30 * of["au9"]
            - 0.12 * of["au4"]
        )
        lower = (
            0.75
            * of["eye_height"]
            * (1 + 0.15 * of["au5"] - 0.65 * of["au7"] - 0.65 * of["au6"] - 0.55 * of["au9"])
        )
        tilt = 0.035 * np.clip(of["au1"] - 0.5 * of["au2"] - 0.3 * of["au5"], 0, 1) * side
        arch = (1 - _U**2) ** 0.75
        high = of["eye_y"] - np.maximum(upper, 0.015) * arch + tilt * _U
        low = of["eye_y"] + np.maximum(lower, 0.008) * arch + tilt * _U
        across = x + wide * _U
        sketch.fill(
            np.concatenate([across, across[:, ::-1]], axis=1),
            np.concatenate([high, low[:, ::-1]], axis=1),
            150 + 0.42 * skin,
        )
        for radius, tone in ((1.0, of["iris_tone"]), (0.5, 18)):
            ring_x = x + of["gaze_x"] + radius * of["iris"] * np.cos(_RING)
            ring_y = of["eye_y"] - 0.01 + of["gaze_y"] + radius * of["iris"] * np.sin(_RING)
            u = np.clip((ring_x - x) / wide, -1, 1)
            bow = (1 - u**2) ** 0.75
            top = of["eye_y"] - np.maximum(upper, 0.015) * bow + tilt * u
            bottom = of["eye_y"] + np.maximum(lower, 0.008) * bow + tilt * u
            sketch.fill(ring_x, np.clip(ring_y, top, bottom), tone)
        glint = of["gaze_x"] + x + 0.02 + 0.014 * np.cos(_RING)
        sketch.fill(glint, of["eye_y"] - 0.022 + 0.014 * np.sin(_RING), 235, upper > 0.035)
        lash = 0.008 + 0.008 * (1 - _U**2)
        sketch.stroke(across, high, lash, 0.22 * skin)
        sketch.stroke(across, low, 0.006, 0.55 * skin)
        crease = 0.35 + 0.25 * of["au5"]
        sketch.fold(across, high - 0.035 - 0.02 * arch, crease, 0.014)


def _brows(sketch, of):
    u = np.linspace(0, 1, 9)
    inner, mid, outer = (1 - u) * (1 - 2 * u), 4 * u * (1 - u), u * (2 * u - 1)
    taper = 0.55 + 0.65 * np.sin(np.pi * (0.25 + 0.75 * u)) * (1 - 0.4 * u)
    tone = np.minimum(of["hair"], 0.62 * of["skin"]) * 0.9
    for side in (-1, 1):
        lopsided = 1 + side * of["asymmetry"]
        one, two = of["au1"] * lopsided, of["au2"] * lopsided
        four = of["au4"]
        y_inner = -0.125 * one - 0.02 * two + 0.10 * four + 0.05 * of["au9"] + of["brow_tilt"]
        y_mid = -0.065 * one - 0.12 * two + 0.065 * four + 0.03 * of["au9"] - of["brow_arch"]
        y_outer = 0.02 * one - 0.13 * two + 0.015 * four - of["brow_tilt"]
        x = side * (
            (0.135 - 0.055 * four - 0.02 * of["au9"]) * inner
            + of["eye_x"] * 1.03 * mid
            + (of["eye_x"] + 0.20) * outer
        )
        y = of["brow_y"] + y_inner * inner + y_mid * mid + y_outer * outer
        sketch.stroke(x, y, of["brow_width"] * taper, tone)


def _extras(sketch, of):
    hair = 0.7 * of["hair"] + 0.15 * of["skin"]
    lift = of["mouth_y"] - of["lips"] - 0.055 - 0.03 * (of["au9"] + of["au10"]) - 0.03 * of["au12"]
    width = of["mouth_width"] * (0.95 + 0.15 * of["au12"]) * _U
    bend = 0.05 * _U**2
    sketch.stroke(width, lift + bend, 0.035 * (1 - 0.6 * _U**2), hair, of["moustache"] > 0)
    ring = np.linspace(0, 2 * np.pi, 25)
    worn = of["glasses"] > 0
    for side in (-1, 1):
        x = side * (of["eye_x"] + 0.005) + 0.205 * np.cos(ring)
        sketch.stroke(x, of["eye_y"] + 0.02 + 0.155 * np.sin(ring), 0.013, 35, worn)
        arm = side * (of["eye_x"] + 0.21 + (of["face_width"] - of["eye_x"] - 0.21) * (_U + 1) / 2)
        sketch.stroke(arm, of["eye_y"] - 0.02 + 0 * arm, 0.012, 35, worn)
    bridge = (of["eye_x"] - 0.2) * _U
    sketch.stroke(bridge, of["eye_y"] - 0.02 * (1 - _U**2), 0.012, 35, worn)


def _light(pictures, size):
    """Shade a head-shaped ellipsoid by light from one side."""
    grid = ((np.arange(size, dtype=np.float32) + 0.5) / size - 0.5) / 0.44

    def column(name):
        return np.asarray(pictures[name], dtype=np.float32)[:, None, None]

    x = (grid[None, None, :] - column("shift_x") / 0.44) / (0.9 * column("zoom"))
    y = (grid[None, :, None] - column("shift_y") / 0.44) / (1.2 * column("zoom"))
    z = np.sqrt(np.clip(1 - x**2 - y**2, 0.03, 1))
    shine = x * column("light_x") + y * column("light_y") + z
    return column("exposure") * (0.55 + 0.5 * np.clip(shine, 0, 1.6))
