"""A run: what it works with, the lock it holds, and the log of how runs ended."""
