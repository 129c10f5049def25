"""One view: checks a lead and writes company, person and event in one transaction."""

from django.db import transaction
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .models import Company, Event, Person


class LeadSerializer(serializers.Serializer):
    email = serializers.EmailField()
    first_name = serializers.CharField(max_length=120)
    last_name = serializers.CharField(max_length=120)
    job_title = serializers.CharField(max_length=160)
    company = serializers.CharField(max_length=200)
    employees = serializers.IntegerField()
    country = serializers.CharField(max_length=2)
    utm_source = serializers.CharField(max_length=200)


class Leads(APIView):
    def post(self, request: Request) -> Response:
        checked = LeadSerializer(data=request.data)
        checked.is_valid(raise_exception=True)
        values = checked.validated_data
        fields = ("email", "first_name", "last_name", "job_title", "country")
        with transaction.atomic():
            domain = values["email"].partition("@")[2]
            company = Company.objects.create(name=values["company"], domain=domain)
            person = Person.objects.create(company=company, **{name: values[name] for name in fields})
            Event.objects.create(person=person, kind="form", data=values)
        return Response({"submission": person.pk, "status": "accepted"}, status=201)


urlpatterns = [path("leads", Leads.as_view())]
