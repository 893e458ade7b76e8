import type { FastifyInstance } from 'fastify'
import { createRandom } from './create-random.ts'
import { sendLeadForm, sendPages } from './sample-site.ts'
import { planScan, planTenant, type SampleEmitter } from './tenant-plan.ts'
import { planVisitor } from './visit-plan.ts'

interface TrickleOptions {
  app: FastifyInstance
  emitter: SampleEmitter
  tenantIds: readonly string[]
}

export interface Trickle {
  stop(): Promise<void>
}

const everyMs = 4_000
const halfAnHourMs = 1_800_000

/** Every few seconds a visitor, now and then a lead and a tenant, and a scan by someone who is there already. */
export const startTrickle = ({ app, emitter, tenantIds }: TrickleOptions): Trickle => {
  const random = createRandom(Date.now())
  const tenants = [...tenantIds]
  let serial = Math.floor(Date.now() / 1_000)
  let busy: Promise<void> = Promise.resolve()

  const tick = async () => {
    const now = new Date()
    serial += 1
    const planned = planVisitor(random, serial, now)
    const visitor = { ...planned, pages: planned.pages.slice(0, 1) }
    await sendPages(app, visitor)
    if (visitor.lead) {
      await sendLeadForm(app, visitor, visitor.lead.email)
      const tenantId = random.uuid()
      tenants.push(tenantId)
      for (const event of planTenant(random, { tenantId, email: visitor.lead.email, createdAt: now }, now)) {
        await event.fire(emitter)
      }
    }
    // A scan that began half an hour ago, and what has followed from it since.
    const begun = new Date(now.getTime() - halfAnHourMs)
    for (const event of planScan(random, random.pick(tenants), begun)) {
      if (event.at <= now) await event.fire(emitter)
    }
  }

  const timer = setInterval(() => {
    busy = busy
      .then(tick)
      .catch((error: unknown) => app.log.warn({ err: error }, 'the sample skipped a beat'))
  }, everyMs).unref()
  return {
    async stop() {
      clearInterval(timer)
      await busy
    },
  }
}
