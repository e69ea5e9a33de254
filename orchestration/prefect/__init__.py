"""What Prefect shows of a run, whom it tells of a failure, and its server on one machine."""
