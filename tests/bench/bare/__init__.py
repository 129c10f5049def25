"""The yardstick: the smallest Django and DRF site that takes a lead with three plain inserts."""
