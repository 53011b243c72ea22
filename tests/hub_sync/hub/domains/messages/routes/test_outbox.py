"""Messages, suppressed addresses and a broadcast's obstacles over REST."""

from hub_sync.contract.enums import MessageStatus
from hub_sync.hub.domains.messages.manifest import COMMUNICATION_BROADCAST
from tests.hub_sync.hub.domains.messages.conftest import MessageHub
from tests.hub_sync.hub.domains.messages.sending.conftest import Outbox
from tests.support.rest_client import CallerMaker, Rest, refused
from tests.support.smtp_sink import RunningSink

SUPPRESSIONS = "/message-suppressions"


def test_what_became_of_messages_is_read_and_an_unsure_one_is_sent_again(
    rest: Rest, stranger: Rest, caller: CallerMaker, outbox: Outbox, sink: RunningSink
) -> None:
    outbox.add_account(sink)
    outbox.send("drop@example.org", "ada@example.org")
    outbox.run()
    (row,) = rest.get("/messages?filter[status]=UNSURE").json()["data"]
    assert (row["recipient"], row["error_code"], "content" in row) == ("drop@example.org", "UNCERTAIN", False)
    path = f"/messages/{row['id']}"
    assert rest.get(path).json()["data"] == row
    refused(stranger.post(f"{path}/repeat"), 404, "MessageNotFound")
    refused(caller(COMMUNICATION_BROADCAST).get(path), 403, "PermissionMissing")
    assert rest.post(f"{path}/repeat").json()["data"]["status"] == "QUEUED"
    refused(rest.post(f"{path}/repeat"), 409, "MessageNotRepeatable")
    assert outbox.statuses()["drop"] is MessageStatus.QUEUED


def test_an_address_on_the_list_gets_none_of_its_purpose_until_it_is_taken_off(
    rest: Rest, stranger: Rest, outbox: Outbox, sink: RunningSink
) -> None:
    outbox.add_account(sink)
    new = {"address": "Ada@Example.org", "purpose": "EVENT_NEWS", "reason": "By phone"}
    for channel, address in (("EMAIL", "ada"), ("KIOSK", "gate-1")):
        refused(
            rest.post(SUPPRESSIONS, json={"channel": channel, "address": address}), 422, "RecipientInvalid"
        )
    forged = {"address": "ada@example.org\r\nBcc: all@example.org"}
    refused(rest.post(SUPPRESSIONS, json=forged), 422, "MessageHeaderInvalid")
    entry = rest.post(SUPPRESSIONS, json=new).json()["data"]
    assert (entry["address"], entry["source"]) == ("ada@example.org", "OPERATOR")
    refused(rest.post(SUPPRESSIONS, json=new), 409, "SuppressionExists")
    path = f"{SUPPRESSIONS}/{entry['id']}"
    assert rest.get(f"{SUPPRESSIONS}?q=ada").json()["data"] == [rest.get(path).json()["data"]] == [entry]
    outbox.send("ada@example.org")
    outbox.run()
    assert outbox.statuses()["ada"] is MessageStatus.SUPPRESSED
    refused(stranger.delete(path), 404, "SuppressionNotFound")
    assert rest.delete(path).status_code == 204
    refused(rest.get(path), 404, "SuppressionNotFound")
    assert sink.recipients() == {}


def test_a_broadcast_says_what_keeps_it_from_being_sent(
    rest: Rest, stranger: Rest, messages: MessageHub, outbox: Outbox, sink: RunningSink
) -> None:
    messages.register("Ada")
    messages.template()
    id_ = messages.broadcast()
    messages.start(id_)
    messages.job.run_once()
    path = f"/events/{messages.key.event_id}/broadcasts/{id_}/obstacles"
    nothing = {"sender_id": None, "name": None, "problem": None, "response": None}
    assert rest.get(path).json()["data"]["obstacles"] == [{"channel": "EMAIL", **nothing}]
    refused(stranger.get(path), 404, "BroadcastNotFound")
    account = outbox.add_account(sink, username="ada", secret="wrong")
    outbox.run()
    (obstacle,) = rest.get(path).json()["data"]["obstacles"]
    assert (obstacle["sender_id"], obstacle["problem"]) == (account, "AUTHENTICATION")
    outbox.change_account(account, username="")
    assert rest.get(path).json()["data"]["obstacles"] == []
