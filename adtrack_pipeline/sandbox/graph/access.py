"""Who may ask and in which version: tokens, `appsecret_proof`, versions that live, died or never were."""

import hashlib
import hmac

from adtrack_pipeline.sandbox.graph import errors
from adtrack_pipeline.sandbox.graph.request import GraphRequest
from adtrack_pipeline.sandbox.options import SandboxOptions

UPGRADE_HEADER = "X-Ad-Api-Version-Warning"


def check_version(request: GraphRequest, options: SandboxOptions) -> dict[str, str]:
    """Headers that the version earns: none, or the warning that the call was upgraded.

    Raises:
        GraphError: 2635 for a dead or absent version, 2500 for one that never was.
    """
    if request.version in options.versions:
        return {}
    oldest, newest = options.versions[0], options.versions[-1]
    if request.version is not None and _number(request.version) > _number(newest):
        raise errors.unknown_path("/".join((request.version, *request.path)))
    if options.upgrade_versions and request.version is not None:
        text = (
            f"The call has been auto-upgraded to {oldest} as {request.version} has been deprecated. "
            f"Please migrate to the latest version {newest}."
        )
        return {UPGRADE_HEADER: text}
    raise errors.dead_version(newest)


def _number(version: str) -> float:
    return float(version[1:])


def check_token(request: GraphRequest, options: SandboxOptions) -> str:
    """The token of the call.

    Raises:
        GraphError: 2500 without one, 190/463 for one not accepted, 100 for a wrong or missing proof.
    """
    token = request.token
    if not token:
        raise errors.missing_token()
    if options.tokens and token not in options.tokens:
        raise errors.bad_token()
    proof = request.params.get("appsecret_proof")
    if options.app_secret and (proof or options.require_proof):
        expected = hmac.new(options.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        if not proof or not hmac.compare_digest(expected, proof):
            raise errors.bad_proof(given=bool(proof))
    return token
