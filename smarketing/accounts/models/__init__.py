from .absence import Absence
from .change import ConfigChange
from .organization import Organization
from .token import ApiToken
from .user import Team, User

__all__ = ["Absence", "ApiToken", "ConfigChange", "Organization", "Team", "User"]
