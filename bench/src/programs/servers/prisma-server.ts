import { PrismaPg } from '@prisma/adapter-pg'
import { handWrittenRoute } from '../../processes/hand-written-route.ts'
import { readConfig } from '../../processes/process-channel.ts'
import { serve } from '../../processes/serve.ts'

/** The hand-written route with Prisma: look for a duplicate, look the lead up, create. */
const { databaseUrl } = readConfig<{ databaseUrl: string }>()
const { PrismaClient } = await import(new URL('../../../generated/prisma/client.ts', import.meta.url).href)
const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl }) })

const app = handWrittenRoute(async ({ eventType, tenantId, occurredAt, payload }) => {
  const known = await prisma.tenantEvent.findFirst({
    where: {
      tenantId,
      eventType,
      occurredAt: new Date(occurredAt),
      receivedAt: { gte: new Date(Date.now() - 60_000) },
    },
  })
  if (known) return { eventId: known.id, duplicate: true }

  const { email, ...kept } = payload as { email?: string }
  const lead =
    email === undefined
      ? null
      : await prisma.lead.findUnique({ where: { emailNormalized: email.trim().toLowerCase() } })
  const created = await prisma.tenantEvent.create({
    data: { tenantId, eventType, payload: kept, leadId: lead?.id, occurredAt: new Date(occurredAt) },
  })
  return { eventId: created.id }
})
await serve(app, () => prisma.$disconnect())
