"""What the flow asks of AWS: objects in S3, SQL through the Data API, the event integration."""
