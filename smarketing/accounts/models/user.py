"""People, their teams and who reports to whom."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from ..enums import ColourScheme, NotificationKind, Role, Side


class Team(models.Model):
    is_configuration = True

    name = models.CharField(_("name"), max_length=120, unique=True)
    side = models.CharField(_("side"), max_length=16, choices=Side.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )

    class Meta:
        ordering = ("name",)
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """People sign in with their e-mail address; there is no separate user name."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(
            email, password, **{"role": Role.ADMIN, "is_staff": True, "is_superuser": True, **fields}
        )

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username or "")


class User(AbstractUser):
    is_configuration = True
    unaudited = ("last_login", "date_joined")
    secret_fields = ("password",)

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    role = models.CharField(_("role"), max_length=16, choices=Role.choices, default=Role.MARKETER)
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="members", verbose_name=_("team")
    )
    reports_to = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="reports", verbose_name=_("reports to")
    )
    language = models.CharField(
        _("language"), max_length=8, default="en", choices=[("en", "English"), ("es", "Español")]
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    colour_scheme = models.CharField(
        _("appearance"), max_length=8, choices=ColourScheme.choices, default=ColourScheme.AUTO
    )
    keyboard_shortcuts = models.BooleanField(_("keyboard shortcuts"), default=True)
    muted_notifications = ArrayField(
        models.CharField(max_length=16, choices=NotificationKind.choices),
        verbose_name=_("not told inside the product"),
        default=list,
        blank=True,
    )
    weekly_mail = models.BooleanField(_("weekly mail"), default=True)
    nightly_mail = models.BooleanField(_("nightly mails"), default=True)
    external_id = models.CharField(
        _("external id"),
        max_length=120,
        null=True,
        blank=True,
        unique=True,
        help_text=_("Key of this person in an imported history."),
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        ordering = ("first_name", "last_name", "email")
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = (
            models.UniqueConstraint(Lower("email"), name="user_email_ci_unique"),
            models.CheckConstraint(condition=~models.Q(reports_to=models.F("id")), name="user_not_own_boss"),
        )

    def __str__(self) -> str:
        return self.get_full_name() or self.email
