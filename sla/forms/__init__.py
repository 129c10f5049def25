from .calendars import CalendarForm, HolidayFormSet, HoursForm, HoursFormSet
from .policies import PolicyForm, StepForm, StepFormSet

__all__ = [
    "CalendarForm",
    "HolidayFormSet",
    "HoursForm",
    "HoursFormSet",
    "PolicyForm",
    "StepForm",
    "StepFormSet",
]
