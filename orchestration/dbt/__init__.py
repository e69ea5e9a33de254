"""dbt in a process of its own, which can be stopped for certain.

dbt keeps process-wide state and works in threads that nothing can interrupt; a process group can be
killed and waited for. The process stays for a whole run: dbt's import and its parse, which take
longer than most commands, happen once.
"""
