"""Measurements of the local Redshift, as ratios within one run (``make bench``)."""
