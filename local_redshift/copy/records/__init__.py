"""Files read record by record, with Redshift's rules and exact line numbers.

Slower than DuckDB's reader, so it is used for what that one cannot read or has failed on. The
records come out in one plain form (``Spool``) that DuckDB then converts like any other file.
"""
