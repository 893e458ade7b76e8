BEGIN;

CREATE SCHEMA IF NOT EXISTS "{schema}";
CREATE TABLE IF NOT EXISTS "{schema}".webhook_outbox_migrations (
  version    INT         PRIMARY KEY,
  applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- One row per event. `body` is the envelope as it travels; it is NULL as soon as the event is delivered.
-- `due_at` is when it may be claimed: at once, after a wait, or when the lease of its holder ends.
CREATE TABLE IF NOT EXISTS "{schema}".webhook_outbox (
  id          UUID        PRIMARY KEY,
  seq         BIGINT      GENERATED ALWAYS AS IDENTITY,
  event_type  TEXT        NOT NULL,
  body        TEXT,
  traceparent TEXT,
  state       TEXT        NOT NULL DEFAULT 'pending'
              CHECK (state IN ('pending', 'delivered', 'duplicate', 'dead', 'dropped')),
  reason      TEXT,
  attempts    INT         NOT NULL DEFAULT 0,
  holder      UUID,
  due_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
  accepted_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  changed_at  TIMESTAMPTZ NOT NULL DEFAULT now(),
  is_erased   BOOLEAN     NOT NULL DEFAULT false,
  history     JSONB       NOT NULL DEFAULT '[]'
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02,
        autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX IF NOT EXISTS webhook_outbox_pending_idx ON "{schema}".webhook_outbox (due_at, seq) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS webhook_outbox_settled_idx ON "{schema}".webhook_outbox (changed_at) WHERE state <> 'pending';

-- What became of events, rows that are pruned included. Several slots, so that relays do not wait for each other.
CREATE TABLE IF NOT EXISTS "{schema}".webhook_outbox_ledger (
  slot    SMALLINT NOT NULL,
  counter TEXT     NOT NULL,
  events  BIGINT   NOT NULL,
  PRIMARY KEY (slot, counter)
) WITH (fillfactor = 50);

-- A UUID version 7 (RFC 9562), for servers before PostgreSQL 18.
CREATE OR REPLACE FUNCTION "{schema}".webhook_outbox_new_id() RETURNS UUID LANGUAGE sql VOLATILE AS $$
  SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
    52, 1), 53, 1), 'hex')::uuid
$$;
INSERT INTO "{schema}".webhook_outbox_migrations (version) VALUES (1) ON CONFLICT DO NOTHING;

INSERT INTO "{schema}".webhook_outbox_migrations (version) VALUES (2) ON CONFLICT DO NOTHING;

-- The last moment that a relay has seen. A clock far ahead of it has jumped, and expires nothing until it is confirmed.
CREATE TABLE IF NOT EXISTS "{schema}".webhook_outbox_clock (
  is_only BOOLEAN     PRIMARY KEY DEFAULT true CHECK (is_only),
  mark    TIMESTAMPTZ NOT NULL
);
INSERT INTO "{schema}".webhook_outbox_migrations (version) VALUES (3) ON CONFLICT DO NOTHING;

-- Whether a second clock has ever agreed with it.
ALTER TABLE "{schema}".webhook_outbox_clock ADD COLUMN IF NOT EXISTS is_confirmed BOOLEAN NOT NULL DEFAULT false;
INSERT INTO "{schema}".webhook_outbox_migrations (version) VALUES (4) ON CONFLICT DO NOTHING;

INSERT INTO "{schema}".webhook_outbox_migrations (version) VALUES (5) ON CONFLICT DO NOTHING;

