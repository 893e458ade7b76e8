import pg from 'pg'
import { insertBareRows } from '../../processes/bare-rows.ts'
import { type HandWrittenEvent, handWrittenRoute } from '../../processes/hand-written-route.ts'
import { readConfig } from '../../processes/process-channel.ts'
import { serve } from '../../processes/serve.ts'

interface Waiting {
  event: HandWrittenEvent & { id: string }
  resolve(): void
  reject(error: unknown): void
}

/** Requests collected into one statement of bare rows: no attribution, no milestones, no dirty log, no privacy. */
const { databaseUrl } = readConfig<{ databaseUrl: string }>()
const pool = new pg.Pool({ connectionString: databaseUrl })
const queue: Waiting[] = []
let isCommitting = false

const commitQueued = async (): Promise<void> => {
  isCommitting = true
  await new Promise(setImmediate)
  while (queue.length > 0) {
    const group = queue.splice(0, 500)
    try {
      await insertBareRows(
        pool,
        group.map(({ event }) => event),
      )
      for (const { resolve } of group) resolve()
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }
  isCommitting = false
}

const app = handWrittenRoute(async (event, id) => {
  await new Promise<void>((resolve, reject) => {
    queue.push({ event: { id, ...event }, resolve, reject })
    if (!isCommitting) void commitQueued()
  })
  return { eventId: id }
})
await serve(app, () => pool.end())
