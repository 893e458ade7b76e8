import type { AnyContract } from '@altcontext/webhook-contract'
import * as z from 'zod/mini'
import { quoteLiteral } from '../durable/quote-literal.ts'
import type { PostgresOutboxNames } from './migrations.ts'

/**
 * The table of an installed contract, and the function that a product calls. A role needs only the right to call it: it writes
 * with its owner's rights, and looks up names only in PostgreSQL's own schema, so a caller cannot mislead it. Only roles that
 * were granted it may call it; roles that could insert before still can. If a contract is installed, the function refuses what
 * the contract does not know, and fills in the tenant if the contract has none.
 */
export const emitFunction = ({
  events,
  emit,
  newId,
  eventTypes,
  clock,
  channel,
}: PostgresOutboxNames): string => `
-- The contract, if it has been installed: no rows, nothing is checked. Fields that may be null are not among those required.
CREATE TABLE IF NOT EXISTS ${eventTypes} (
  event_type      TEXT   PRIMARY KEY,
  required_fields TEXT[] NOT NULL
);
-- Of a contract without tenants: what every event has in place of one.
ALTER TABLE ${eventTypes} ADD COLUMN IF NOT EXISTS tenant_id TEXT;

CREATE OR REPLACE FUNCTION ${emit}(event JSONB, traceparent TEXT DEFAULT NULL) RETURNS UUID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $webhook_outbox$
DECLARE
  event_id UUID;
  envelope JSONB;
  required TEXT[];
  tenant   TEXT;
  missing  TEXT;
BEGIN
  IF coalesce(jsonb_typeof($1), '') <> 'object'
     OR coalesce(jsonb_typeof($1 -> 'eventType'), '') <> 'string'
     OR coalesce(jsonb_typeof($1 -> 'payload'), '') <> 'object' THEN
    RAISE EXCEPTION 'Failed to emit an event: expected an object with eventType, tenantId and payload. Correct the caller.'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT required_fields, tenant_id INTO required, tenant FROM ${eventTypes} WHERE event_type = $1 ->> 'eventType';
  IF FOUND THEN
    SELECT string_agg(field, ', ') INTO missing FROM unnest(required) AS field WHERE $1 -> 'payload' ->> field IS NULL;
    IF missing IS NOT NULL THEN
      RAISE EXCEPTION 'Failed to emit %: its payload has no %. Correct the caller.', $1 ->> 'eventType', missing
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
  ELSIF EXISTS (SELECT FROM ${eventTypes}) THEN
    RAISE EXCEPTION 'Failed to emit an event: the contract that is installed does not know its type. Correct the caller, or install the newer contract with "webhook-relay sql --contract".'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF tenant IS NULL AND coalesce(jsonb_typeof($1 -> 'tenantId'), '') <> 'string' THEN
    RAISE EXCEPTION 'Failed to emit an event: it has no tenantId. Correct the caller, or install a contract without tenants with "webhook-relay sql --contract".'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  envelope := ($1 - 'id') || CASE WHEN tenant IS NULL THEN '{}' ELSE jsonb_build_object('tenantId', tenant) END;
  IF coalesce(jsonb_typeof($1 -> 'occurredAt'), 'null') = 'null' THEN
    envelope := envelope || jsonb_build_object(
      'occurredAt', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
  END IF;
  IF octet_length(envelope::text) > 65536 THEN
    RAISE EXCEPTION 'Failed to emit an event: it has % bytes, at most 65536 are possible. Send less.', octet_length(envelope::text)
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  event_id := coalesce(($1 ->> 'id')::uuid, ${newId}());
  -- A clock that is behind what the relays are sure of would make the event look old once it is set right.
  INSERT INTO ${events} (id, event_type, body, traceparent, accepted_at)
  VALUES (event_id, $1 ->> 'eventType', envelope::text, $2, greatest(now(), (SELECT max(mark) FROM ${clock})))
  ON CONFLICT (id) DO NOTHING;
  -- It is there already, maybe on this server only, and a commit that wrote nothing waits for no standby. A lock is written.
  IF NOT FOUND THEN
    PERFORM FROM ${events} WHERE id = event_id FOR KEY SHARE;
  END IF;
  PERFORM pg_notify(${quoteLiteral(channel)}, '');
  RETURN event_id;
END
$webhook_outbox$;

REVOKE ALL ON FUNCTION ${emit}(JSONB, TEXT) FROM PUBLIC;
DO $webhook_outbox$
DECLARE
  role_name TEXT;
BEGIN
  FOR role_name IN
    SELECT DISTINCT CASE WHEN entry.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(entry.grantee)) END
    FROM pg_class, aclexplode(pg_class.relacl) AS entry
    WHERE pg_class.oid = ${quoteLiteral(events)}::regclass AND entry.privilege_type = 'INSERT'
      AND entry.grantee <> pg_class.relowner
  LOOP
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || ${quoteLiteral(emit)} || '(JSONB, TEXT) TO ' || role_name;
  END LOOP;
END
$webhook_outbox$;`

/** Tells the outbox in a database which events exist, and whether they have tenants, so that `webhook_outbox_emit` refuses others. */
export const installContract = (contract: AnyContract, { eventTypes }: PostgresOutboxNames): string => {
  const tenant = contract.hasTenants === false ? quoteLiteral(contract.name) : 'NULL'
  const rows = Object.entries(contract.events).map(([type, { payload }]) => {
    const required = Object.entries(payload._zod.def.shape).flatMap(([field, schema]) =>
      [undefined, null].some((nothing) => z.safeParse(schema, nothing).success) ? [] : [quoteLiteral(field)],
    )
    return `  (${quoteLiteral(type)}, ARRAY[${required.join(', ')}]::text[], ${tenant})`
  })
  return [
    '-- The contract: an event of another type, or without a required field, fails in the transaction that emits it.',
    `DELETE FROM ${eventTypes};`,
    `INSERT INTO ${eventTypes} (event_type, required_fields, tenant_id) VALUES\n${rows.join(',\n')};`,
  ].join('\n')
}
