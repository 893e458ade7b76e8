import ky from 'ky'
import { createFetchTransport } from './fetch-transport.ts'
import type { Transport } from './transport.ts'

/** The transport of every platform but Node. Delivery has its own retries, deadlines and judgement, so `ky` adds none. */
export const platformTransport: Transport = createFetchTransport((request) =>
  ky(request, { retry: 0, timeout: false, throwHttpErrors: false }),
)
