"""Puts the dashboard into a running Superset, or into a file for Superset's own import page.

    uv run python bi/superset/load.py http://localhost:8088 --user admin     # asks for the password
    uv run python bi/superset/load.py --zip adtrack_superset.zip

The database of the bundle becomes the one `adtrack` is configured for, read as adtrack_reader; `--host` says
under which name Superset reaches it. The reader's password travels beside the bundle and is in no file. Run it
again after a change of the YAML: everything of the bundle is replaced, nothing else is touched.
"""

import argparse
import io
import json
import os
import sys
import zipfile
from contextlib import closing
from getpass import getpass
from pathlib import Path
from typing import Any

import httpx
import yaml

from adtrack_pipeline.settings import load_settings
from adtrack_pipeline.warehouse import Database, ensure_database

BUNDLE = Path(__file__).parent / "bundle"
DATABASE = "databases/adtrack.yaml"
HIDDEN = "XXXXXXXXXX"  # Superset's own mark for a password that is given separately


def packed(database: Database, host: str | None, port: int | None, kind: str) -> bytes:
    """The bundle as Superset reads it, with the address of the warehouse and no password."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(BUNDLE.rglob("*.yaml")):
            name = path.relative_to(BUNDLE).as_posix()
            held = yaml.safe_load(path.read_text(encoding="utf-8"))
            if name == DATABASE:
                held["sqlalchemy_uri"] = address(database, host, port)
            if name == "metadata.yaml":
                held["type"] = kind
            archive.writestr(f"adtrack/{name}", yaml.safe_dump(held, allow_unicode=True, sort_keys=False))
    return out.getvalue()


def address(database: Database, host: str | None, port: int | None) -> str:
    """The reader's URL for SQLAlchemy, the password hidden."""
    where = f"{host or database.host}:{port or database.port}/{database.dbname}"
    return f"postgresql+psycopg2://{database.reader.user}:{HIDDEN}@{where}?sslmode={database.sslmode}"


def load(superset: httpx.Client, bundle: bytes, password: str) -> list[str]:
    """Import the bundle over Superset's API and let it read the columns' descriptions; the datasets' names."""
    answer = superset.post(
        "/api/v1/assets/import/",
        files={"bundle": ("adtrack.zip", bundle, "application/zip")},
        data={"passwords": json.dumps({DATABASE: password})},
    )
    check(answer)
    wanted = {yaml.safe_load(path.read_text())["uuid"] for path in (BUNDLE / "datasets").rglob("*.yaml")}
    names = []
    for one in check(superset.get("/api/v1/dataset/", params={"q": "(page_size:1000)"}))["result"]:
        if one["uuid"] in wanted:
            check(superset.put(f"/api/v1/dataset/{one['id']}/refresh"))
            names.append(one["table_name"])
    return sorted(names)


def signed_in(url: str, user: str, password: str) -> httpx.Client:
    """A client with the two tokens Superset asks for."""
    client = httpx.Client(base_url=url, timeout=120, follow_redirects=True)
    given = {"username": user, "password": password, "provider": "db", "refresh": True}
    token = check(client.post("/api/v1/security/login", json=given))["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"
    client.headers["X-CSRFToken"] = check(client.get("/api/v1/security/csrf_token/"))["result"]
    client.headers["Referer"] = url
    return client


def check(answer: httpx.Response) -> dict[str, Any]:
    """Its JSON; leaves with Superset's words when it refused."""
    if answer.is_error:
        sys.exit(f"Superset refuses {answer.request.url.path}: {answer.status_code} {answer.text[:600]}")
    held: dict[str, Any] = answer.json()
    return held


def main() -> None:
    """Read the call, and load or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", nargs="?", help="where Superset answers, e.g. http://localhost:8088")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--host", help="the warehouse's host as Superset sees it, e.g. host.docker.internal")
    parser.add_argument("--port", type=int)
    parser.add_argument("--zip", type=Path, help="write the bundle here instead (Settings > Import dashboards)")
    args = parser.parse_args()
    database = ensure_database(load_settings())
    if args.zip:
        args.zip.write_bytes(packed(database, args.host, args.port, "Dashboard"))
        print(f"{args.zip} written; Superset's import page will ask for the password of {database.reader.user}.")
        return
    if not args.url or database.reader.password is None:
        sys.exit(database.reader.note or "Say where Superset answers, e.g. http://localhost:8088, or --zip FILE.")
    password = os.environ.get("SUPERSET_PASSWORD") or getpass(f"Password of {args.user} at {args.url}: ")
    bundle = packed(database, args.host, args.port, "assets")
    try:
        with closing(signed_in(args.url, args.user, password)) as superset:
            names = load(superset, bundle, database.reader.password.get_secret_value())
    except httpx.TransportError as error:
        sys.exit(f"No Superset answers at {args.url}: {error}.")
    print(f"{args.url.rstrip('/')}/superset/dashboard/adtrack/ shows {', '.join(names)}.")


if __name__ == "__main__":
    main()
