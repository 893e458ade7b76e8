import { setTimeout as delay } from 'node:timers/promises'
import type { ReconcileReport } from '@altcontext/webhook-emitter'
import { openPostgresOutboxRecords } from '@altcontext/webhook-emitter/postgres'
import { type OutboxRecords, openSqliteOutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import type { FaultBench, RelayProcess } from '../bench/fault-bench.ts'
import { waitUntil } from '../bench/wait-until.ts'
import { withRelay } from '../load/with-relay.ts'
import { type RoundReport, runRound } from '../run-scenarios.ts'
import type { RoundOutcome } from '../scenario.ts'
import { compareOutbox, expectIds } from './compare-outbox.ts'
import { type LateProduct, startLateProduct } from './late-product.ts'
import { createPostgresSabotage, createSqliteSabotage, type Sabotage } from './sabotage.ts'

/** The results of the live rounds so far. */
export interface LiveTally {
  rounds: number
  comparisons: number
  /** Events whose loss the test has caused; each was found, named and stored again. */
  losses: number
}

export const createLiveTally = (): LiveTally => ({ rounds: 0, comparisons: 0, losses: 0 })

/** The pause between two posts of one of the four lanes: some tens of events a second, so that comparing them all stays cheap. */
const loadPauseMs = 250

/**
 * Compares two outboxes beside the relays that deliver from them, over and over: one in a file, to which a producer posts, and one in
 * PostgreSQL, into which a product emits in transactions that commit late, with ids older than those that have been compared. A round
 * compares both, which must find nothing; then rows are deleted at the receiver and in the outboxes, and events marked as delivered that never
 * were, and the next comparison has to find exactly those. In every fourth round responses are lost meanwhile, so that events are sent twice;
 * in every fifth each of the relays is killed.
 *
 * @throws at the first false alarm, and at the first loss that is not found
 */
export const runLiveRounds = (
  bench: FaultBench,
  round: string,
  { count, tally }: { count: number; tally: LiveTally },
): Promise<RoundOutcome> =>
  withRelay(bench, round, { loadPauseMs }, async (context) => {
    const { path, told, restart } = context
    const schema = `${round}_late`
    const startOther = () =>
      bench.startRelay({ env: { RELAY_OUTBOX: bench.postgres.url, RELAY_SCHEMA: schema } })
    let other: RelayProcess = await startOther()
    const product = startLateProduct(bench, schema)
    const outboxes: LiveOutbox[] = [
      {
        name: 'the file',
        open: () => openSqliteOutboxRecords({ path }),
        sabotage: createSqliteSabotage(bench, { path, round, told }),
        kill: async () => {
          await context.relay.kill()
          await restart()
        },
      },
      {
        name: 'PostgreSQL',
        open: () => openPostgresOutboxRecords({ pool: bench.pool, schema }),
        sabotage: createPostgresSabotage(bench, { schema, told: product.told }),
        kill: async () => {
          await other.kill()
          other = await startOther()
        },
      },
    ]
    try {
      for (let number = 0; number < count; number += 1) {
        await beginRound({ told, product })
        await disturbed(bench, outboxes, number, () =>
          Promise.all(
            outboxes.map(async ({ name, open }) => expectNothing(name, await compare(bench, open, tally))),
          ),
        )
        for (const { name, open, sabotage } of outboxes) {
          const done = await sabotage()
          expectSabotage(name, await compare(bench, open, tally), done)
          await done.undo()
          tally.losses += done.lost.length
        }
        tally.rounds += 1
      }
    } finally {
      await product.stop()
    }
    return undefined
  })

/** How many rounds share their outboxes, which grow: each comparison of ids without a time reads all of them. */
const groupRounds = 20

/** Runs live rounds in groups until there are enough. A group that fails is reported, and another is begun. */
export const repeatLiveRounds = async (
  bench: FaultBench,
  rounds: number,
  onReport: (report: RoundReport, tally: Readonly<LiveTally>) => void,
): Promise<{ tally: LiveTally; reports: RoundReport[] }> => {
  const tally = createLiveTally()
  const reports: RoundReport[] = []
  while (tally.rounds < rounds && reports.length < 2 * rounds) {
    const count = Math.min(groupRounds, rounds - tally.rounds)
    const report = await runRound(
      bench,
      'completeness',
      (each, round) => runLiveRounds(each, round, { count, tally }),
      `live_${reports.length + 1}`,
    )
    reports.push(report)
    onReport(report, tally)
  }
  return { tally, reports }
}

interface LiveOutbox {
  name: string
  open(): OutboxRecords
  sabotage(): Promise<Sabotage>
  /** Kills the relay that delivers from it, and starts another. */
  kill(): Promise<void>
}

const compare = async (
  bench: FaultBench,
  open: () => OutboxRecords,
  tally: LiveTally,
): Promise<ReconcileReport> => {
  // Not through the proxy: only the deliveries are disturbed.
  const url = new URL(new URL(bench.url).pathname, `http://127.0.0.1:${bench.receiver.port}`).href
  const report = await compareOutbox(open, url)
  tally.comparisons += 1
  return report
}

/** Both have events to send, and events whose loss can be caused. */
const beginRound = async ({ told, product }: { told: readonly string[]; product: LateProduct }) => {
  const before = [told.length, product.told.length] as const
  await waitUntil(
    'more is accepted',
    async () => told.length > before[0] + 20 && product.told.length > before[1] + 5,
  )
}

/** Runs something while responses are lost or a relay is killed, depending on the number of the round. */
const disturbed = async (
  bench: FaultBench,
  outboxes: readonly LiveOutbox[],
  number: number,
  run: () => Promise<unknown>,
): Promise<void> => {
  if (number % 4 === 1) bench.proxy.mode = 'drop-responses'
  const killed = outboxes[(number % 5) - 2]
  // The kill comes at some moment of the comparison.
  const killing = killed === undefined ? undefined : delay(Math.random() * 100).then(killed.kill)
  killing?.catch(() => {})
  try {
    await run()
    await killing
  } finally {
    bench.proxy.mode = 'pass'
  }
}

const idsOf = (events: readonly { eventId: string }[]): string[] => events.map(({ eventId }) => eventId)

const expectNothing = (name: string, { lost, unrepaired, unexplained, gaps }: ReconcileReport): void => {
  expectIds(`a false alarm of ${name}`, idsOf([...lost, ...unrepaired]), [])
  expectIds(`unexplained in ${name}, before anything was done`, unexplained, [])
  if (gaps.length > 0) throw new Error(`${gaps.length} false gaps of ${name}`)
}

const expectSabotage = (
  name: string,
  { lost, unrepaired, unexplained, gaps }: ReconcileReport,
  done: Sabotage,
): void => {
  expectIds(`lost of ${name}`, idsOf(lost), done.lost)
  expectIds(`not repaired of ${name}`, idsOf(unrepaired), [])
  expectIds(`unexplained in ${name}`, unexplained, done.unexplained)
  if (gaps.length > 0) throw new Error(`${gaps.length} false gaps of ${name}`)
}
