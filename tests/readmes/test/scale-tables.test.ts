import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  costTables,
  type EventCosts,
  type ReceivingCosts,
  sizingTable,
} from '../../../bench/src/receiving/sizing.ts'

const scale = readFileSync(new URL('../../../docs/scale.md', import.meta.url), 'utf8')

/** The numbers of a row, after its name, by their position. */
const numbersOf = (row: string): ((position: number) => number) => {
  const cells = scale.split('\n').find((line) => line.startsWith(`| ${row} |`)) ?? ''
  const numbers = cells.slice(row.length + 3).match(/\d+(?:\.\d+)?/g) ?? []
  return (position) => Number(numbers[position])
}

test('the calculation in docs/scale.md follows from the costs above it, as the benchmark prints both', () => {
  const receiver = numbersOf('receiver, processor time')
  const postgres = numbersOf('PostgreSQL, processor time, with its background work')
  const wal = numbersOf('WAL')
  const disk = numbersOf('disk, rows and indexes of `tenant_events`')
  const memory = numbersOf('memory of the receiver')
  const received = (way: number): ReceivingCosts => ({
    serverMicros: receiver(way),
    postgresMicros: postgres(way),
    walBytes: wal(way),
    rowBytes: disk(2 * way),
    indexBytes: disk(2 * way + 1),
    serverMb: memory(way),
  })
  const emitter = numbersOf('product, emitter in memory')
  const relay = numbersOf('relay, SQLite outbox')
  const counting = numbersOf('worker and PostgreSQL, counting')
  const limit = numbersOf('a limit that is counted in the database')
  const costs: EventCosts = {
    received: [received(0), received(1), received(2)],
    emitterMicros: emitter(0),
    emitterMb: emitter(1),
    relayMicros: relay(0),
    outboxBytes: relay(1),
    workerMicros: counting(0),
    countingMicros: counting(1),
    // Before them: statements a second, and connections.
    limited: { serverMicros: limit(2), postgresMicros: limit(3) },
    unlimited: { serverMicros: limit(4), postgresMicros: limit(5) },
  }
  expect(scale).toContain(costTables(costs))
  expect(scale).toContain(sizingTable(costs))
})
