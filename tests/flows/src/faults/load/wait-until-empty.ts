import type { OutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import { waitUntil } from '../bench/wait-until.ts'

/** On a slow machine four attempts fail during one fault, and the first long retry comes after two minutes, give or take 20 %. */
const firstLongRetryMs = 180_000

/**
 * Resolves when nothing is pending in an outbox.
 *
 * @throws when that takes too long, with one of the events that still wait
 */
export const waitUntilEmpty = async (records: OutboxRecords, timeoutMs = firstLongRetryMs): Promise<void> => {
  try {
    await waitUntil('the outbox is empty', async () => (await records.counts()).pending === 0, timeoutMs)
  } catch (error) {
    const { pending } = await records.counts()
    const [event] = await records.list({ state: 'pending', limit: 1 })
    throw new Error(`${pending} events still wait, one of them: ${JSON.stringify(event)}`, { cause: error })
  }
}
