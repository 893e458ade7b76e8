import { aborted } from 'node:util'
import { createEmitter, type EmitterStats } from '@altcontext/webhook-emitter'
import type { FastifyInstance } from 'fastify'
import type { Environment } from '../environment.ts'
import { type PastServerOptions, withPastServer } from './past-server.ts'
import type { PlannedProductEvent, SampleEmitter } from './tenant-plan.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** The configuration of the sample product's emitter, which has a server of its own. */
export const emitterOptions = ({ access }: Environment, origin: string) => ({
  url: `${origin}/v1/webhooks/description-service`,
  adminKey: access.ingest[0] ?? '',
  ...(access.signingSecrets[0] !== undefined && { signingSecret: access.signingSecrets[0] }),
})

/**
 * Sends the past of the product through an emitter, in the order and at the time in which it happened. A few of the last
 * ones are sent again, as by a sender that never heard the response.
 */
export const playProduct = async (
  events: readonly PlannedProductEvent[],
  options: PastServerOptions,
): Promise<EmitterStats | undefined> => {
  let stats: EmitterStats | undefined
  await withPastServer(options, async ({ app, now, setClock }) => {
    const emitter = createEmitter({
      ...emitterOptions(options.environment, 'http://127.0.0.1'),
      fetch: injectInto(app),
      now: () => now().getTime(),
    })
    for (const batch of inBatches(events)) {
      if (options.stopped.aborted) break
      const last = batch.at(-1)?.at ?? new Date()
      setClock(new Date(last.getTime() + 1_000))
      await handOver(emitter, batch, options.stopped)
    }
    await handOver(emitter, events.slice(-repeated), options.stopped)
    stats = emitter.stats()
    await emitter.close({ timeoutMs: 2_000 })
  })
  return stats
}

/** How many events come twice. */
const repeated = 4

const handOver = async (
  emitter: SampleEmitter,
  events: readonly PlannedProductEvent[],
  stopped: AbortSignal,
): Promise<void> => {
  for (const event of events) await event.fire(emitter)
  await Promise.race([emitter.flush(), aborted(stopped, emitter)])
}

/** Events that travel together: those within minutes on the last day, those within hours on the days before. */
function* inBatches(events: readonly PlannedProductEvent[]) {
  const end = events.at(-1)?.at.getTime() ?? 0
  let batch: PlannedProductEvent[] = []
  for (const event of events) {
    const first = batch[0]?.at.getTime() ?? event.at.getTime()
    const longest = event.at.getTime() > end - dayMs ? 5 * minuteMs : 3 * 60 * minuteMs
    if (event.at.getTime() - first > longest) {
      yield batch
      batch = []
    }
    batch.push(event)
  }
  yield batch
}

const injectInto =
  (app: FastifyInstance): typeof fetch =>
  async (input) => {
    const request = input as Request
    const response = await app.inject({
      method: 'POST',
      url: new URL(request.url).pathname,
      headers: Object.fromEntries(request.headers),
      payload: Buffer.from(await request.arrayBuffer()),
    })
    return new Response(response.body, {
      status: response.statusCode,
      headers: response.headers as Record<string, string>,
    })
  }
