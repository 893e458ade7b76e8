import { batchResponseSchema } from '@altcontext/webhook-contract'
import { expect, test } from 'vitest'
import { path, scanCompleted, useReceiver } from './receiver-app.ts'

const receiver = useReceiver()

const trigger = (raise: string) => ({
  add: `CREATE FUNCTION refuse_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${raise}; END $$;
    CREATE TRIGGER refuse_row BEFORE INSERT ON tenant_events FOR EACH ROW EXECUTE FUNCTION refuse_row()`,
  remove: 'DROP FUNCTION refuse_row CASCADE',
})

test.each([
  [
    'a column that nobody fills',
    '23502',
    'tenant_events.region',
    {
      add: `ALTER TABLE tenant_events ADD COLUMN region text NOT NULL DEFAULT '';
        ALTER TABLE tenant_events ALTER COLUMN region DROP DEFAULT`,
      remove: 'ALTER TABLE tenant_events DROP COLUMN region',
    },
  ],
  [
    'a check',
    '23514',
    'constraint only_short_ids',
    {
      add: 'ALTER TABLE tenant_events ADD CONSTRAINT only_short_ids CHECK (length(tenant_id) < 9) NOT VALID',
      remove: 'ALTER TABLE tenant_events DROP CONSTRAINT only_short_ids',
    },
  ],
  [
    'a foreign key of its own',
    '23503',
    'constraint known_tenants',
    {
      add: `CREATE TABLE known (id varchar(128) PRIMARY KEY);
        ALTER TABLE tenant_events ADD CONSTRAINT known_tenants FOREIGN KEY (tenant_id) REFERENCES known NOT VALID`,
      remove: 'DROP TABLE known CASCADE',
    },
  ],
  ['a trigger that raises', 'P0001', undefined, trigger(`RAISE 'ada@example.com'`)],
  [
    'a trigger that casts',
    '22P02',
    undefined,
    trigger(`NEW.payload = jsonb_build_object('n', NEW.tenant_id::int); RETURN NEW`),
  ],
])(
  '%s that the host added is not the event’s fault: 503, and %s in the log',
  async (_what, state, place, { add, remove }) => {
    const { post, logs, refused } = await receiver.start()
    const event = scanCompleted()
    await receiver.pool.query(add)
    const response = await post(event)
    await receiver.pool.query(remove)
    expect([response.statusCode, response.headers['retry-after'], response.json()]).toEqual([
      503,
      '5',
      { ok: false, error: 'database_unavailable' },
    ])
    expect(logs()).toContain(`"detail":${JSON.stringify({ code: state, place })}`)
    expect(logs()).not.toContain('ada@')
    expect(refused).toMatchObject([{ reason: 'database_unavailable' }])
    expect((await post(event)).json()).toMatchObject({ ok: true })
  },
)

test('an event of a batch that the host refuses may be sent again, and its neighbours are stored', async () => {
  const { post } = await receiver.start()
  await receiver.pool.query(
    `ALTER TABLE tenant_events ADD CONSTRAINT no_such CHECK (tenant_id <> 'no such') NOT VALID`,
  )
  const events = [scanCompleted(), scanCompleted({ tenantId: 'no such' }), scanCompleted()]
  const response = await post({ events }, { url: `${path}/batch` })
  await receiver.pool.query('ALTER TABLE tenant_events DROP CONSTRAINT no_such')
  const { results } = batchResponseSchema.parse(response.json())
  expect(results.map(({ status }) => status)).toEqual(['stored', 'retry', 'stored'])
})

test('a column that every row lacks costs a bounded number of statements for a batch of 500', async () => {
  const { post } = await receiver.start()
  await receiver.pool.query('CREATE SEQUENCE tries')
  await receiver.pool.query(trigger(`PERFORM nextval('tries'); RAISE 'no'`).add)
  const events = Array.from({ length: 500 }, () => scanCompleted())
  const response = await post({ events }, { url: `${path}/batch` })
  await receiver.pool.query(trigger('').remove)
  const { results } = batchResponseSchema.parse(response.json())
  expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['retry']))
  const [row] = await receiver.rows<{ tries: string }>('SELECT last_value AS tries FROM tries')
  expect(Number(row?.tries)).toBeLessThan(100)
})
