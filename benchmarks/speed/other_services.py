"""Services to compare with; `service.py` starts them.

python benchmarks/speed/other_services.py {tutorial,empty} PORT [MODEL]
"""

import io
import sys

import numpy as np
import uvicorn
from fastapi import FastAPI, Request
from PIL import Image


def make_tutorial(path):
    """Return what tutorials show: the model's `predict` in an async handler."""
    from skemotion import load

    pipeline = load(path)
    names = [str(name) for name in pipeline.classes_]
    model = pipeline[-1].model_
    app = FastAPI()

    @app.get("/healthz")
    async def healthz():
        return {}

    @app.post("/v1/predict")
    async def predict(request: Request):
        picture = Image.open(io.BytesIO(await request.body())).convert("L").resize((48, 48))
        scores = model.predict(np.asarray(picture)[None, :, :, None] / 255.0, verbose=0)[0]
        probabilities = dict(zip(names, scores.tolist(), strict=True))
        return {"label": names[scores.argmax()], "probabilities": probabilities}

    return app


def make_empty():
    """Return a service that answers a constant."""
    app = FastAPI()

    @app.get("/healthz")
    async def healthz():
        return {}

    @app.post("/v1/predict")
    async def predict():
        return {}

    return app


if __name__ == "__main__":
    kind, port, *rest = sys.argv[1:]
    made = make_tutorial(*rest) if kind == "tutorial" else make_empty()
    uvicorn.run(made, host="127.0.0.1", port=int(port), log_level="error", access_log=False)
