import type { AnyContract } from '@altcontext/webhook-contract'
import { isSchemaName, maxNameBytes } from '@altcontext/webhook-contract/options'
import { EmitterError } from '../../emitter-error.ts'
import { emitFunction, installContract } from './emit-function.ts'
import type { PostgresClient, PostgresPool } from './pool.ts'
import { longOperationTimeoutMs, withDeadline } from './pool-with-deadline.ts'

/** Quoted names of everything that the outbox has in a database, and the channel of `NOTIFY`. */
export type PostgresOutboxNames = ReturnType<typeof namesIn>

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

const channelPrefix = 'webhook_outbox_'

/** The name of a channel may be as long as a schema's, and this one's holds the schema's. */
export const maxOutboxSchemaBytes = maxNameBytes - channelPrefix.length

/** @throws {EmitterError} `invalid_options` for a schema whose name is too long for a channel, or would end the body of a function. */
export const postgresOutboxNames = (schema: string): PostgresOutboxNames => {
  if (!isSchemaName(schema, maxOutboxSchemaBytes) || schema.includes('$')) {
    throw new EmitterError(
      'invalid_options',
      `Failed to name the tables of the outbox: the schema is not a name of 1 to ${maxOutboxSchemaBytes} bytes without "$". Use another schema.`,
    )
  }
  return namesIn(schema)
}

const namesIn = (schema: string) => {
  const named = (name: string): string => `${quote(schema)}.webhook_outbox${name}`
  return {
    schema: quote(schema),
    events: named(''),
    ledger: named('_ledger'),
    migrations: named('_migrations'),
    emit: named('_emit'),
    claim: named('_claim'),
    clock: named('_clock'),
    newId: named('_new_id'),
    eventTypes: named('_event_types'),
    producer: named('_producer'),
    sealed: named('_sealed'),
    withoutFields: named('_without_fields'),
    channel: `${channelPrefix}${schema}`,
  }
}

export interface MigratePostgresOutboxOptions {
  pool: PostgresPool
  /** Created if missing. @default 'public' */
  schema?: string | undefined
}

/**
 * Creates or updates the outbox's tables and functions. Safe at every start and from several processes at once; if
 * there is nothing to do, it needs no right to change anything.
 */
export const migratePostgresOutbox = async ({
  pool,
  schema = 'public',
}: MigratePostgresOutboxOptions): Promise<void> => {
  const names = postgresOutboxNames(schema)
  const client = await withDeadline(pool, longOperationTimeoutMs).connect()
  try {
    if (await isUpToDate(client, names)) return
    await client.query('BEGIN')
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended('webhook_outbox_migrations', 0))")
    await client.query(bootstrap(names))
    const { rows } = await client.query(
      `SELECT coalesce(max(version), 0) AS version FROM ${names.migrations}`,
    )
    for (const [index, sql] of migrations.entries()) {
      if (index < rows[0].version) continue
      await client.query(sql(names))
      await client.query(`INSERT INTO ${names.migrations} (version) VALUES (${index + 1})`)
    }
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  } finally {
    // It does not go back into the pool: after an error its state is unknown.
    client.release(true)
  }
}

/**
 * The same as one script, for products with migrations of their own. With a contract, `webhook_outbox_emit` refuses
 * events that it does not know or that lack a required field; to be installed again whenever the contract changes.
 */
export const postgresOutboxSql = (schema = 'public', contract?: AnyContract): string => {
  const names = postgresOutboxNames(schema)
  return [
    'BEGIN;',
    bootstrap(names),
    ...migrations.flatMap((sql, index) => [
      sql(names),
      `INSERT INTO ${names.migrations} (version) VALUES (${index + 1}) ON CONFLICT DO NOTHING;`,
    ]),
    ...(contract === undefined ? [] : [installContract(contract, names)]),
    'COMMIT;',
    '',
  ].join('\n')
}

const isUpToDate = async (
  client: PostgresClient,
  { migrations: table }: PostgresOutboxNames,
): Promise<boolean> => {
  const { rows: found } = await client.query('SELECT to_regclass($1) IS NOT NULL AS found', [table])
  if (!found[0].found) return false
  const { rows } = await client.query(`SELECT max(version) AS version FROM ${table}`)
  return rows[0].version >= migrations.length
}

const bootstrap = ({ schema, migrations: table }: PostgresOutboxNames): string => `
${schema === '"public"' ? '' : `CREATE SCHEMA IF NOT EXISTS ${schema};`}
CREATE TABLE IF NOT EXISTS ${table} (
  version    INT         PRIMARY KEY,
  applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
);`

