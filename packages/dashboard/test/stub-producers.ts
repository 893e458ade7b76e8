import type { BridgeResponse } from '@altcontext/webhook-metrics'

type Producer = BridgeResponse['producers'][number]

const producer = (
  number: number,
  { isRetired = false, isSilent = false, isClockWrong = false, ...said }: Partial<Producer>,
): Producer => ({
  producerId: `019a1000-0000-7000-8000-00000000000${number}`,
  firstSeenAt: '2026-11-01T00:00:00.000Z',
  heartbeat: null,
  proof: null,
  ...said,
  isRetired,
  isSilent: said.heartbeat && !isRetired ? isSilent : null,
  isClockWrong: said.heartbeat && !isRetired ? isClockWrong : null,
})
const heartbeat = (hour: string, oldestPendingMs: number | null = null): Producer['heartbeat'] => ({
  receivedAt: `2026-11-22T${hour}:02:00.000Z`,
  sentAt: `2026-11-22T${hour}:02:00.000Z`,
  intervalMs: 60_000,
  closedThrough: `2026-11-22T${hour}:00:00.000Z`,
  oldestPendingMs,
  ledger: {},
})
const proof = (hour: string, found: Partial<Producer['proof'] & object> = {}): Producer['proof'] => ({
  at: `2026-11-22T${hour}:00:00.000Z`,
  through: `2026-11-22T${hour}:00:00.000Z`,
  compared: 300,
  lost: 0,
  raced: 0,
  unrepaired: 0,
  unexplained: 0,
  gaps: [],
  ...found,
})
const gap = { from: '2026-11-20T08:00:00.000Z', to: '2026-11-20T09:00:00.000Z', events: 4 }

/** One that is well and has lost something, one that is silent, one whose clock is wrong, one that never sent a heartbeat, and one that is retired. */
export const producers = [
  producer(1, {
    heartbeat: heartbeat('14'),
    proof: proof('14', { compared: 1200, lost: 1, unrepaired: 4, gaps: [gap] }),
  }),
  producer(2, { heartbeat: heartbeat('13', 120_000), isSilent: true, proof: proof('13') }),
  producer(3, { heartbeat: heartbeat('14'), isClockWrong: true }),
  producer(4, { proof: proof('13') }),
  producer(5, { heartbeat: heartbeat('13'), proof: proof('13'), isRetired: true }),
]

/** Two that are well, of which one has sent again what had been lost. */
export const healthyProducers = [
  producer(1, { heartbeat: heartbeat('14'), proof: proof('14', { compared: 41_203, lost: 2 }) }),
  producer(2, { heartbeat: heartbeat('14', 4000), proof: proof('14', { compared: 6127 }) }),
]
