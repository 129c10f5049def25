"""Hand-overs to the rooms above, sent inside the transaction of the fact they tell.

``user_deactivated``: ``user: User``, ``at``, ``actor: User | None``, ``successor: User | None``. Their
open work needs somebody else: the successor, else whoever is next.

``password_reset_asked``: ``user: User``, ``at``. They are to get a mail with a link.

``company_founded``: ``admin: User``, ``at``. What was installed before anybody was here may follow them.
"""

from django.dispatch import Signal

user_deactivated = Signal()
password_reset_asked = Signal()
company_founded = Signal()
