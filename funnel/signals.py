"""Hand-overs to the room above, sent inside the transaction of the fact they tell.

``journey_moved``: ``journey: Journey`` (fresh, locked), ``changes: list[StageChange]`` (oldest
first, one per stage passed), ``move: Move``, ``at``, ``actor``.

``lead_assigned``: ``journey: Journey``, ``assignment: Assignment`` (``user`` None: nobody was
eligible, the lead is visibly unassigned), ``previous_owner_id: int | None``, ``at``, ``actor``.
At a hand-off it follows ``journey_moved`` in the same transaction.

``targets_agreed``: ``month: date`` (its first day), ``at``. Its targets are about to be set or shown for
editing; the room that knows what both teams have signed answers with ``leads.rules.agreed.Agreed``, or None.
"""

from django.dispatch import Signal

journey_moved = Signal()
lead_assigned = Signal()
targets_agreed = Signal()
