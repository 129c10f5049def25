from .absence import Absence
from .change import ConfigChange
from .token import ApiToken
from .user import Team, User

__all__ = ["Absence", "ApiToken", "ConfigChange", "Team", "User"]
