import type { Benchmark } from '../measuring/benchmark.ts'
import { type Competitor, compare } from '../measuring/compare.ts'
import type { Figures } from '../measuring/samples.ts'
import { runProcess, startProcess } from '../processes/bench-process.ts'
import type { ServerReady } from '../processes/serve.ts'

const burst = 20_000
const others = ['segment', 'posthog']

/** The memory emitter, in a burst and at rest. */
export const emitter: Benchmark = {
  name: 'emitter',
  measures: 'a burst of 20,000 events against the SDKs of Segment and PostHog; one event against one fetch',
  run: async () => {
    await using stub = await startProcess<ServerReady>('servers/stub-receiver', {})
    const { url } = stub.ready
    const bursting = (name: string, client: string, maxBatchEvents?: number): Competitor => ({
      name,
      run: async () => {
        const figures = await runProcess<Figures>('load/burst', {
          url,
          client,
          events: burst,
          maxBatchEvents,
        })
        return { ...figures, lost: burst - (await takeCount(url)) }
      },
    })
    const inBurst = await compare({
      title: 'A burst of 20,000 events to a stub',
      rounds: 5,
      competitors: [
        bursting('emitter', 'emitter', 100),
        bursting('emitter, batches of 500', 'emitter'),
        bursting('segment', 'segment'),
        bursting('posthog', 'posthog'),
      ],
      targets: [
        {
          name: 'emitter / SDK, 100 per batch',
          figure: 'events/s',
          of: 'emitter',
          against: others,
          atLeast: 2.5,
        },
        { name: 'emitter / SDK, RSS', figure: 'RSS MB', of: 'emitter', against: others, atMost: 1 },
        {
          name: 'emitter - SDK, lost',
          figure: 'lost',
          of: 'emitter',
          against: others,
          by: 'difference',
          atMost: 0,
        },
      ],
    })

    const single = (client: string): Competitor => ({
      name: client,
      run: () => runProcess<Figures>('load/one-event', { baseUrl: url, client, events: 2000 }),
    })
    const atRest = await compare({
      title: 'One event after the other, from emit to response',
      competitors: [single('emitter'), single('fetch')],
      targets: [
        {
          name: 'one event / one fetch, p50',
          figure: 'p50 ms',
          of: 'emitter',
          against: 'fetch',
          atMost: 1.5,
        },
      ],
    })
    return [...inBurst, ...atRest]
  },
}

const takeCount = async (url: string): Promise<number> => {
  const response = await fetch(`${url}/count`)
  const { count } = (await response.json()) as { count: number }
  return count
}
