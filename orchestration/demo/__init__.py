"""Plays the source system: TPC-DS data, delivered as daily extracts."""
