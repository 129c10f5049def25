from django.apps import AppConfig


class EmbeddedConfig(AppConfig):
    name = "smarketing.embedded"
    label = "embedded"
