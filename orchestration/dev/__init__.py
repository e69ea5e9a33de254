"""An analyst's copy of the warehouse on the local Redshift."""
