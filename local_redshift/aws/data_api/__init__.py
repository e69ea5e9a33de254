"""The Redshift Data API: SQL over HTTP, run in sessions of the same engine."""
