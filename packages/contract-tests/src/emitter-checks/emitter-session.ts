import assert from 'node:assert/strict'
import { type EventFixture, newEvent } from '../fixtures.ts'
import type { SeenRequest } from '../receiver-double/event-spy.ts'
import type { ReceiverDouble } from '../receiver-double/receiver-double.ts'
import { serveDouble } from '../receiver-double/serve-double.ts'
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
  /** Emits events faster than they are delivered, however slow this machine is: until then no request gets a response. */
  emitBurst(events: readonly EventFixture[]): Promise<void>
}

/** Runs an emitter against a receiver of its own, and ends both. */
export const withEmitter =
  (run: (session: EmitterSession) => Promise<void>, { isSigned = false }: { isSigned?: boolean } = {}) =>
  async (target: EmitterTarget): Promise<void> => {
    const secret = isSigned ? signingSecret : undefined
    const served = await serveDouble({ adminKey, signingSecret: secret, contract: target.contract })
    const door = createDoor(served.double)
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
        async emitBurst(events) {
          const isEmitted = Promise.all(events.map((event) => emitter.emit(event)))
          // An emitter must not give up a request that waits here, and one whose emit() waits for it must get on.
          await door.closedUntil(isEmitted, target.timeoutMs / 2)
          await Promise.race([isEmitted, pause(patienceMs)])
        },
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

/** After a pause of the process, what it missed comes in the first tick, and what follows from it in the next ones. */
export const pauseInTicks = async (ms: number): Promise<void> => {
  for (let tick = 0; tick < ms / tickMs; tick += 1) await pause(tickMs)
}

/** A door before the receiver: while it is closed, requests wait. */
const createDoor = (receiver: ReceiverDouble) => {
  const { respond } = receiver
  let opened: Promise<unknown> = Promise.resolve()
  let knocks = 0
  receiver.respond = async (request) => {
    knocks += 1
    await opened
    return respond(request)
  }
  /** Resolves once a request waits, and no other one has come for a moment: an emitter behind a command may still be reading. */
  const isQuiet = async (isOpen: AbortSignal): Promise<void> => {
    for (let before = 0; (before === 0 || before < knocks) && !isOpen.aborted; ) {
      before = knocks
      await pauseInTicks(150)
    }
  }
  return {
    async closedUntil(emitted: Promise<unknown>, maxMs: number): Promise<void> {
      const opening = new AbortController()
      const isOver = Promise.race([emitted.then(() => isQuiet(opening.signal)), pauseInTicks(maxMs)])
      opened = isOver.catch(() => {})
      await isOver.finally(() => opening.abort())
    },
  }
}

const maxLooks = 3

/**
 * Throws what `look` finds wrong, if it does so three times: on a machine that stands still an emitter may do what it should not
 * do, but not every time.
 */
export const isRightOnce = async (look: (number: number) => Promise<readonly string[]>): Promise<void> => {
  let wrong: readonly string[] = []
  for (let number = 1; number === 1 || (number <= maxLooks && wrong.length > 0); number += 1) {
    wrong = await look(number)
  }
  assert.deepEqual(wrong, [], wrong.join('\n'))
}

/**
 * That nothing comes can only be found by waiting: as long as the next retry would take on a busy machine, and never long.
 * Another event, which comes after that, shows that the emitter did not stand still in the meantime.
 */
export const expectNoMoreRequests = async (
  session: EmitterSession,
  count: number,
  why: string,
): Promise<void> => {
  const { receiver, target, emitter, patienceMs } = session
  const nextMs = target.scheduleMs[count - 1] ?? target.scheduleMs.at(-1) ?? 1000
  await pauseInTicks(Math.min(nextMs * 1.5 + 700, 2500))
  const last = session.newEvent()
  const others = (requests: readonly SeenRequest[]) => requests.filter(({ body }) => !holdsOnly(last, body))
  await emitter.emit(last)
  await receiver.waitFor(
    ({ requests }) => requests.some(({ body }) => holdsOnly(last, body)) || others(requests).length > count,
    { timeoutMs: patienceMs },
  )
  await pauseInTicks(100)
  const seen = others(receiver.requests).length
  assert.equal(seen, count, `Expected ${count} requests, ${why}, got ${seen}`)
}

/** By what makes an event new. */
const holdsOnly = ({ tenantId, occurredAt }: EventFixture, body: string): boolean => {
  const sent = parseBody(body)
  return [sent?.events ?? sent]
    .flat()
    .every((one) => (one?.tenantId ?? tenantId) === tenantId && isSameMoment(one?.occurredAt, occurredAt))
}

const isSameMoment = (one: unknown, other: string): boolean => Date.parse(String(one)) === Date.parse(other)

const parseBody = (
  body: string,
): (Partial<EventFixture> & { events?: Partial<EventFixture>[] }) | undefined => {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

export const idOf = (request: SeenRequest | undefined): string | undefined => request?.headers['webhook-id']
