"""Drafts of feeds: sample files become the YAML of a source table and a staging model."""
