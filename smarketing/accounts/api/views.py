"""Who am I, for API clients."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ..enums import Role, Scope
from ..models import ApiToken, User
from .serializers import ReadShape


class MeSerializer(ReadShape[User]):
    role = serializers.ChoiceField(choices=Role.choices)
    team = serializers.CharField(source="team.name", default=None, allow_null=True)
    scopes = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields: ClassVar[list[str]] = [
            "id",
            "email",
            "first_name",
            "last_name",
            "role",
            "team",
            "language",
            "time_zone",
            "scopes",
        ]
        read_only_fields = fields

    def get_scopes(self, user: User) -> list[str]:
        """What this call may do: a token's scopes, everything for a session."""
        auth = self.context["request"].auth
        return auth.scopes if isinstance(auth, ApiToken) else Scope.values


class Me(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(summary="The user of this token or session", tags=["accounts"], responses=MeSerializer)
    def get(self, request: Request) -> Response:
        assert isinstance(request.user, User)
        return Response(MeSerializer(request.user, context={"request": request}).data)
