import { randomUUID } from 'node:crypto'
import { createSigningSecret, descriptionServiceContract, parseEvent } from '@altcontext/webhook-contract'
import type { EmitterFactory } from '../src/emitter-checks/emitter-target.ts'
import type { EventFixture } from '../src/fixtures.ts'
import { signedHeaders } from '../src/receiver-checks/webhook-client.ts'

/** What can be wrong with an emitter. Each is a mistake that somebody has made. */
export const emitterFaults = [
  'retries 400',
  'retries everything',
  'retries nothing',
  'gives up on 408',
  'follows redirects',
  'gives up on a redirect',
  'gives up on 401',
  'gives up on 403',
  'gives up on 404',
  'takes the 400 of a proxy for the receiver',
  'counts 401 as an attempt',
  'goes on sending with a wrong key',
  'believes any id',
  'goes by the position of results',
  'makes a new id for each attempt',
  'sends no id',
  'sends a text as id',
  'derives the id from the triple',
  'stamps milliseconds',
  'retries at once',
  'retries forever',
  'retries once less',
  'ignores Retry-After',
  'ignores dates in Retry-After',
  'counts 429 as an attempt',
  'gives up on a broken connection',
  'has no timeout',
  'trusts any 200',
  'takes a duplicate for a failure',
  'signs once for all attempts with another secret',
  'signs something else',
  'sends without the key',
  'sends what is invalid',
  'waits for the receiver',
  'throws when the receiver is down',
  'drops what waits when it closes',
  'drops events in a burst',
  'strips the payload',
  'logs the event',
  'logs the headers',
  'sends batches that are too large',
  'repeats whole batches',
  'gives up without a batch route',
  'loses large batches',
  'makes new ids for a repeated batch',
] as const
export type EmitterFault = (typeof emitterFaults)[number]

interface Held {
  id: string
  event: EventFixture
}

