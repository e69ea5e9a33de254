"""COPY from S3: parsing, reading files, converting fields, and the record of every load."""
