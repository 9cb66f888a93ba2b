"""Records of the store as tables."""

import json

import pandas as pd

# facts that stores of earlier versions do not have
_NOT_NOTED = {"transductive": False, "backend": "", "precision": "", "device": ""}
RECORD = ("key", "model", "train", "test", "kind", "protocol", "scheme", "fold", "created")


def folds_frame(records):
    """Return records as a table.

    Parameters
    ----------
    records : list of dict
        Records of a :class:`ResultStore`.

    Returns
    -------
    DataFrame
        One row a fold. Of each class there is a column `recall_<class>`, NaN where a fold does not
        have it.
    """
    rows = []
    for record in records:
        metrics = dict(record["metrics"])
        recall = metrics.pop("recall", {})
        row = {name: record[name] for name in RECORD if name != "created"}
        row |= _NOT_NOTED | record["facts"] | metrics
        row |= {f"recall_{name}": value for name, value in sorted(recall.items())}
        row["params"] = json.dumps(record["params"], sort_keys=True)
        row["created"] = record["created"]
        rows.append(row)
    frame = pd.DataFrame(rows)
    recalls = sorted(name for name in frame if name.startswith("recall_"))
    others = [name for name in frame if name not in recalls]
    place = others.index("chance") if recalls else len(others)
    return frame[[*others[:place], *recalls, *others[place:]]]


def long_frame(records, part, columns):
    """Return one part of all records as one table.

    Parameters
    ----------
    records : list of dict
        Records of a :class:`ResultStore`.
    part : {"predictions", "history"}
        Which part.
    columns : list of str
        Columns of the table if it is empty.

    Returns
    -------
    DataFrame
        With the column `key` first.
    """
    frames = []
    for record in records:
        frame = pd.DataFrame(record[part])
        if len(frame):
            frame.insert(0, "key", record["key"])
            frames.append(frame)
    return (
        pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["key", *columns])
    )
