"""Turn labels into canonical emotions; those that are not understood are faults."""

from skemotion.emotions import canonical, describe_unknown, is_known


def canonical_rows(dataset, frame):
    """Return rows with canonical emotions.

    Parameters
    ----------
    dataset : Dataset
        Whose faults the rows with unknown emotions become.
    frame : DataFrame with columns `path` and `emotion`
        Emotions are names or aliases.

    Returns
    -------
    DataFrame
        The rows whose emotion is known.
    """
    labels = frame["emotion"].unique()
    emotions = {label: canonical(label) for label in labels if is_known(label)}
    faults = {label: describe_unknown(label) for label in labels if label not in emotions}
    return note_faults(
        dataset,
        frame.assign(
            fault=[faults.get(label) for label in frame["emotion"]],
            emotion=[emotions.get(label) for label in frame["emotion"]],
        ),
    )


def note_faults(dataset, frame):
    """Note the rows of which the column `fault` tells something; return the others without it."""
    faulty = frame["fault"].notna()
    for path, fault in frame.loc[faulty, ["path", "fault"]].itertuples(index=False):
        dataset.fault(str(path), fault)
    return frame[~faulty].drop(columns="fault").reset_index(drop=True)
