"""The files in the bucket: which there are, what they hold, and which became rows of landing."""
