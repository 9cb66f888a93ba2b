"""What tests and doctests share."""

from importlib.util import find_spec

from skemotion.audio.open_smile import load_smile

if find_spec("opensmile"):
    load_smile("eGeMAPSv02")  # before TensorFlow, which some tests and collected modules load
