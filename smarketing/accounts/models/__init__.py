from .absence import Absence
from .token import ApiToken
from .user import Team, User

__all__ = ["Absence", "ApiToken", "Team", "User"]
