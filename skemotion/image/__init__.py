"""Images: read, find faces, equalise, resize, rescale, whiten, describe, vary."""

from importlib import import_module

_WHERE = {
    "CLAHE": "skemotion.image.clahe",
    "CropFaces": "skemotion.image.crop",
    "EqualizeHist": "skemotion.image.equalize",
    "Face": "skemotion.image.detect",
    "Gabor": "skemotion.image.gabor",
    "Gamma": "skemotion.image.gamma",
    "HOG": "skemotion.image.hog",
    "ImageAugmenter": "skemotion.image.augment",
    "LBP": "skemotion.image.lbp",
    "ReadImages": "skemotion.image.read",
    "Rescale": "skemotion.image.rescale",
    "Resize": "skemotion.image.resize",
    "StandardizeImage": "skemotion.image.standardize",
    "ZCA": "skemotion.image.zca",
    "detect_faces": "skemotion.image.detect",
}

__all__ = sorted(_WHERE)


def __getattr__(name):
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'skemotion.image' has no attribute {name!r}")


def __dir__():
    return __all__
