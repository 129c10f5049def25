from .action import Action
from .agreement import Agreement, AgreementPersona, AgreementQuerySet, AgreementRate, AgreementWorth
from .calendar import Calendar, Holiday, WorkingHours
from .clock import Clock
from .dispute import Dispute
from .engine import EngineBeat
from .forecast import ForecastFigure, ForecastPlaces, ForecastRevenue, ForecastSnapshot
from .mail import Delivery, Mail, MailAttempt, Notice
from .policy import Policy, PolicyRevision, PolicyStep
from .promise import AgreementPromise, AgreementSignature
from .promise_day import PromiseChange, PromiseDay
from .reminder import Reminder
from .report_mail import ReportMail, ReportReceiver
from .review import Review, ReviewDecision

__all__ = [
    "Action",
    "Agreement",
    "AgreementPersona",
    "AgreementPromise",
    "AgreementQuerySet",
    "AgreementRate",
    "AgreementSignature",
    "AgreementWorth",
    "Calendar",
    "Clock",
    "Delivery",
    "Dispute",
    "EngineBeat",
    "ForecastFigure",
    "ForecastPlaces",
    "ForecastRevenue",
    "ForecastSnapshot",
    "Holiday",
    "Mail",
    "MailAttempt",
    "Notice",
    "Policy",
    "PolicyRevision",
    "PolicyStep",
    "PromiseChange",
    "PromiseDay",
    "Reminder",
    "ReportMail",
    "ReportReceiver",
    "Review",
    "ReviewDecision",
    "WorkingHours",
]
