from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from smarketing.accounts.models import User

from ..errors import LeadsError
from ..models import Merge
from ..services.merging import undo_merge
from .looking import OnlyLooking


@admin.register(Merge)
class MergeAdmin(OnlyLooking, admin.ModelAdmin):
    list_display = ("survivor", "duplicate", "at", "actor", "undone_at", "undone_by")
    list_select_related = ("survivor", "duplicate", "actor", "undone_by")
    search_fields = ("survivor__email", "duplicate__email")
    actions = ("undo",)
    exclude = ("snapshot",)

    @admin.action(description=gettext_lazy("Undo the selected merges"))
    def undo(self, request: HttpRequest, queryset: QuerySet[Merge]) -> None:
        assert isinstance(request.user, User)
        for merge in queryset.order_by("-at"):
            try:
                undo_merge(merge_id=merge.pk, actor=request.user, at=timezone.now())
            except LeadsError as error:
                self.message_user(request, f"{merge}: {error}", messages.ERROR)
            else:
                self.message_user(request, _("%s was undone.") % merge, messages.SUCCESS)
