"""Background work of devices: commands whose time is over, logs that are old, and ticket keys whose successor is everywhere."""

from hub_sync.hub.domains.devices.commands import service as commands
from hub_sync.hub.domains.devices.errors import DeviceNotFound
from hub_sync.hub.domains.devices.logs import service as logs
from hub_sync.hub.domains.devices.management import device_management
from hub_sync.hub.domains.devices.management.keys import all_have_key
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.events.jobs import Job
from hub_sync.hub.kit.events.periodic import PeriodicJob
from hub_sync.hub.kit.http.context import HubContext

INTERVAL_S = 15.0


def jobs(hub: HubContext) -> list[Job]:
    """Return the jobs of a process."""
    return [FleetJob(hub)]


class FleetJob(PeriodicJob):
    """Lets commands expire, deletes old logs, and ends ticket keys whose successor all stations have."""

    name = "fleet"
    interval_s = INTERVAL_S

    def __init__(self, hub: HubContext) -> None:
        super().__init__()
        self._hub = hub

    def run_once(self) -> int:
        """Let the commands expire whose time is over, and return how many there were."""
        with self._hub.uow.look_up() as work:
            concerned = commands.expired_devices(work, work.now())
            has_old_logs = logs.has_old(work)
            arrived = [key for key in tenants.awaited_keys(work) if all_have_key(work, *key)]
        for tenant_id, kid in arrived:
            with self._hub.uow.begin() as work:
                tenants.end_replaced(work, tenant_id, kid)
        count = 0
        for tenant_id, device_id in concerned:
            if self.is_stopping:
                return count
            with self._hub.uow.begin() as work:
                try:
                    device = device_management.get_for_update(work, tenant_id, device_id)
                except DeviceNotFound:
                    continue
                count += commands.expire(work, device)
        if has_old_logs:
            with self._hub.uow.begin() as work:
                logs.delete_old(work)
        return count
