import { HttpResponse, http, type RequestHandler } from 'msw'
import { setupServer } from 'msw/node'
import {
  createReceiverDouble,
  type ReceiverDouble,
  type ReceiverDoubleOptions,
} from './receiver-double/receiver-double.ts'

export interface MswReceiver {
  receiver: ReceiverDouble
  /** Ends the interception. */
  close(): void
}

/**
 * Intercepts the requests of this process to a receiver's URL and responds to them as a faithful receiver. A request
 * to anywhere else is an error. For a server of your own, use {@link createWebhookHandlers}.
 *
 * @example
 * const { receiver, close } = startMswReceiver({ url: 'https://marketing.example/v1/webhooks/description-service', adminKey })
 * receiver.failNext({ kind: 'status', status: 503 }, { times: 3 })
 * await receiver.waitFor(({ stored }) => stored.length === 1)
 */
export const startMswReceiver = (options: ReceiverDoubleOptions & { url: string }): MswReceiver => {
  const { url, ...settings } = options
  const receiver = createReceiverDouble(settings)
  const server = setupServer(...createWebhookHandlers(receiver, url))
  server.listen({ onUnhandledFrame: 'error' })
  return { receiver, close: () => server.close() }
}

/** MSW handlers for a receiver's routes: the plain one, `/batch` and `/verify`. */
export const createWebhookHandlers = (receiver: ReceiverDouble, url: string): RequestHandler[] => {
  const respond =
    ({ isBatch = false, isVerify = false } = {}) =>
    async ({ request }: { request: Request }): Promise<Response> => {
      const headers = Object.fromEntries(request.headers)
      const response = await receiver.respond({ isBatch, isVerify, headers, body: await request.text() })
      if (response === 'reset') return HttpResponse.error()
      if (response === 'silence') return new Promise(() => {})
      const body = typeof response.body === 'string' ? response.body : JSON.stringify(response.body)
      return new HttpResponse(body, {
        status: response.status,
        headers: { 'content-type': 'application/json', ...response.headers },
      })
    }
  const base = url.replace(/\/$/, '')
  return [
    http.post(url, respond()),
    http.post(`${base}/batch`, respond({ isBatch: true })),
    http.post(`${base}/verify`, respond({ isVerify: true })),
  ]
}
