import { traceAttempt } from '../reports/trace-events.ts'
import type { ResolvedEmitterOptions, ResolvedOptions } from '../resolve-emitter-options.ts'
import type { EventTransport } from '../transport/event-transport.ts'
import { createPostWebhook, errorCodeOf } from '../transport/post-webhook.ts'
import type { HeldEvent } from './held-event.ts'
import { judgeWebhookResponse, retryVerdict, type Verdict } from './judge-webhook-response.ts'
import { toBatchBody, toSingleBody } from './webhook-body.ts'

/** Sends events once, and returns the outcome. Rejects only with the reason of the signal. */
export type ExchangeEvents = (
  events: readonly HeldEvent[],
  batchId: string,
) => Promise<{ verdict: Verdict; status: number | undefined }>

interface ExchangeDependencies<Options> {
  options: Options
  /** Ends requests. */
  signal: AbortSignal
  /** The outbox could not read its own id. */
  onUnidentified(error: unknown): void
}

export const createExchangeEvents = ({
  options,
  ...dependencies
}: ExchangeDependencies<ResolvedOptions>): ExchangeEvents => {
  const { transport } = options
  if (transport !== undefined) return createTransportExchange({ ...dependencies, options }, transport)
  return createHttpExchange({ ...dependencies, options: options as ResolvedEmitterOptions })
}

const createHttpExchange = (dependencies: ExchangeDependencies<ResolvedEmitterOptions>): ExchangeEvents => {
  const { options, signal } = dependencies
  const { url, batchUrl, now } = options
  const post = createPostWebhook(options)
  const readProducer = createReadProducer(dependencies)
  return async (events, batchId) => {
    const [first] = events
    const isBatch = events.length > 1
    const producer = await readProducer()
    const message =
      isBatch || first === undefined
        ? { url: batchUrl, id: batchId, body: toBatchBody(events, producer) }
        : { url, id: first.id, body: toSingleBody(first, producer) }
    const response = await traceAttempt(events, (traceparent) => post({ ...message, traceparent }, signal))
    if (response.status !== undefined && response.date)
      options.outbox.noteReceiverTime?.(Date.parse(response.date))
    return {
      verdict: judgeWebhookResponse(response, { isBatch, ids: events.map(({ id }) => id), nowMs: now() }),
      status: response.status,
    }
  }
}

const createTransportExchange = (
  dependencies: ExchangeDependencies<ResolvedOptions>,
  transport: EventTransport,
): ExchangeEvents => {
  const { options, signal } = dependencies
  const { timeoutMs } = options
  const readProducer = createReadProducer(dependencies)
  return async (events) => {
    const producer = await readProducer()
    const sent = await traceAttempt(events, async (traceparent) => {
      try {
        return { results: await transport.send(events, { timeoutMs, producer, traceparent, signal }) }
      } catch (error) {
        signal.throwIfAborted()
        return { error: errorCodeOf(error) }
      }
    })
    if (sent.error !== undefined) return { verdict: retryVerdict(sent.error), status: undefined }
    const isComplete = sent.results.length === events.length
    const verdict: Verdict = isComplete
      ? { kind: 'results', results: sent.results }
      : retryVerdict('malformed_response')
    return { verdict, status: undefined }
  }
}

const createReadProducer = ({
  options: { outbox },
  onUnidentified,
}: Pick<ExchangeDependencies<ResolvedOptions>, 'options' | 'onUnidentified'>) => {
  let producer: string | undefined
  // Without it an event still arrives, but is left out of comparisons.
  return async (): Promise<string | undefined> => {
    producer ??= await outbox.completeness?.producer().catch((error) => {
      onUnidentified(error)
      return undefined
    })
    return producer
  }
}
