"""What another process commits is sent at once."""

from altcontext_webhooks import PostgresOutbox

from .emitting import SCAN, EmitterTestCase, wait_until
from .postgres import new_schema, run_sql, the_database

_LISTENING = "SELECT pid FROM pg_stat_activity WHERE query = %s AND state = 'idle'"


class ListeningTest(EmitterTestCase):
    def test_a_commit_elsewhere_is_noticed_without_looking_and_after_the_connection_was_lost(self) -> None:
        url, schema = the_database(), new_schema()
        self.addCleanup(run_sql, url, f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
        subject = self.emitter(outbox=PostgresOutbox(url, schema, poll_interval_s=60))
        subject.emit("scan.completed", SCAN)  # type: ignore[arg-type]
        self.receiver.wait(lambda receiver: len(receiver.stored) == 1)

        listen = f'LISTEN "webhook_outbox_{schema}"'
        for stored in (2, 3):
            ((pid,),) = wait_until(lambda: run_sql(url, _LISTENING, listen))
            run_sql(
                url,
                f'SELECT "{schema}".webhook_outbox_emit(jsonb_build_object('
                "'eventType', 'suggestion.generated', 'tenantId', 'tenant-1', 'payload', '{\"count\": 1}'::jsonb))",
            )
            self.receiver.wait(lambda receiver: len(receiver.stored) == stored)
            run_sql(url, "SELECT pg_terminate_backend(%s)", pid)
            wait_until(lambda: (pid,) not in run_sql(url, _LISTENING, listen))
