"""The Postgres wire protocol as Redshift speaks it."""
