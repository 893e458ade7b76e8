import { createHmac } from 'node:crypto'

/** HMAC-SHA-256 of an IP address with the server's pepper; nothing when there is no pepper. */
export const hashAddress = (address: string, pepper: string | undefined): string | undefined =>
  pepper === undefined ? undefined : createHmac('sha256', pepper).update(address).digest('hex')
