from django.db import models


class Company(models.Model):
    name = models.CharField(max_length=200)
    domain = models.CharField(max_length=200, unique=True)

    def __str__(self) -> str:
        return self.domain


class Person(models.Model):
    company = models.ForeignKey(Company, models.CASCADE)
    email = models.EmailField(unique=True)
    first_name = models.CharField(max_length=120)
    last_name = models.CharField(max_length=120)
    job_title = models.CharField(max_length=160)
    country = models.CharField(max_length=2)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.email


class Event(models.Model):
    person = models.ForeignKey(Person, models.CASCADE)
    kind = models.CharField(max_length=24)
    data = models.JSONField()
    occurred_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.kind
