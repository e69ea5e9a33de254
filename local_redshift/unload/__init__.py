"""UNLOAD: the rows of a query become objects in S3."""
