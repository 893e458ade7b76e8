import ky from 'ky'
import type { Transport } from './transport.ts'

/**
 * Sends with `fetch`: the way of every platform without `node:http`, and of a `fetch` that stands in for the receiver (it gets
 * a `Request`). Retries, time-outs and what a status means are the delivery's business, so `ky` does none of it.
 *
 * That a kept connection had been closed by the other side costs an attempt here, unless the platform tries again by itself, as
 * Deno does: `fetch` tells neither whether the connection was a kept one nor whether something of a response came.
 */
export const createKyTransport =
  (fetch?: typeof globalThis.fetch): Transport =>
  async ({ url, headers, body, signal }) => {
    const response = await ky.post(url, {
      headers,
      body,
      signal,
      redirect: 'manual',
      retry: 0,
      timeout: false,
      throwHttpErrors: false,
      ...(fetch === undefined ? {} : { fetch }),
    })
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      date: response.headers.get('date'),
      body: response.body ?? noBody(),
    }
  }

/** With the platform's own `fetch`, looked up for each request. */
export const platformTransport: Transport = createKyTransport()

async function* noBody(): AsyncGenerator<Uint8Array> {}
