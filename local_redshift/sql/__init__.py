"""Redshift SQL on DuckDB: dialect, translation, catalog."""
