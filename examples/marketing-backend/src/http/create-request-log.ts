import { createSlidingWindows } from '@altcontext/webhook-contract'
import { LogController } from 'fastify'

// Strangers cause refusals: a flood must not fill the log.
const perStatusAndRoute = { max: 10, timeWindowMs: 60_000 }

/** One line for each request, after its response; for one kind of refusal and route no more than ten in a minute. */
export const createRequestLog = (now: () => Date): LogController => {
  const refused = createSlidingWindows(perStatusAndRoute, () => now().getTime())
  return new (class extends LogController {
    override incomingRequest(): void {}

    override requestCompleted(
      ...[error, request, reply]: Parameters<LogController['requestCompleted']>
    ): void {
      const { statusCode, elapsedTime: responseTime } = reply
      if (statusCode >= 400 && !refused.take(`${statusCode} ${request.routeOptions.url}`).isAllowed) return
      const details = { req: request, res: reply, responseTime }
      if (error) request.log.error({ ...details, err: error }, 'request errored')
      else request.log.info(details, 'request completed')
    }
  })()
}
