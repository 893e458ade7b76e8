import type { FastifyInstance } from 'fastify'
import { planHistory } from './plan-history.ts'
import { sendLeadForm, sendPages } from './sample-site.ts'
import type { SampleEmitter } from './tenant-plan.ts'

interface FollowOptions {
  app: FastifyInstance
  emitter: SampleEmitter
  firstDay: Date
  /** Everything until then has been played. */
  since: Date
}

export interface Follower {
  stop(): Promise<void>
}

interface Moment {
  at: Date
  play: () => Promise<unknown>
}

const everyMs = 5_000
const planAheadMs = 86_400_000

/** Continues the plan in real time: everything happens at the moment that it has in the plan, at the pace of the days before. */
export const followPlan = ({ app, emitter, firstDay, since }: FollowOptions): Follower => {
  let plannedTo = since
  let coming: Moment[] = []
  let busy: Promise<void> = Promise.resolve()

  const planMore = (now: Date) => {
    const until = new Date(now.getTime() + planAheadMs)
    const { visitors, productEvents } = planHistory(firstDay, until)
    const moments = [
      ...visitors.flatMap((visitor): Moment[] => [
        ...visitor.pages.map((page) => ({
          at: page.at,
          play: () => sendPages(app, { ...visitor, pages: [page] }),
        })),
        ...(visitor.lead === undefined
          ? []
          : [{ at: visitor.lead.at, play: () => sendLeadForm(app, visitor, visitor.lead?.email ?? '') }]),
      ]),
      ...productEvents.map(({ at, fire }) => ({ at, play: () => fire(emitter) })),
    ]
    const after = plannedTo
    coming.push(...moments.filter(({ at }) => at > after).sort((a, b) => a.at.getTime() - b.at.getTime()))
    plannedTo = until
  }
  const tick = async () => {
    const now = new Date()
    if (now.getTime() + planAheadMs / 2 > plannedTo.getTime()) planMore(now)
    const due = coming.filter(({ at }) => at <= now)
    coming = coming.filter(({ at }) => at > now)
    for (const { play } of due) await play()
  }

  const timer = setInterval(() => {
    busy = busy
      .then(tick)
      .catch((error: unknown) => app.log.warn({ err: error }, 'the sample left something out'))
  }, everyMs).unref()
  return {
    async stop() {
      clearInterval(timer)
      await busy
    },
  }
}
