import type { Benchmark } from '../measuring/benchmark.ts'
import { type Competitor, compare } from '../measuring/compare.ts'
import type { BenchmarkRow, Figures } from '../measuring/samples.ts'
import { runProcess } from '../processes/bench-process.ts'
import { startBenchDatabase } from '../setup/bench-database.ts'

const events = 20_000

/** The durable outboxes: taking events in, handing them out, and doing nothing. */
export const outboxes: Benchmark = {
  name: 'outboxes',
  measures:
    'SQLite and PostgreSQL outboxes against bare inserts, a bare SKIP LOCKED loop and graphile-worker',
  run: async () => {
    await using database = await startBenchDatabase()
    // A new database for every round: no competitor inherits another's dead rows.
    let databases = 0
    const competitor = (name: string, program: string, config: object): Competitor => ({
      name,
      run: async () => {
        databases += 1
        return runProcess<Figures>(program, {
          databaseUrl: await database.copyDatabase('template1', `round${databases}`),
          events,
          ...config,
        })
      },
    })
    const rows: BenchmarkRow[] = []
    rows.push(
      ...(await compare({
        title: 'Accepting, 50 concurrent, each durable when emit resolves',
        competitors: [
          competitor('SQLite outbox', 'outboxes/outbox-accept', { kind: 'sqlite' }),
          competitor('SQLite, bare, groups of 50', 'outboxes/outbox-accept', { kind: 'bare-sqlite' }),
          competitor('PostgreSQL outbox', 'outboxes/outbox-accept', { kind: 'postgres' }),
          competitor('PostgreSQL, bare, groups of 50', 'outboxes/outbox-accept', { kind: 'bare-postgres' }),
        ],
        targets: [
          {
            name: 'SQLite outbox, accepted / bare SQLite inserts in groups of 50',
            figure: 'events/s',
            of: 'SQLite outbox',
            against: 'SQLite, bare, groups of 50',
            atLeast: 0.6,
          },
          {
            name: 'PostgreSQL outbox, accepted / bare inserts in groups of 50',
            figure: 'events/s',
            of: 'PostgreSQL outbox',
            against: 'PostgreSQL, bare, groups of 50',
            atLeast: 0.6,
          },
        ],
      })),
    )
    rows.push(
      ...(await compare({
        title: 'Claimed and completed, PostgreSQL',
        competitors: [
          competitor('PostgreSQL outbox', 'outboxes/outbox-work', { kind: 'outbox' }),
          competitor('bare SKIP LOCKED loop', 'outboxes/outbox-work', { kind: 'bare' }),
          competitor('graphile-worker, local queue', 'outboxes/outbox-work', { kind: 'graphile' }),
        ],
        targets: [
          {
            name: 'PostgreSQL outbox, claimed and completed / bare SKIP LOCKED loop',
            figure: 'events/s',
            of: 'PostgreSQL outbox',
            against: 'bare SKIP LOCKED loop',
            atLeast: 0.6,
          },
          {
            name: 'PostgreSQL outbox, claimed and completed / graphile-worker with its local queue',
            figure: 'events/s',
            of: 'PostgreSQL outbox',
            against: 'graphile-worker, local queue',
            atLeast: 2.5,
          },
        ],
      })),
    )
    rows.push(
      ...(await compare({
        title: 'Idle for five seconds',
        competitors: [
          competitor('emitter, SQLite outbox', 'outboxes/outbox-idle', { kind: 'sqlite' }),
          competitor('emitter, PostgreSQL outbox', 'outboxes/outbox-idle', { kind: 'postgres' }),
          competitor('a pg pool that listens', 'outboxes/outbox-idle', { kind: 'bare' }),
        ],
        targets: ['emitter, SQLite outbox', 'emitter, PostgreSQL outbox'].map((of) => ({
          name: `${of}, idle CPU more than a process that does nothing`,
          figure: 'CPU ms/s',
          of,
          against: 'a pg pool that listens',
          by: 'difference' as const,
          atMost: 5,
        })),
      })),
    )
    return rows
  },
}
