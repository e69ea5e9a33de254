"""A local Amazon Redshift: one process that unmodified Redshift and AWS clients connect to."""
