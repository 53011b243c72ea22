"""Optimistic locking: `If-Match` names the version that the caller read; a change of another version is refused.

`kit.http.etags` reads the header. A service locks the row first, so that of two changes of one version one is refused.
"""

from hub_sync.hub.kit.errors import PreconditionFailed


def check_version(version: int, if_version: int | None, error: type[PreconditionFailed]) -> None:
    """Check that a locked row still has the version that the caller read; None: any version.

    Raises:
        error: it has another one (412); the parameter `version` is the present one.
    """
    if if_version is not None and version != if_version:
        raise error(version=version)
