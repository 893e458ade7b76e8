import type { EventIssue } from '../events/event-issue.ts'
import { errorBody, type ResponseCode, responses } from './responses.ts'
import type { WindowVerdict } from './sliding-windows.ts'

/** What is used of Fastify's reply; Fastify itself is not loaded. */
interface Reply<Sent> {
  code(status: number): { send(body: object): Sent }
  header(name: string, value: string): unknown
}

/** Sends the response that the table has under this code. */
export const refuse = <Sent>(reply: Reply<Sent>, code: ResponseCode, issues?: readonly EventIssue[]): Sent =>
  reply.code(responses[code].status).send(errorBody(code, issues))

/** Sends the response to a wrong key, as a `WrongKeyLimit` has decided. */
export const refuseWrongKey = <Sent>(
  reply: Reply<Sent>,
  { isAllowed, retryAfterMs }: WindowVerdict,
): Sent => {
  if (isAllowed) return refuse(reply, 'unauthorized')
  reply.header('retry-after', String(Math.ceil(retryAfterMs / 1000)))
  return refuse(reply, 'rate_limited')
}
