import { timed } from '../measuring/timed.ts'
import { startProcess } from '../processes/bench-process.ts'
import { benchAdminKey } from '../processes/hand-written-route.ts'
import type { ServerReady } from '../processes/serve.ts'
import { metricsRoutes } from '../reading/metrics-routes.ts'
import { readPlans } from '../reading/write-plans.ts'

/** A figure of each route. */
export type ByRoute = Readonly<Record<string, number>>

/**
 * How many milliseconds each route takes for its first request.
 *
 * @param before - done before each route, and not counted.
 */
export const readOnce = async (
  databaseUrl: string,
  { laterMs = 0, before }: { laterMs?: number; before: () => Promise<void> },
): Promise<ByRoute> => {
  await using server = await startProcess<ServerReady>('servers/metrics-server', { databaseUrl, laterMs })
  const times: Record<string, number> = {}
  for (const [name, { path }] of Object.entries(metricsRoutes)) {
    await before()
    // The history does not make the connection slow.
    await get(`${server.ready.url}/v1/metrics/select-1`)
    times[name] = await timed(() => get(`${server.ready.url}${path}`))
  }
  return times
}

/** How many pages of 8 kB each route reads, from a cache or not. */
export const readPages = async (databaseUrl: string, laterMs = 0): Promise<ByRoute> => {
  const plansOf = await readPlans(databaseUrl, metricsRoutes, laterMs)
  return Object.fromEntries(
    Object.entries(plansOf).map(([name, plans]) => [
      name,
      plans.reduce((sum, plan) => sum + pagesOf(plan), 0),
    ]),
  )
}

/** The first line with buffers is about the whole statement. */
const pagesOf = (plan: string): number => {
  const [buffers = ''] = /Buffers: shared.*/.exec(plan) ?? []
  return [...buffers.matchAll(/(?:hit|read)=(\d+)/g)].reduce((sum, [, pages]) => sum + Number(pages), 0)
}

const get = async (url: string): Promise<void> => {
  const response = await fetch(url, { headers: { 'x-admin-key': benchAdminKey } })
  await response.text()
  if (!response.ok) throw new Error(`${url} responded with ${response.status}`)
}
