"""The steps of the flow, one file each, in the order in which they run."""
