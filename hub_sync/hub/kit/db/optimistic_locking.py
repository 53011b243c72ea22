"""Optimistic locking: `If-Match` names the versions that the caller read; a change of another version is refused.

`kit.http.etags` reads the header. A service locks the row first, so that of two changes of one version one is refused.
"""

from hub_sync.hub.kit.errors import PreconditionFailed

IfVersion = int | frozenset[int] | None
"""One version, any of several (a list of tags in If-Match), or None: whatever the version is."""


def check_version(version: int, if_version: IfVersion, error: type[PreconditionFailed]) -> None:
    """Check that a locked row still has a version that the caller read; None: any version.

    Raises:
        error: it has another one (412); the parameter `version` is the present one.
    """
    expected = if_version if isinstance(if_version, frozenset) else {if_version}
    if if_version is not None and version not in expected:
        raise error(version=version)
