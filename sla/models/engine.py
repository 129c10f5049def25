from django.db import models


class EngineBeat(models.Model):
    """When a part of the engine last did its round; old beats mean that it stands still."""

    name = models.CharField(max_length=40, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.beat_at:%H:%M:%S}"
