import { benchAdminKey } from '../../processes/hand-written-route.ts'
import { readConfig, report } from '../../processes/process-channel.ts'

/** Clients that request the same report again as soon as they have it, until the benchmark ends them. */
const { url, readers } = readConfig<{ url: string; readers: number }>()
const leaving = new AbortController()

const readForEver = async (): Promise<void> => {
  while (!leaving.signal.aborted) {
    const response = await fetch(url, { headers: { 'x-admin-key': benchAdminKey }, signal: leaving.signal })
    await response.text()
    // Too many reports are under way: it tries again, as the page does.
    if (!response.ok && response.status !== 503) throw new Error(`${url} responded with ${response.status}`)
  }
}
const reading = Array.from({ length: readers }, () =>
  readForEver().catch((error: unknown) => {
    if (!leaving.signal.aborted) throw error
  }),
)
report({}, async () => {
  leaving.abort()
  await Promise.all(reading)
})
