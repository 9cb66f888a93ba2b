"""Choose rows of a table."""

import numpy as np


def select(frame, where):
    """Return the rows of a table that ``where=`` of :meth:`Dataset.load` asks for."""
    if where is None:
        return frame
    if isinstance(where, str):
        try:
            return frame.query(where)
        except (NameError, SyntaxError, TypeError, ValueError, KeyError) as error:
            raise ValueError(
                f"Cannot select rows by where={where!r}: {error}. Write a comparison of columns "
                f"such as \"emotion == 'happy'\". Columns: {', '.join(map(str, frame.columns))}."
            ) from error
    mask = np.ones(len(frame), dtype=bool)
    for column, values in where.items():
        if column not in frame:
            raise ValueError(
                f"Expected where= to name columns of the table, got {column!r}. "
                f"Columns: {', '.join(map(str, frame.columns))}."
            )
        values = [values] if np.isscalar(values) else list(values)
        mask &= frame[column].isin(values).to_numpy()
    return frame[mask]
