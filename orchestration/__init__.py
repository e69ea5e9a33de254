"""Runs the retail ELT every day: waits for files, runs dbt in order, validates, reports."""
