"""The only writers of users, teams and tokens."""
