"""A Postgres of our own inside `ADTRACK_HOME`, for those who have none: start, find, repair, stop.

Belongs here: processes, ports, files, locks. Does not belong here: tables, migrations, roles of BI readers.

Life cycle: the first command starts the server and every later one finds it. It stays up when a command ends,
because a BI tool or `psql` may be connected; `adtrack up` and `adtrack stop` stop it. Each adtrack process holds
a shared file lock while it uses the server (the kernel drops it however the process dies), so that `up` can tell
whether it is the last one. A server left over from a crash is found, or its lock file repaired, by the next start.
"""