-- The id of this outbox: sent with its events, so that the receiver can be asked whether it has all of them. And when it was asked.
CREATE TABLE IF NOT EXISTS "{schema}".webhook_outbox_producer (
  is_only     BOOLEAN     PRIMARY KEY DEFAULT true CHECK (is_only),
  id          UUID        NOT NULL DEFAULT gen_random_uuid(),
  compared_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
INSERT INTO "{schema}".webhook_outbox_producer DEFAULT VALUES ON CONFLICT DO NOTHING;

-- Whether the receiver has it under this id, or may have it: what was sent without, by an older version, cannot be compared.
ALTER TABLE "{schema}".webhook_outbox ADD COLUMN IF NOT EXISTS is_compared BOOLEAN NOT NULL DEFAULT false;
-- Hands out events that wait, the oldest first. A backlog that PostgreSQL has not counted yet looks like a few rows to it,
-- and it would sort all of them for every claim; without sorting it reads the first ones in the order of the index.
CREATE OR REPLACE FUNCTION "{schema}".webhook_outbox_claim(most INT, lease_ms FLOAT8, claimed_by UUID, max_age_ms FLOAT8)
RETURNS SETOF "{schema}".webhook_outbox LANGUAGE sql VOLATILE SET enable_sort = off AS $$
  -- ARRAY, because a join would read the whole table as long as it is small.
  UPDATE "{schema}".webhook_outbox SET due_at = now() + lease_ms * interval '1 millisecond', holder = claimed_by,
    -- Whoever held it before and gave it back to nobody may have sent it.
    is_compared = is_compared OR holder IS NOT NULL
  WHERE id = ANY(ARRAY(
    SELECT id FROM "{schema}".webhook_outbox WHERE state = 'pending' AND due_at <= now()
      AND accepted_at >= now() - max_age_ms * interval '1 millisecond'
    ORDER BY due_at, seq LIMIT most FOR UPDATE SKIP LOCKED))
  RETURNING *
$$;

-- What is left of delivered events that are pruned: their number and the sum of their hashes, for each hour of ids.
CREATE TABLE IF NOT EXISTS "{schema}".webhook_outbox_sealed (
  bucket UUID          PRIMARY KEY,
  events BIGINT        NOT NULL,
  total  NUMERIC(39,0) NOT NULL
);

-- The body of a delivered event is kept without its private fields. A body that cannot be read is not kept.
CREATE OR REPLACE FUNCTION "{schema}".webhook_outbox_without_fields(body TEXT, fields TEXT[]) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $webhook_outbox$
BEGIN
  RETURN jsonb_set($1::jsonb, '{payload}', ($1::jsonb -> 'payload') - $2)::text;
EXCEPTION WHEN others THEN
  RETURN NULL;
END
$webhook_outbox$;
INSERT INTO "{schema}".webhook_outbox_migrations (version) VALUES (6) ON CONFLICT DO NOTHING;

INSERT INTO "{schema}".webhook_outbox_migrations (version) VALUES (7) ON CONFLICT DO NOTHING;

-- The contract, if it has been installed: no rows, nothing is checked. Fields that may be null are not among those required.
CREATE TABLE IF NOT EXISTS "{schema}".webhook_outbox_event_types (
  event_type      TEXT   PRIMARY KEY,
  required_fields TEXT[] NOT NULL
);
-- Of a contract without tenants: what every event has in place of one.
ALTER TABLE "{schema}".webhook_outbox_event_types ADD COLUMN IF NOT EXISTS tenant_id TEXT;

CREATE OR REPLACE FUNCTION "{schema}".webhook_outbox_emit(event JSONB, traceparent TEXT DEFAULT NULL) RETURNS UUID
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
  SELECT required_fields, tenant_id INTO required, tenant FROM "{schema}".webhook_outbox_event_types WHERE event_type = $1 ->> 'eventType';
  IF FOUND THEN
    SELECT string_agg(field, ', ') INTO missing FROM unnest(required) AS field WHERE $1 -> 'payload' ->> field IS NULL;
    IF missing IS NOT NULL THEN
      RAISE EXCEPTION 'Failed to emit %: its payload has no %. Correct the caller.', $1 ->> 'eventType', missing
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
  ELSIF EXISTS (SELECT FROM "{schema}".webhook_outbox_event_types) THEN
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
  event_id := coalesce(($1 ->> 'id')::uuid, "{schema}".webhook_outbox_new_id());
  -- A clock that is behind what the relays are sure of would make the event look old once it is set right.
  INSERT INTO "{schema}".webhook_outbox (id, event_type, body, traceparent, accepted_at)
  VALUES (event_id, $1 ->> 'eventType', envelope::text, $2, greatest(now(), (SELECT max(mark) FROM "{schema}".webhook_outbox_clock)))
  ON CONFLICT (id) DO NOTHING;
  -- It is there already, maybe on this server only, and a commit that wrote nothing waits for no standby. A lock is written.
  IF NOT FOUND THEN
    PERFORM FROM "{schema}".webhook_outbox WHERE id = event_id FOR KEY SHARE;
  END IF;
  PERFORM pg_notify('webhook_outbox_{schema}', '');
  RETURN event_id;
END
$webhook_outbox$;

REVOKE ALL ON FUNCTION "{schema}".webhook_outbox_emit(JSONB, TEXT) FROM PUBLIC;
DO $webhook_outbox$
DECLARE
  role_name TEXT;
BEGIN
  FOR role_name IN
    SELECT DISTINCT CASE WHEN entry.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(entry.grantee)) END
    FROM pg_class, aclexplode(pg_class.relacl) AS entry
    WHERE pg_class.oid = '"{schema}".webhook_outbox'::regclass AND entry.privilege_type = 'INSERT'
      AND entry.grantee <> pg_class.relowner
  LOOP
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || '"{schema}".webhook_outbox_emit' || '(JSONB, TEXT) TO ' || role_name;
  END LOOP;
END
$webhook_outbox$;
INSERT INTO "{schema}".webhook_outbox_migrations (version) VALUES (8) ON CONFLICT DO NOTHING;
COMMIT;
