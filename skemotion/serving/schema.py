"""What the service answers: the JSON of predictions, models and problems."""

from typing import Literal

from pydantic import BaseModel, Field


class Box(BaseModel):
    """Where a face is in the picture as it is shown, turned upright; in pixels."""

    x: float = Field(description="Left edge.", examples=[112.0])
    y: float = Field(description="Upper edge.", examples=[64.0])
    width: float = Field(examples=[180.0])
    height: float = Field(examples=[180.0])


class Face(BaseModel):
    """The emotion of one face in a picture."""

    box: Box | None = Field(description="null: the whole picture was taken as one face.")
    score: float | None = Field(description="How sure the detector is; it has no unit.")
    label: str = Field(
        description="The class that the model decides for; of several windows the most probable.",
        examples=["happiness"],
    )
    probabilities: dict[str, float] = Field(description="All classes of the model, by name.")


class Segment(BaseModel):
    """The emotion of one window of a long recording."""

    start: float = Field(description="Seconds from the start of the recording.")
    end: float = Field(description="Seconds from the start of the recording.")
    label: str
    probabilities: dict[str, float]


class Media(BaseModel):
    """What was found in an upload, by its content and not by its name."""

    kind: Literal["image", "audio", "video"]
    format: str = Field(examples=["PNG"])
    width: int | None = Field(None, description="Of a picture as it is shown, in pixels.")
    height: int | None = Field(None, description="Of a picture as it is shown, in pixels.")
    duration: float | None = Field(None, description="Of a recording, in seconds.")


class ModelReference(BaseModel):
    """Which model predicted."""

    name: str = Field(examples=["face-cnn"])
    version: str = Field(
        description="First 12 digits of the sha256 of its file.", examples=["3f1c09a4be77"]
    )


class Problem(BaseModel):
    """What went wrong and what to do, in the form of RFC 9457."""

    type: str = "about:blank"
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    code: str = Field(description="A word for programs.", examples=["undecodable"])
    detail: str = Field(description="What was expected and what came; then what to do.")
    request_id: str | None = None


class Item(BaseModel):
    """The outcome of one upload: a prediction or an error."""

    index: int = Field(description="Its place in the request, from 0.")
    name: str | None = Field(description="Its file name, where the request gives one.")
    media: Media | None
    model: ModelReference | None
    label: str | None = Field(
        description="Of the recording; of the largest face; of the mean over the timeline."
    )
    probabilities: dict[str, float] | None = Field(description="What `label` stands for.")
    faces: list[Face] | None = Field(description="Pictures: the largest face first.")
    timeline: list[Segment] | None = Field(description="Long recordings: one entry a window.")
    warning: str | None
    error: Problem | None = Field(description="Instead of all of the above.")


class PredictionResponse(BaseModel):
    """The answer to POST /v1/predict: one item an upload, in their order."""

    request_id: str = Field(examples=["9f86d081884c7d65"])
    items: list[Item]


class ModelInfo(BaseModel):
    """What a served model is."""

    name: str
    version: str
    modality: str = Field(description="voice, face or video.", examples=["face"])
    classes: list[str]
    has_probabilities: bool = Field(
        description="False: it only decides, and probabilities are 1 for its decision, else 0."
    )
    light: bool = Field(description="Whether it runs without scikit-learn and TensorFlow.")
    loaded: str = Field(description="When, in UTC.", examples=["2026-01-31T12:00:00Z"])
    input: dict = Field(description="What it takes, as its file says.")
    metrics: dict | None = Field(description="What it reaches, as its file says.")
    card: dict | str | None = Field(description="Purpose, limits, licence, as its file says.")


class Limits(BaseModel):
    """What the service takes at most."""

    max_body: int = Field(description="Bytes of a request.")
    max_items: int = Field(description="Uploads in a request.")
    max_image_bytes: int
    max_audio_bytes: int
    max_video_bytes: int
    max_pixels: int
    max_side: int
    max_duration: float = Field(description="Seconds.")
    max_channels: int
    min_sampling_rate: int
    max_sampling_rate: int
    request_deadline: float = Field(description="Seconds.")


class ModelResponse(BaseModel):
    """The answer to GET /v1/model."""

    models: list[ModelInfo]
    limits: Limits


class Health(BaseModel):
    """The answer to GET /healthz and /readyz."""

    status: Literal["ok", "starting", "draining"]


class LiveStart(BaseModel):
    """The first message of a client on /v1/live, as text."""

    type: Literal["start"] = "start"
    media: Literal["image", "audio"]
    model: str | None = Field(None, description="Default: the first that takes this media.")
    key: str | None = Field(None, description="API key, where no header can be sent.")
    faces: Literal["auto", "whole", "detect"] = "auto"
    sampling_rate: int = Field(16000, ge=8000, le=192000, description="Of the sound, in Hz.")
    window: float = Field(3.0, gt=0.2, le=60, description="Seconds of sound in a prediction.")
    hop: float = Field(1.0, ge=0.1, le=60, description="Seconds between two predictions.")


class LiveReady(BaseModel):
    """The first answer on /v1/live."""

    type: Literal["ready"] = "ready"
    request_id: str
    model: ModelInfo


class LiveResult(BaseModel):
    """Each further answer on /v1/live."""

    type: Literal["result"] = "result"
    index: int = Field(description="Frame or window, counted from 0 with the dropped ones.")
    dropped: int = Field(description="Frames or windows left out so far for lack of time.")
    start: float | None = Field(description="Of a window, in seconds since the first sample.")
    end: float | None
    item: Item


class LiveError(BaseModel):
    """An answer on /v1/live that ends the connection."""

    type: Literal["error"] = "error"
    error: Problem
