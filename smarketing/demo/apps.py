from django.apps import AppConfig


class DemoConfig(AppConfig):
    """A made-up company with half a year of work and a year before it, to look around in."""

    name = "smarketing.demo"
    label = "demo"
