import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { scanCompleted, useReceiver } from './receiver-app.ts'

const receiver = useReceiver()

const captureLead = async (email: string): Promise<string> => {
  const id = randomUUID()
  await receiver.rows(
    `INSERT INTO leads (id, email_normalized, source_channel, consent_status, first_captured_at, last_captured_at)
     VALUES ($1, $2, 'newsletter', 'express', $3::timestamp, $3::timestamp)`,
    [id, email, '2026-02-01T00:00:00Z'],
  )
  return id
}
const tenantCreated = (email: string | null) => ({
  ...scanCompleted({ eventType: 'tenant.created' }),
  payload: { siteUrl: 'https://gallery.example/path', email },
})
const attributionOf = (tenantId: string) =>
  receiver.rows(
    `SELECT event.lead_id AS event_lead, milestone.lead_id AS milestone_lead, milestone.channel, event.payload
     FROM tenant_events event JOIN tenant_milestones milestone USING (tenant_id) WHERE tenant_id = $1`,
    [tenantId],
  )

describe('attribution', () => {
  test('links tenant.created with " Ada@Example.COM " to the lead ada@example.com, and keeps no address', async () => {
    const { post } = await receiver.start()
    const leadId = await captureLead('ada@example.com')
    const event = tenantCreated(' Ada@Example.COM ')
    expect((await post(event)).statusCode).toBe(200)
    expect(await attributionOf(event.tenantId)).toEqual([
      {
        event_lead: leadId,
        milestone_lead: leadId,
        channel: 'newsletter',
        payload: { siteUrl: 'https://gallery.example' },
      },
    ])
  })

  test('deleting the lead with plain SQL nulls leadId in tenant_events and tenant_milestones', async () => {
    const { post } = await receiver.start()
    const leadId = await captureLead('grace@example.com')
    const event = tenantCreated('grace@example.com')
    await post(event)
    expect(await attributionOf(event.tenantId)).toMatchObject([
      { event_lead: leadId, milestone_lead: leadId },
    ])
    await receiver.rows('DELETE FROM leads WHERE id = $1', [leadId])
    expect(await attributionOf(event.tenantId)).toMatchObject([
      { event_lead: null, milestone_lead: null, channel: 'newsletter' },
    ])
  })

  test.each([null, 'nobody@example.com', ''])(
    'stores tenant.created with the address %j without a lead',
    async (email) => {
      const { post } = await receiver.start()
      const event = tenantCreated(email)
      expect((await post(event)).statusCode).toBe(200)
      expect(await attributionOf(event.tenantId)).toMatchObject([{ event_lead: null, milestone_lead: null }])
    },
  )
})
