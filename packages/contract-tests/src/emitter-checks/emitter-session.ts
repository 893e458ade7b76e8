import assert from 'node:assert/strict'
import { type EventFixture, newEvent } from '../fixtures.ts'
import type { SeenRequest } from '../receiver-double/event-spy.ts'
import type { ReceiverDouble } from '../receiver-double/receiver-double.ts'
import { type ServedDouble, serveDouble } from '../receiver-double/serve-double.ts'
import type { Check } from '../suite/check.ts'
import type { EmitterTarget, RunningEmitter } from './emitter-target.ts'

export type EmitterCheck = Check<EmitterTarget>

export const adminKey = 'contract-tests-admin-key-of-40-characters'
export const signingSecret = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
export const address = 'contract-tests@example.com'

export interface EmitterSession {
  receiver: ReceiverDouble
  url: string
  emitter: RunningEmitter
  target: EmitterTarget
  /** An event that nobody has emitted before. */
  newEvent(changes?: Partial<EventFixture>): EventFixture
  /** How long something that should happen may take, including all retries. */
  patienceMs: number
  /** Resolves when the receiver has seen this many requests. */
  requests(count: number): Promise<readonly SeenRequest[]>
  /** Resolves when the receiver has stored one event. */
  storedOne(): Promise<unknown>
}

/** Runs an emitter against a receiver of its own, and ends both. */
export const withEmitter =
  (
    run: (session: EmitterSession) => Promise<void>,
    { isSigned = false, prepare }: { isSigned?: boolean; prepare?: (served: ServedDouble) => void } = {},
  ) =>
  async (target: EmitterTarget): Promise<void> => {
    const secret = isSigned ? signingSecret : undefined
    const served = await serveDouble({ adminKey, signingSecret: secret, contract: target.contract })
    prepare?.(served)
    const emitter = await target.start({ url: served.url, adminKey, signingSecret: secret })
    const patienceMs =
      target.scheduleMs.reduce((sum, delayMs) => sum + delayMs, 0) + target.timeoutMs + 10_000
    try {
      await run({
        receiver: served.double,
        url: served.url,
        emitter,
        target,
        newEvent: (changes) => newEvent(target.contract, changes),
        patienceMs,
        requests: (count) =>
          served.double.waitFor(({ requests }) => (requests.length >= count ? requests : undefined), {
            timeoutMs: patienceMs,
          }),
        storedOne: () =>
          served.double.waitFor(({ stored }) => stored.length === 1, { timeoutMs: patienceMs }),
      })
    } finally {
      // An emitter that still waits for a retry must find its receiver healthy again.
      served.double.reset()
      await Promise.race([Promise.resolve(emitter.close()).catch(() => {}), pause(12_000)])
      await served.close()
    }
  }

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })

const tickMs = 25

/**
 * That nothing comes can only be found by waiting: as long as the next retry would take on a busy machine, and never long.
 * It waits in ticks: after a pause of the process, what it missed comes in the first tick, and what follows from it in the next.
 */
export const expectNoMoreRequests = async (
  { receiver, target }: EmitterSession,
  count: number,
  why: string,
): Promise<void> => {
  const nextMs = target.scheduleMs[count - 1] ?? target.scheduleMs.at(-1) ?? 1000
  const ticks = Math.min(nextMs * 1.5 + 700, 2500) / tickMs
  for (let tick = 0; tick < ticks; tick += 1) await pause(tickMs)
  assert.equal(
    receiver.requests.length,
    count,
    `Expected ${count} requests, ${why}, got ${receiver.requests.length}`,
  )
}

export const idOf = (request: SeenRequest | undefined): string | undefined => request?.headers['webhook-id']
