"""How the warehouse says what is wrong. One clear sentence each, never with a password or a URL that holds one."""


class DatabaseError(Exception):
    """The database cannot be used as it is: what is wrong, where, and what to do. Safe to print and to log."""


class MigrationError(DatabaseError):
    """The tables in the database and the migrations of this adtrack do not fit together."""
