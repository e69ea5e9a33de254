"""Auto-copy jobs: each object under a job's prefix is loaded once, soon after it is put.

Source: COPY JOB and "Create an S3 event integration to automatically copy files from Amazon S3
buckets" in the Amazon Redshift documentation.
"""

from local_redshift.copy_jobs.jobs import CopyJobs

__all__ = ["CopyJobs"]
