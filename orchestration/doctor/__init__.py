"""The doctor: looks at everything a run depends on, and says of each thing what would repair it.

It changes nothing. ``examine`` has the order of the checks; each module holds those of one concern.
"""
