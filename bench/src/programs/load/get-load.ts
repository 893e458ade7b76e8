import { benchAdminKey } from '../../processes/hand-written-route.ts'
import { readConfig, report } from '../../processes/process-channel.ts'

/** One GET after the other over one connection. */
const { url, requests } = readConfig<{ url: string; requests: number }>()
const warmUp = Math.ceil(requests / 5)
const latenciesMs: number[] = []
for (let sent = 0; sent < warmUp + requests; sent += 1) {
  const sentMs = performance.now()
  const response = await fetch(url, { headers: { 'x-admin-key': benchAdminKey } })
  await response.text()
  if (!response.ok) throw new Error(`${url} responded with ${response.status}`)
  if (sent >= warmUp) latenciesMs.push(performance.now() - sentMs)
}
latenciesMs.sort((a, b) => a - b)
report({ 'p50 ms': latenciesMs[latenciesMs.length >> 1], 'max ms': latenciesMs.at(-1) })
