"""Users, groups and roles, what they are granted, and the one place where it is checked."""
