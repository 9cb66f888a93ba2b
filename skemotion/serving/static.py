"""The web page: its files, and nothing else of the disk."""

from importlib.resources import files
from mimetypes import guess_type


def add_page(app):
    """Serve the files of the folder `page` at ``/``, from memory.

    Parameters
    ----------
    app : :class:`fastapi.FastAPI`
    """
    folder = files("skemotion.serving") / "page"
    if not folder.is_dir():
        return
    for file in folder.iterdir():
        if file.is_file():
            kind = guess_type(file.name)[0] or "application/octet-stream"
            paths = ["/"] if file.name == "index.html" else [f"/{file.name}"]
            for path in paths:
                app.add_api_route(
                    path, _answer_with(file.read_bytes(), kind), include_in_schema=False
                )


def _answer_with(content, kind):
    from fastapi import Response

    async def answer():
        return Response(content, media_type=kind)

    return answer
