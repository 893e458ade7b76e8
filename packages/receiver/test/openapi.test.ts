import { batchResponseSchema, descriptionServiceContract } from '@altcontext/webhook-contract'
import swagger from '@fastify/swagger'
import { describe, expect, test } from 'vitest'
import { path, useReceiver } from './receiver-app.ts'

const receiver = useReceiver()

// biome-ignore lint/suspicious/noExplicitAny: the parts of an OpenAPI document are looked at one by one
const documented = async (): Promise<any> => {
  const { app } = await receiver.start({}, (host) =>
    host.register(swagger, { openapi: { openapi: '3.1.0', info: { title: 'host', version: '1' } } }),
  )
  return (app as unknown as { swagger(): unknown }).swagger()
}

describe('the OpenAPI description', () => {
  test('has the five routes, each event of the contract, and every response', async () => {
    const { paths } = await documented()
    expect(Object.keys(paths)).toEqual([
      path,
      ...['batch', 'verify', 'reconcile', 'heartbeat'].map((name) => `${path}/${name}`),
    ])
    const { requestBody, responses, parameters } = paths[path].post
    const events = requestBody.content['application/json'].schema.oneOf
    expect(events.map(({ title }: { title: string }) => title)).toEqual(
      Object.keys(descriptionServiceContract.events),
    )
    expect(Object.keys(responses)).toEqual(['200', '400', '401', '413', '415', '429', '500', '503'])
    expect(parameters.map(({ name }: { name: string }) => name)).toEqual([
      'x-admin-key',
      'webhook-id',
      'webhook-timestamp',
      'webhook-signature',
    ])
  })

  test('describes what a sender writes: a payload before it is parsed', async () => {
    const { paths } = await documented()
    const { oneOf } = paths[path].post.requestBody.content['application/json'].schema
    const scan = oneOf.find(({ title }: { title: string }) => title === 'scan.completed')
    expect(scan.required).toEqual(['eventType', 'tenantId', 'occurredAt', 'payload'])
    expect(scan.properties.payload.required).toEqual([
      'jobId',
      'mediaCount',
      'identitiesDetected',
      'durationMs',
    ])
    expect(scan.properties.payload.properties.mediaCount).toMatchObject({ type: 'integer', minimum: 0 })
  })

  test('describes batches of 1 to 500 events and their results', async () => {
    const { paths } = await documented()
    const { requestBody, responses } = paths[`${path}/batch`].post
    expect(requestBody.content['application/json'].schema.properties.events).toMatchObject({
      minItems: 1,
      maxItems: 500,
    })
    const { schema } = responses['200'].content['application/json']
    expect(Object.keys(schema.properties)).toEqual(Object.keys(batchResponseSchema.shape))
  })
})
