"""When leads would have become MQLs under some rules, had they counted all along."""

import numpy as np

from .scoring import Threshold
from .totals import STAGES, Column, Happened, Looks, Table, stages

NEVER = np.iinfo(np.int64).max


def looks_back(created: Column, happened: Happened, *, since: int) -> Looks:
    """When each lead may have become an MQL: scores rise only when something happens, so the moments of the
    events (and of the lead's creation) are all that need looking at. Of leads of which nothing is as young as
    ``since`` nobody asks.

    The facts are those of now: what was known of the lead at an earlier moment is not kept.
    """
    is_young = created >= since
    is_young[happened.lead[happened.moment >= since]] = True
    own = is_young[happened.lead]
    return Looks(
        lead=np.concatenate((np.flatnonzero(is_young), happened.lead[own])),
        moment=np.concatenate((created[is_young], happened.moment[own])),
    )


def first_mqls(looks: Looks, values: Table, thresholds: tuple[Threshold, ...], *, leads: int) -> Column:
    """Of each lead the first moment at which the scores meet the thresholds of MQL, or ``NEVER``."""
    found = np.full(leads, NEVER, dtype=np.int64)
    is_mql = stages(thresholds, values) == STAGES.index("mql")
    np.minimum.at(found, looks.lead[is_mql], looks.moment[is_mql])
    return found
