import ky from 'ky'
import { createFetchTransport } from './fetch-transport.ts'
import type { Transport } from './transport.ts'

/** The way of every platform but Node. The delivery has retries, deadlines and a judgement of its own, so `ky` brings none. */
export const platformTransport: Transport = createFetchTransport((request) =>
  ky(request, { retry: 0, timeout: false, throwHttpErrors: false }),
)
