/** The cost of one event that is received in one way. */
export interface ReceivingCosts {
  serverMicros: number
  postgresMicros: number
  walBytes: number
  rowBytes: number
  indexBytes: number
  serverMb: number
}

/** The figures of the tables in `docs/scale.md`, with the precision that they have there. */
export interface EventCosts {
  /** One by one, in batches of 100, in batches of 500. */
  received: readonly [ReceivingCosts, ReceivingCosts, ReceivingCosts]
  emitterMicros: number
  emitterMb: number
  relayMicros: number
  outboxBytes: number
  /** For each event of the days that are counted again. */
  workerMicros: number
  countingMicros: number
  /** For each request, with a limit that is counted in the database and without one. */
  limited: { serverMicros: number; postgresMicros: number }
  unlimited: { serverMicros: number; postgresMicros: number }
}

/** The tables under "What an event costs". */
export const costTables = (costs: EventCosts): string => {
  const row = (name: string, cell: (each: ReceivingCosts) => string): string =>
    `| ${[name, ...costs.received.map(cell)].join(' | ')} |`
  const { limited, unlimited } = costs
  return [
    '| for each event | one by one, 50 connections | batches of 100 | batches of 500 |',
    '|---|---|---|---|',
    row('receiver, processor time', ({ serverMicros }) => `${serverMicros} µs`),
    row(
      'PostgreSQL, processor time, with its background work',
      ({ postgresMicros }) => `${postgresMicros} µs`,
    ),
    row('WAL', ({ walBytes }) => `${walBytes} bytes`),
    row('disk, rows and indexes of `tenant_events`', (each) => `${each.rowBytes} + ${each.indexBytes} bytes`),
    row('memory of the receiver', ({ serverMb }) => `${serverMb} MB`),
    '',
    '| | |',
    '|---|---|',
    `| product, emitter in memory | ${costs.emitterMicros} µs an event, ${costs.emitterMb} MB at the peak of a burst of 20,000 |`,
    `| relay, SQLite outbox | ${costs.relayMicros} µs an event, and ${costs.outboxBytes} bytes of disk for as long as it stays in the delivery log, 7 days by default; its memory over a million events: \`npm run bench -- relay-memory\` |`,
    `| worker and PostgreSQL, counting | ${costs.workerMicros} + ${costs.countingMicros} µs for every event of each tenant's day that has changed, at every run, not only for the new ones |`,
    `| a limit that is counted in the database | at most 500 statements a second from each server, and as many for batches; the table is unlogged, and nobody waits for the disk. At 50 connections, for each request: receiver ${limited.serverMicros} µs and PostgreSQL ${limited.postgresMicros}, without a limit ${unlimited.serverMicros} and ${unlimited.postgresMicros} |`,
  ].join('\n')
}

const eventsAMonth = [1e6, 1e8, 1e10]
const daysAMonth = 365.25 / 12
const busiest = 5

/** The table under "Worked out": batches of 100, raw events kept for 90 days, a busiest hour with five times the average. */
export const sizingTable = (costs: EventCosts): string => {
  const [single, batched] = costs.received
  const row = (name: string, cell: (aDay: number) => string): string =>
    `| ${[name, ...eventsAMonth.map((events) => cell(events / daysAMonth))].join(' | ')} |`
  const cores = (aDay: number, micros: number): string => two((aDay / 86_400) * busiest * micros * 1e-6)
  return [
    '| events a month | 10⁶ | 10⁸ | 10¹⁰ |',
    '|---|---|---|---|',
    row(
      'events a second, average and busiest hour',
      (aDay) => `${two(aDay / 86_400)}, ${two((aDay / 86_400) * busiest)}`,
    ),
    row('cores of the products’ relays, busiest hour', (aDay) => cores(aDay, costs.relayMicros)),
    row(
      'cores of the receivers, busiest hour (one by one)',
      (aDay) => `${cores(aDay, batched.serverMicros)} (${cores(aDay, single.serverMicros)})`,
    ),
    row(
      'cores of PostgreSQL for receiving, busiest hour (one by one)',
      (aDay) => `${cores(aDay, batched.postgresMicros)} (${cores(aDay, single.postgresMicros)})`,
    ),
    row(
      'WAL a day; a second in the busiest hour',
      (aDay) => `${bytes(aDay * batched.walBytes)}; ${bytes((aDay / 86_400) * busiest * batched.walBytes)}`,
    ),
    row('disk for 90 days of raw events', (aDay) =>
      bytes(aDay * 90 * (batched.rowBytes + batched.indexBytes)),
    ),
    row('disk for 7 days in the products’ delivery logs', (aDay) => bytes(aDay * 7 * costs.outboxBytes)),
    row(
      'a counting run at the end of a day in which every tenant was active',
      (aDay) => `${two(aDay * (costs.workerMicros + costs.countingMicros) * 1e-6)} s`,
    ),
  ].join('\n')
}

/** Two significant digits. */
const two = (value: number): string => {
  const rounded = Number(value.toPrecision(2))
  return rounded < 0.001 ? '0' : rounded.toLocaleString('en-US', { maximumFractionDigits: 6 })
}

const bytes = (value: number): string => {
  const power = Math.min(4, Math.floor(Math.log10(value) / 3))
  return `${two(value / 1000 ** power)} ${['bytes', 'kB', 'MB', 'GB', 'TB'][power]}`
}
