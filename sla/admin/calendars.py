from django.contrib import admin

from smarketing.accounts.admin.auditing import Audited

from ..forms import CalendarForm, HolidayFormSet, HoursForm, HoursFormSet
from ..models import Calendar, Holiday, WorkingHours
from .renewing import RenewsPolicies


class HoursInline(admin.TabularInline):
    model = WorkingHours
    form = HoursForm
    formset = HoursFormSet
    extra = 1


class HolidayInline(admin.TabularInline):
    model = Holiday
    formset = HolidayFormSet
    extra = 1


@admin.register(Calendar)
class CalendarAdmin(Audited, RenewsPolicies, admin.ModelAdmin):
    form = CalendarForm
    inlines = (HoursInline, HolidayInline)
    list_display = ("name", "time_zone")
