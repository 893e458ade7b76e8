import { randomBytes, randomUUID } from 'node:crypto'
import {
  type ComparedRange,
  type CompletenessProof,
  digestIds,
  firstIdOf,
  type RangeResult,
  shortIdHash,
} from '@altcontext/webhook-contract'
import { createEmitterTarget, type EmitterFactory, type EventFixture } from '../src/index.ts'
import { idsIn } from '../src/receiver-double/compare-range.ts'

/** What can be wrong with a producer's half of the completeness protocol. */
export const producerFaults = [
  'sends no producer',
  'never heartbeats',
  'closes the present',
  'closes what waits',
  'never compares',
  'compares open ranges',
  'compares counts only',
  'keeps one salt',
  'repairs nothing',
  'takes the rest of a range for lost',
  'says nothing of what it has shown',
  'calls every id of the receiver its own',
] as const
export type ProducerFault = (typeof producerFaults)[number]

const graceMs = 120_000
const intervalMs = 1000

/** A small producer that remembers what it has delivered, and keeps every promise, unless it is told to break one. */
export const createReferenceProducer = ({ timeoutMs }: { timeoutMs: number }, fault?: ProducerFault) => {
  const start: EmitterFactory = ({ url, adminKey }) => {
    const has = (name: ProducerFault): boolean => fault === name
    const producer = randomUUID()
    const events = new Map<string, EventFixture>()
    const delivered = new Set<string>()
    const firstSalt = randomBytes(8).toString('hex')
    let oldestPendingMs: number | undefined
    let isClosing = false

    const post = async (route: string, body: Record<string, unknown>): Promise<Record<string, unknown>> => {
      const response = await fetch(`${url}/${route}`, {
        method: 'POST',
        body: JSON.stringify(has('sends no producer') && route === 'batch' ? body : { producer, ...body }),
        headers: {
          'content-type': 'application/json',
          'x-admin-key': adminKey,
          'webhook-id': randomUUID(),
          'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
        },
      })
      if (response.status !== 200) throw new Error(`HTTP ${response.status}`)
      return (await response.json()) as Record<string, unknown>
    }

    const send = async (ids: readonly string[]): Promise<string[]> => {
      const { results } = (await post('batch', {
        events: ids.map((id) => ({ id, ...events.get(id) })),
      })) as { results: { status: string }[] }
      for (const id of ids) delivered.add(id)
      return ids.filter((_id, at) => results[at]?.status === 'stored')
    }

    const deliver = async (id: string): Promise<void> => {
      while (!isClosing && !delivered.has(id)) {
        await send([id]).catch(() => new Promise((resolve) => setTimeout(resolve, 50)))
      }
      if (delivered.size === events.size) oldestPendingMs = undefined
    }

    const beat = async (): Promise<void> => {
      const nowMs = Date.now()
      const openMs = has('closes what waits') ? nowMs : (oldestPendingMs ?? nowMs)
      const closedMs = openMs - (has('closes the present') ? 0 : graceMs)
      const pending = events.size - delivered.size
      await post('heartbeat', {
        sentAt: new Date(nowMs).toISOString(),
        intervalMs,
        closedThrough: new Date(closedMs).toISOString(),
        oldestPendingMs: oldestPendingMs === undefined ? null : nowMs - oldestPendingMs,
        ledger: {
          ...{
            accepted: events.size,
            delivered: delivered.size,
            duplicate: 0,
            pending,
            dead: 0,
            dropped: {},
          },
        },
      })
    }

    const reconcile = async (): Promise<void> => {
      const at = new Date()
      const salt = has('keeps one salt') ? firstSalt : randomBytes(8).toString('hex')
      const to = has('compares open ranges') ? null : firstIdOf((oldestPendingMs ?? at.getTime()) - graceMs)
      const mine = idsIn(delivered, { from: '', to })
      const toRange = (from: string, end: string | null): ComparedRange => ({
        ...{ from, to: end },
        ...digestIds(idsIn(mine, { from, to: end }), salt),
      })
      const ask = async (ranges: readonly ComparedRange[]): Promise<RangeResult[]> =>
        (await post('reconcile', { salt, ranges })).results as RangeResult[]
      const missing: string[] = []
      const unexplained: string[] = []
      const left = [toRange('', to)]
      while (left.length > 0) {
        const range = left.shift() as ComparedRange
        const [result] = await ask([range])
        if (result?.status === 'differs') {
          if (has('compares counts only') && result.count === range.count) continue
          const bounds = [range.from, ...result.bounds]
          const parts = bounds.map((from, part) => toRange(from, bounds[part + 1] ?? range.to))
          left.push(...parts.filter(({ sum }, part) => sum.slice(0, 8) !== result.sums[part]))
        } else if (result?.status === 'ids') {
          const inside = idsIn(mine, range)
          const hashes = new Set(result.hashes)
          const lost = inside.filter((id) => !hashes.has(shortIdHash(id, salt)))
          missing.push(...(has('takes the rest of a range for lost') ? inside : lost))
          if (result.hashes?.length === inside.length - lost.length) continue
          const [named] = await ask([{ ...range, list: true }])
          if (named?.status === 'ids') unexplained.push(...(named.ids ?? []).filter((id) => !events.has(id)))
        }
      }
      const isRepaired = missing.length > 0 && !has('repairs nothing')
      const stored = isRepaired ? await send(missing) : []
      const proof: CompletenessProof = {
        at: at.toISOString(),
        through: new Date(at.getTime() - graceMs).toISOString(),
        compared: mine.length,
        lost: stored.length,
        raced: isRepaired ? missing.length - stored.length : 0,
        unrepaired: isRepaired ? 0 : missing.length,
        unexplained: has('calls every id of the receiver its own') ? 0 : unexplained.length,
        gaps: [],
      }
      if (!has('says nothing of what it has shown')) await post('reconcile', { salt: '', ranges: [], proof })
    }

    const timers = [
      ...(has('never heartbeats') ? [] : [setInterval(() => void beat().catch(() => {}), 300)]),
      ...(has('never compares') ? [] : [setInterval(() => void compare(), 300)]),
    ]
    let comparing: Promise<void> | undefined
    const compare = async (): Promise<void> => {
      comparing ??= reconcile()
        .catch(() => {})
        .finally(() => {
          comparing = undefined
        })
      await comparing
    }

    return {
      emit({ id = randomUUID(), ...event }) {
        events.set(id, event)
        oldestPendingMs ??= Date.now()
        void deliver(id)
      },
      close() {
        isClosing = true
        for (const timer of timers) clearInterval(timer)
      },
    }
  }
  return createEmitterTarget(start, { completeness: true, scheduleMs: [], timeoutMs })
}
