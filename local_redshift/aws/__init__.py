"""The AWS endpoint: S3, IAM, STS, the Redshift control plane and the Redshift Data API."""