/** An empty one once created a function that a later one creates again. */
const migrations: readonly ((names: PostgresOutboxNames) => string)[] = [
  ({ events, ledger, newId }) => `
-- One row per event. \`body\` is the envelope as it travels; it is NULL as soon as the event is delivered.
-- \`due_at\` is when it may be claimed: at once, after a wait, or when the lease of its holder ends.
CREATE TABLE IF NOT EXISTS ${events} (
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
CREATE INDEX IF NOT EXISTS webhook_outbox_pending_idx ON ${events} (due_at, seq) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS webhook_outbox_settled_idx ON ${events} (changed_at) WHERE state <> 'pending';

-- What became of events, rows that are pruned included. Several slots, so that relays do not wait for each other.
CREATE TABLE IF NOT EXISTS ${ledger} (
  slot    SMALLINT NOT NULL,
  counter TEXT     NOT NULL,
  events  BIGINT   NOT NULL,
  PRIMARY KEY (slot, counter)
) WITH (fillfactor = 50);

-- A UUID version 7 (RFC 9562), for servers before PostgreSQL 18.
CREATE OR REPLACE FUNCTION ${newId}() RETURNS UUID LANGUAGE sql VOLATILE AS $$
  SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
    52, 1), 53, 1), 'hex')::uuid
$$;`,
  () => '',
  ({ clock }) => `
-- The last moment that a relay has seen. A clock far ahead of it has jumped, and expires nothing until it is confirmed.
CREATE TABLE IF NOT EXISTS ${clock} (
  is_only BOOLEAN     PRIMARY KEY DEFAULT true CHECK (is_only),
  mark    TIMESTAMPTZ NOT NULL
);`,
  ({ clock }) => `
-- Whether a second clock has ever agreed with it.
ALTER TABLE ${clock} ADD COLUMN IF NOT EXISTS is_confirmed BOOLEAN NOT NULL DEFAULT false;`,
  () => '',
  ({ events, claim, producer, sealed, withoutFields }) => `
-- The id of this outbox: sent with its events, so that the receiver can be asked whether it has all of them. And when it was asked.
CREATE TABLE IF NOT EXISTS ${producer} (
  is_only     BOOLEAN     PRIMARY KEY DEFAULT true CHECK (is_only),
  id          UUID        NOT NULL DEFAULT gen_random_uuid(),
  compared_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
INSERT INTO ${producer} DEFAULT VALUES ON CONFLICT DO NOTHING;

-- Whether the receiver has it under this id, or may have it: what was sent without, by an older version, cannot be compared.
ALTER TABLE ${events} ADD COLUMN IF NOT EXISTS is_compared BOOLEAN NOT NULL DEFAULT false;
-- Hands out events that wait, the oldest first. A backlog that PostgreSQL has not counted yet looks like a few rows to it,
-- and it would sort all of them for every claim; without sorting it reads the first ones in the order of the index.
CREATE OR REPLACE FUNCTION ${claim}(most INT, lease_ms FLOAT8, claimed_by UUID, max_age_ms FLOAT8)
RETURNS SETOF ${events} LANGUAGE sql VOLATILE SET enable_sort = off AS $$
  -- ARRAY, because a join would read the whole table as long as it is small.
  UPDATE ${events} SET due_at = now() + lease_ms * interval '1 millisecond', holder = claimed_by,
    -- Whoever held it before and gave it back to nobody may have sent it.
    is_compared = is_compared OR holder IS NOT NULL
  WHERE id = ANY(ARRAY(
    SELECT id FROM ${events} WHERE state = 'pending' AND due_at <= now()
      AND accepted_at >= now() - max_age_ms * interval '1 millisecond'
    ORDER BY due_at, seq LIMIT most FOR UPDATE SKIP LOCKED))
  RETURNING *
$$;

-- What is left of delivered events that are pruned: their number and the sum of their hashes, for each hour of ids.
CREATE TABLE IF NOT EXISTS ${sealed} (
  bucket UUID          PRIMARY KEY,
  events BIGINT        NOT NULL,
  total  NUMERIC(39,0) NOT NULL
);

-- The body of a delivered event is kept without its private fields. A body that cannot be read is not kept.
CREATE OR REPLACE FUNCTION ${withoutFields}(body TEXT, fields TEXT[]) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $webhook_outbox$
BEGIN
  RETURN jsonb_set($1::jsonb, '{payload}', ($1::jsonb -> 'payload') - $2)::text;
EXCEPTION WHEN others THEN
  RETURN NULL;
END
$webhook_outbox$;`,
  () => '',
  emitFunction,
]
