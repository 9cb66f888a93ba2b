"""Errors as the service tells them: one shape, what is wrong, what to do."""

from http import HTTPStatus


class Refusal(Exception):
    """A request, or one upload in it, that gets an error instead of a prediction.

    Parameters
    ----------
    status : int
        HTTP status.
    code : str
        A word for programs.
    detail : str
        What was expected and what came; then what to do.
    headers : dict of str to str, default=None
        Further headers of the answer.
    """

    def __init__(self, status, code, detail, headers=None):
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers or {}

    def as_dict(self, request_id=None):
        """Return what :class:`~skemotion.serving.schema.Problem` describes.

        Parameters
        ----------
        request_id : str, default=None

        Returns
        -------
        dict
        """
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "request_id": request_id,
        }


def overloaded(seconds):
    """Return the refusal of a request that would wait too long.

    Parameters
    ----------
    seconds : float
        When there may be room again.

    Returns
    -------
    Refusal
    """
    wait = max(1, round(seconds))
    return Refusal(
        503,
        "overloaded",
        "Expected room for another recording, but as many as may wait are waiting. "
        f"Try again in {wait} s.",
        {"retry-after": str(wait)},
    )


def internal_error():
    """Return the refusal that a fault of the service makes.

    Returns
    -------
    Refusal
    """
    return Refusal(
        500,
        "internal",
        "The service failed on this request; that is a fault of the service. Report it with the "
        "request id.",
    )