/** A small emitter with a queue and batches that keeps every promise, unless it is told to break one. */
export const startReferenceEmitter =
  (
    { scheduleMs, timeoutMs }: { scheduleMs: readonly number[]; timeoutMs: number },
    fault?: EmitterFault,
  ): EmitterFactory =>
  ({ url, adminKey, signingSecret }) => {
    const has = (name: EmitterFault): boolean => fault === name
    const queue: Held[] = []
    const log: string[] = []
    const ending = new AbortController()
    let worker: Promise<void> | undefined
    let canBatch = true
    let isClosing = false

    const idFor = (event: EventFixture): string => {
      if (has('derives the id from the triple')) {
        const hex = Buffer.from(event.tenantId).toString('hex').slice(-12)
        return `00000000-0000-4000-8000-${hex}`
      }
      return has('sends a text as id') ? `msg_${randomUUID()}` : randomUUID()
    }

    const headersFor = (id: string, body: string): Record<string, string> => {
      const headers: Record<string, string> = {
        'content-type': 'application/json',
        'webhook-timestamp': String(has('stamps milliseconds') ? Date.now() : Math.floor(Date.now() / 1000)),
        ...(has('sends without the key') ? {} : { 'x-admin-key': adminKey }),
        ...(has('sends no id')
          ? {}
          : { 'webhook-id': has('makes a new id for each attempt') ? randomUUID() : id }),
      }
      if (signingSecret === undefined) return headers
      const secret = has('signs once for all attempts with another secret')
        ? createSigningSecret()
        : signingSecret
      const signed = has('signs something else') ? `${body} ` : body
      return { ...headers, ...signedHeaders({ id, body: signed, signingSecret: secret }) }
    }

    const post = async (target: string, id: string, body: string): Promise<Response | undefined> => {
      const headers = headersFor(id, body)
      if (has('logs the headers')) log.push(JSON.stringify(headers))
      const timeout = has('has no timeout') ? [] : [AbortSignal.timeout(timeoutMs)]
      try {
        return await fetch(target, {
          method: 'POST',
          body,
          headers,
          redirect: has('follows redirects') ? 'follow' : 'manual',
          signal: AbortSignal.any([ending.signal, ...timeout]),
        })
      } catch {
        return undefined
      }
    }

    /** Resolves with the response's content when it is final, and undefined when the failure is final. */
    const exchange = async (target: string, id: string, body: string): Promise<unknown> => {
      let failures = 0
      let refusals = 0
      while (!ending.signal.aborted) {
        const response = await post(target, id, body)
        if (response === undefined && has('gives up on a broken connection')) return undefined
        const status = response?.status ?? 0
        const content = response === undefined ? undefined : await read(response)
        const isDuplicate = (content as { duplicate?: boolean } | undefined)?.duplicate === true
        if (status === 200 && !(isDuplicate && has('takes a duplicate for a failure'))) {
          if ((typeof content === 'object' && isAbout(content, id, body)) || has('trusts any 200'))
            return content
        } else if (isFinal(status, content, target)) {
          return { status }
        } else if (isRefusedSender(status) && !(status === 401 && has('counts 401 as an attempt'))) {
          if (has('goes on sending with a wrong key')) return { status, isKept: true }
          await wait((scheduleMs[0] ?? 50) * 2 ** refusals)
          refusals += 1
          continue
        }
        if (status !== 429 || has('counts 429 as an attempt')) failures += 1
        const delayMs = scheduleMs[Math.max(0, failures - 1)]
        const isOver = failures > scheduleMs.length - (has('retries once less') ? 1 : 0)
        if (has('retries nothing') || (isOver && !has('retries forever'))) return undefined
        const asked = has('ignores Retry-After')
          ? 0
          : retryAfterMs(response?.headers.get('retry-after') ?? null)
        await wait(has('retries at once') ? 0 : Math.max(delayMs ?? 50, asked))
      }
      return undefined
    }

    /** Whether the ids of a success are those that were sent. */
    const isAbout = (content: unknown, id: string, body: string): boolean => {
      const { eventId, results } = content as { eventId?: string; results?: { eventId?: string }[] }
      if (results === undefined) return eventId === id || has('believes any id') || has('sends no id')
      if (has('goes by the position of results')) return true
      const { events } = JSON.parse(body) as { events: { id: string }[] }
      return results.every((result, index) => (result.eventId ?? events[index]?.id) === events[index]?.id)
    }

    /** Whether the receiver has refused this very event, or the way in which it was sent. */
    const isFinal = (status: number, content: unknown, target: string): boolean => {
      if (has('retries everything')) return false
      if (status === 400) {
        if (has('retries 400')) return false
        return (
          has('takes the 400 of a proxy for the receiver') ||
          (content as { issues?: unknown }).issues !== undefined
        )
      }
      if (status === 408) return has('gives up on 408')
      if (status >= 300 && status < 400) return has('gives up on a redirect')
      if (status === 401) return has('gives up on 401')
      if (status === 403) return has('gives up on 403')
      if (status === 404) return has('gives up on 404') || target.endsWith('/batch')
      return status === 413
    }

    const isRefusedSender = (status: number): boolean =>
      status >= 300 && status < 500 && ![408, 413, 425, 429].includes(status) && !has('retries everything')

    const retryAfterMs = (header: string | null): number => {
      if (header === null) return 0
      if (/^\d+$/.test(header)) return Number(header) * 1000
      return has('ignores dates in Retry-After') ? 0 : Date.parse(header) - Date.now()
    }

    const wait = (ms: number): Promise<void> =>
      new Promise((resolve) => {
        const timeout = setTimeout(resolve, ms)
        ending.signal.addEventListener('abort', () => {
          clearTimeout(timeout)
          resolve()
        })
      })

    const send = async (events: readonly Held[]): Promise<void> => {
      const [first] = events
      if (first === undefined) return
      if (events.length === 1 || !canBatch) {
        for (const held of events) {
          const content = await exchange(url, held.id, JSON.stringify(held.event))
          if ((content as { isKept?: boolean } | undefined)?.isKept) queue.push(held)
        }
        return
      }
      const batch = events.map(({ id, event }) => ({
        id: has('makes new ids for a repeated batch') ? randomUUID() : id,
        ...event,
      }))
      let batchContent = await exchangeBatch(batch)
      if (has('makes new ids for a repeated batch') && batchContent === 'again') {
        batchContent = await exchangeBatch(batch.map((event) => ({ ...event, id: randomUUID() })))
      }
      const { status, results } = (batchContent ?? {}) as { status?: number; results?: { status: string }[] }
      if (status === 404 && !has('gives up without a batch route')) {
        canBatch = false
        await send(events)
      } else if (status === 413 && !has('loses large batches')) {
        await send(events.slice(0, events.length / 2))
        await send(events.slice(events.length / 2))
      } else {
        const again = results?.some((result) => result.status === 'retry') ?? false
        const repeated = events.filter((_event, index) => results?.[index]?.status === 'retry')
        if (again) await send(has('repeats whole batches') ? events : repeated)
      }
    }

    const exchangeBatch = async (batch: readonly object[]): Promise<unknown> => {
      const body = JSON.stringify({ events: batch })
      if (!has('makes new ids for a repeated batch')) return exchange(`${url}/batch`, randomUUID(), body)
      const response = await post(`${url}/batch`, randomUUID(), body)
      return response === undefined ? 'again' : read(response)
    }

    const work = async (): Promise<void> => {
      await Promise.resolve()
      while (queue.length > 0) {
        const size = has('sends batches that are too large') ? queue.length : 500
        await send(queue.splice(0, size))
      }
      worker = undefined
    }

    return {
      emit(event) {
        if (!has('sends what is invalid')) parseEvent(descriptionServiceContract, event)
        if (isClosing || (has('drops events in a burst') && queue.length >= 100)) return undefined
        if (has('logs the event')) log.push(JSON.stringify(event))
        const sent = has('strips the payload')
          ? { ...event, payload: { ...event.payload, durationMs: 0 } }
          : event
        queue.push({ id: idFor(event), event: sent })
        worker ??= work()
        if (has('waits for the receiver')) return worker
        if (has('throws when the receiver is down')) {
          return worker.then(() => Promise.reject(new Error('Not delivered')))
        }
        return undefined
      },
      async close() {
        isClosing = true
        if (has('drops what waits when it closes')) queue.length = 0
        else await Promise.race([worker, wait(9000)])
        ending.abort()
      },
      output: () => log.join('\n'),
    }
  }

const read = async (response: Response): Promise<unknown> => {
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
