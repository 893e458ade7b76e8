import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { type AnyContract, descriptionServiceContract } from '@altcontext/webhook-contract'
import { createReceiverDouble } from '../receiver-double/receiver-double.ts'
import {
  doublePath,
  isWebhookRequest,
  listen,
  readRequest,
  sendResponse,
} from '../receiver-double/serve-double.ts'
import { describeExchange, type Exchange } from './describe-exchange.ts'
import { devPage } from './dev-page.ts'
import type { FaultPlan } from './fault-plan.ts'

export interface DevReceiverOptions {
  adminKey: string
  signingSecret?: string | undefined
  /** @default descriptionServiceContract */
  contract?: AnyContract | undefined
  /** 0 is a free one. */
  port: number
  faults: FaultPlan
  onExchange(exchange: Exchange): void
}

export interface DevReceiver {
  /** The plain route, on loopback. */
  url: string
  /** A page that shows requests as they come. */
  pageUrl: string
  close(): Promise<void>
}

/** Beyond this it forgets what it has seen, so that hours of load do not fill the memory. */
const maxRemembered = 20_000

/** A receiver in memory for a developer's machine, with a page, and with faults on demand. */
export const serveDevReceiver = async (options: DevReceiverOptions): Promise<DevReceiver> => {
  const { adminKey, signingSecret, contract = descriptionServiceContract, faults, onExchange } = options
  const double = createReceiverDouble({ adminKey, signingSecret, contract })
  const watchers = new Set<ServerResponse>()

  const receive = async (request: IncomingMessage, stream: ServerResponse): Promise<void> => {
    const given = await readRequest(request)
    const { fault, delayMs } = faults.next()
    if (delayMs > 0) await delay(delayMs)
    if (double.requests.length > maxRemembered) double.reset()
    // The planned fault is taken before anything is awaited, so no other request can get it.
    if (fault !== undefined) double.failNext(fault)
    const response = await double.respond(given)
    sendResponse(response, request, stream)
    const exchange = describeExchange(contract, given, response)
    onExchange(exchange)
    const data = `data: ${JSON.stringify(exchange)}\n\n`
    for (const watcher of watchers) watcher.write(data)
  }

  const show = (request: IncomingMessage, response: ServerResponse): void => {
    if (!isLoopback(request.headers.host)) {
      // A page of another name that resolves to this machine must not read what was received.
      response.writeHead(403).end()
    } else if (request.method === 'GET' && request.url === '/') {
      response.writeHead(200, pageHeaders).end(devPage)
    } else if (request.method === 'GET' && request.url === '/exchanges') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      response.write(': open\n\n')
      watchers.add(response)
      response.on('close', () => watchers.delete(response))
    } else {
      response.writeHead(404).end()
    }
  }

  const server = await listen(async (request, response) => {
    if (isWebhookRequest(request)) await receive(request, response).catch(() => request.destroy())
    else show(request, response)
  }, options.port)
  return { url: `${server.origin}${doublePath}`, pageUrl: `${server.origin}/`, close: server.close }
}

const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'",
}

const isLoopback = (host: string | undefined): boolean =>
  /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host ?? '')
