"""Hand-overs to the rooms above, sent inside the transaction of the fact they tell.

``user_deactivated``: ``user: User``, ``at``. Their open work needs somebody else.
"""

from django.dispatch import Signal

user_deactivated = Signal()
