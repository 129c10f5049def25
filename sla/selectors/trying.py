"""Which promise a tried submission would start, before it is rolled back."""

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.models import Lead
from leads.rules.steps import Mark, Step

from ..models import Clock


def steps_of_trial(lead: Lead) -> list[Step]:
    clock = Clock.objects.ticking().filter(lead=lead).order_by("-pk").first()
    if clock is None:
        return [Step(_("Clock"), _("None runs: no promise is made for this lead now."), Mark.NOT_YET)]
    due = date_format(localtime(clock.due_at), "SHORT_DATETIME_FORMAT")
    text = _("%(promise)s, due %(due)s.") % {"promise": clock.get_kind_display(), "due": due}
    many = len(clock.steps)
    told = ngettext("%(n)d reminder is planned.", "%(n)d reminders are planned.", many) % {"n": many}
    return [Step(_("Clock"), text, lines=(told,) if many else ())]
