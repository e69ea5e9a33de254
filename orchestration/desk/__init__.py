"""What people at a terminal do about files and copy jobs; dbt's operations carry it out."""
