"""A database one can connect to: `Database`, its connections, and how other programs are told about it.

Does not belong here: finding or starting a server (connect.py, embedded/), reading settings (settings.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from adtrack_pipeline.warehouse.declared_roles import READER, ROLES
from adtrack_pipeline.warehouse.errors import DatabaseError
from adtrack_pipeline.warehouse.refusals import refusal

LOCK_TIMEOUT = "10min"

# A peer that is gone without a word is noticed after about a minute; both ends of the pipeline rely on it.
CLIENT_OPTIONS = {
    "client_encoding": "UTF8",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}

# Connection options of a DATABASE_URL that libpq, and so dbt and Dagster, also read from the environment.
LIBPQ_ENV = {
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "channel_binding": "PGCHANNELBINDING",
    "gssencmode": "PGGSSENCMODE",
    "options": "PGOPTIONS",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}


@dataclass(frozen=True)
class Login:
    """One of the declared roles. Without a password it cannot be used yet, and `note` says what to do about it."""

    user: str
    password: SecretStr | None = None
    note: str | None = None


@dataclass(frozen=True)
class Database:
    """Where the warehouse is and how to log in as its owner. Its repr holds no secret.

    `options` are further libpq options (sslmode, sslrootcert, ...) exactly as in DATABASE_URL.
    """

    host: str
    port: int
    user: str
    dbname: str
    password: SecretStr | None = None
    is_embedded: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    logins: Mapping[str, Login] = field(default_factory=dict)

    @property
    def reader(self) -> Login:
        """The login of BI tools."""
        return self._declared(READER.key)

    @property
    def sslmode(self) -> str:
        """Libpq's sslmode."""
        return self.options.get("sslmode", "disable" if self.is_embedded else "prefer")

    @property
    def conninfo(self) -> SecretStr:
        """Libpq's keyword=value string of the owner."""
        return SecretStr(self._conninfo(None))

    @property
    def label(self) -> str:
        """`user@host:port/dbname`, for people: without the password."""
        return f"{self.user}@{self.host}:{self.port}/{self.dbname}"

    def url(self, role: str | None = None) -> SecretStr:
        """`postgresql://...` for tools, as the owner or one of `declared_roles.ROLES` (`role="reader"`)."""
        user, password = self._login(role)
        secret = f":{quote(password.get_secret_value(), safe='')}" if password else ""
        options = {"sslmode": self.sslmode, **self.options}
        address = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        if self.host.startswith("/"):  # a socket directory cannot stand where a host name does
            address, options["host"], options["port"] = "", self.host, str(self.port)
        path = f"{quote(user, safe='')}{secret}@{address}/{quote(self.dbname, safe='')}"
        return SecretStr(f"postgresql://{path}?{urlencode(options, quote_via=quote)}")

    def connect(
        self, *, role: str | None = None, autocommit: bool = False, application_name: str = "adtrack"
    ) -> psycopg.Connection[Any]:
        """Open a connection (UTC, bounded lock waits).

        Raises:
            DatabaseError: one sentence on why the server cannot be used.
        """
        conninfo = self._conninfo(role, application_name)
        try:
            conn = psycopg.connect(conninfo, autocommit=True)
            conn.execute(_SESSION)
        except psycopg.OperationalError as error:
            raise self._refused(error, role) from None
        conn.autocommit = autocommit
        return conn

    async def connect_async(
        self, *, role: str | None = None, autocommit: bool = False, application_name: str = "adtrack"
    ) -> psycopg.AsyncConnection[Any]:
        """`connect` for asyncio."""
        conninfo = self._conninfo(role, application_name)
        try:
            conn = await psycopg.AsyncConnection.connect(conninfo, autocommit=True)
            await conn.execute(_SESSION)
        except psycopg.OperationalError as error:
            raise self._refused(error, role) from None
        await conn.set_autocommit(autocommit)
        return conn

    def env(self) -> dict[str, str]:
        """Variables for `dagster.yaml` and dbt's `profiles.yml`, plus what their libpq needs beyond those."""
        libpq = {LIBPQ_ENV[name]: value for name, value in self.options.items() if name in LIBPQ_ENV}
        return libpq | {
            "ADTRACK_PGHOST": self.host,
            "ADTRACK_PGPORT": str(self.port),
            "ADTRACK_PGUSER": self.user,
            "ADTRACK_PGPASSWORD": self.password.get_secret_value() if self.password else "",
            "ADTRACK_PGDATABASE": self.dbname,
            "ADTRACK_PGSSLMODE": self.sslmode,
        }

    def _login(self, role: str | None) -> tuple[str, SecretStr | None]:
        if role is None:
            return self.user, self.password
        login = self._declared(role)
        return login.user, login.password

    def _declared(self, role: str) -> Login:
        """The login of a role, by its key or its name in the database."""
        key = role.removeprefix("adtrack_")
        if key not in ROLES:
            raise ValueError(f"role must be None or one of {', '.join(ROLES)}, not {role!r}")
        return self.logins.get(key) or Login(ROLES[key].name)

    def _conninfo(self, role: str | None, application_name: str = "adtrack") -> str:
        user, password = self._login(role)
        where = {"host": self.host, "port": str(self.port), "dbname": self.dbname, "user": user}
        secret = {"password": password.get_secret_value()} if password else {}
        name = {"application_name": application_name, "sslmode": self.sslmode}
        return make_conninfo(**{**CLIENT_OPTIONS, **name, **self.options, **where, **secret})

    def _refused(self, error: psycopg.OperationalError, role: str | None) -> DatabaseError:
        if role and (login := self._declared(role)).password is None:
            return DatabaseError(login.note or f"The password of {login.user} is not known here.")
        names = {"host": self.host, "port": self.port, "user": self._login(role)[0], "dbname": self.dbname}
        return refusal(error, names, is_embedded=self.is_embedded)


_SESSION = f"select set_config('timezone', 'UTC', false), set_config('lock_timeout', '{LOCK_TIMEOUT}', false)"
