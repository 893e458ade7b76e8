import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { badResponses } from '../../../../../packages/emitter/test/bad-responses.ts'

/** A request of a sender, read to its end. */
export interface WebhookCall {
  body: string
  isBatch: boolean
  /** The id of a single event. */
  eventId: string
  /** The real receiver's response to this body. */
  forward(body: string): Promise<{ status: number; body: string }>
}

export interface BadResponse {
  title: string
  /** @default any request */
  isFor?(call: WebhookCall): boolean
  give(call: WebhookCall, socket: Socket): unknown
}

/** A whole HTTP response. */
export const toHttp = (
  status: number,
  body: string,
  headers: readonly string[] = ['content-type: application/json'],
): string =>
  [`HTTP/1.1 ${status} Any`, `content-length: ${Buffer.byteLength(body)}`, ...headers, '', body].join('\r\n')

/**
 * Responses that would lose events, or make the wrong ones dead, if they were believed; then some of the emitter's own table of
 * broken responses, different ones in each round.
 */
export const chooseBadResponses = (): BadResponse[] => [
  ...lies,
  ...pages,
  ...shuffled(badResponses)
    .slice(0, 8)
    .map(({ title, respond }): BadResponse => ({ title, give: (_call, socket) => respond(socket) })),
]

const eventsOf = (body: string): { id: string }[] => (JSON.parse(body) as { events: { id: string }[] }).events
const idsOf = ({ isBatch, body, eventId }: WebhookCall): string[] =>
  isBatch ? eventsOf(body).map(({ id }) => id) : [eventId]
const batchOf = (results: readonly object[]): string => toHttp(200, JSON.stringify({ ok: true, results }))
const storedAll = (ids: readonly string[]): string =>
  batchOf(ids.map((eventId) => ({ status: 'stored', eventId })))
const isBatch = (call: WebhookCall): boolean => call.isBatch

/** None of the events that they call stored are stored, unless the title says so. */
const lies: readonly BadResponse[] = [
  {
    title: 'the results of other events',
    isFor: isBatch,
    give: (call, socket) => socket.write(storedAll(idsOf(call).map(() => randomUUID()))),
  },
  {
    title: 'a result of another event',
    isFor: (call) => !call.isBatch,
    give: (_call, socket) => socket.write(toHttp(200, JSON.stringify({ ok: true, eventId: randomUUID() }))),
  },
  {
    title: 'the first event is not stored, and the results, reversed, say so',
    isFor: isBatch,
    give: async (call, socket) => {
      const [first, ...rest] = eventsOf(call.body)
      if (rest.length > 0) await call.forward(JSON.stringify({ events: rest }))
      const results = rest.map(({ id }) => ({ status: 'stored', eventId: id }))
      const refused = { status: 'retry', eventId: first?.id, error: 'database_unavailable' }
      socket.write(batchOf([refused, ...results].reverse()))
    },
  },
  {
    title: 'one result is missing',
    isFor: isBatch,
    give: (call, socket) => socket.write(storedAll(idsOf(call).slice(1))),
  },
  {
    title: 'the same result for every event',
    isFor: (call) => idsOf(call).length > 1,
    give: (call, socket) => socket.write(storedAll(idsOf(call).map(() => idsOf(call)[0] ?? ''))),
  },
  { title: 'ok, and nothing else', give: (_call, socket) => socket.write(toHttp(200, '{"ok":true}')) },
  {
    title: 'half of the receiver’s response',
    give: async (call, socket) => {
      const response = await call.forward(call.body)
      const whole = toHttp(response.status, response.body)
      socket.end(whole.slice(0, whole.length - Math.ceil(response.body.length / 2)))
    },
  },
  {
    title: '504 from a proxy that did not wait for the receiver',
    give: async (call, socket) => {
      await call.forward(call.body)
      socket.write(page(504))
    },
  },
]

const page = (status: number, headers: readonly string[] = []): string =>
  toHttp(status, `<html><h1>${status}</h1></html>`, ['content-type: text/html', ...headers])

/** What proxies and wrong hosts send instead of a receiver. */
const pages: readonly BadResponse[] = [
  ...[200, 400, 403, 404, 405, 408, 500, 502, 503].map((status) => ({
    title: `a page with ${status}`,
    response: page(status),
  })),
  ...[301, 302, 303, 307, 308].map((status) => ({
    title: `a redirect, ${status}`,
    response: page(status, ['location: /login']),
  })),
  { title: '401', response: toHttp(401, '{"ok":false,"error":"unauthorized"}') },
  { title: '429', response: toHttp(429, '{"ok":false,"error":"rate_limited"}', ['retry-after: 1']) },
].map(({ title, response }): BadResponse => ({ title, give: (_call, socket) => socket.write(response) }))

const shuffled = <Item>(items: readonly Item[]): Item[] =>
  items
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item)
