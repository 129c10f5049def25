"""Hand-overs to the rooms above, sent inside the transaction of the fact they tell.

``lead_scored``: ``lead: Lead`` (fresh, locked), ``created: bool``, ``cause: ScoreCause``,
``at: datetime``, ``actor: User | None``, ``reached: str`` (the furthest stage the thresholds give
these scores: "mql", "target" or "none"). Sent whenever a lead was created or its scores were
recomputed, also when they did not change (a new interaction may matter although a cap hides it).
Batches (decay, new rules) send it only for leads that reach more than before: scores never move a
journey back, so nothing else can follow.

``contact_made``: ``lead: Lead``, ``activity: Activity`` (``is_contact`` true), ``at``.

``form_tried``: ``lead: Lead``, ``at: datetime``. A submission was only tried and will be rolled back;
receivers answer with a list of ``rules.steps.Step`` that says what it did in their room.

``leads_worked_on``: ``since: Mapping[int, datetime]`` (by lead id). An import is being undone; receivers
answer with the set of ids of leads that somebody in their room has worked on after that moment.

``scoring_agreed``: ``at``. Rules are about to be published or shown for editing; the room that knows what
both teams have signed answers with ``rules.agreed.Agreed``, or None.

``leads_merged`` / ``merge_undone``: ``merge: Merge``, ``at``, ``actor``.
"""

from django.dispatch import Signal

lead_scored = Signal()
contact_made = Signal()
leads_merged = Signal()
merge_undone = Signal()
form_tried = Signal()
leads_worked_on = Signal()
scoring_agreed = Signal()
