import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  defineContract,
  descriptionServiceContract,
  safeParseEvent,
  toJsonSchema,
  toPythonTypes,
} from '@altcontext/webhook-contract'
import specification from '@asyncapi/specs/schemas/3.0.0.json' with { type: 'json' }
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { runCli } from '../src/run-cli.ts'
import { readVectors } from './vectors.ts'

const packageFolder = join(import.meta.dirname, '..')
const exported = (file: string): string => readFileSync(join(packageFolder, file), 'utf8')
const schema = JSON.parse(exported('exports/events.schema.json'))

const createAjv = (): Ajv2020 => {
  const ajv = new Ajv2020({ allErrors: true })
  addFormats.default(ajv)
  ajv.addVocabulary(['x-private'])
  return ajv
}

test.each([
  ['json-schema', 'exports/events.schema.json'],
  ['openapi', 'exports/openapi.json'],
  ['asyncapi', 'exports/asyncapi.json'],
  ['python', 'exports/events.py'],
  ['typescript', 'src/events/description-service-events.ts'],
])('the committed %s is what "webhook-contract export" writes now', async (format, file) => {
  let written = ''
  const write = (text: string) => {
    written += text
  }
  expect(await runCli(['export', '--format', format], { write, writeError: write, nowMs: Date.now() })).toBe(
    0,
  )
  expect(written).toBe(exported(file))
})

test('the JSON Schema is valid under the 2020-12 meta-schema', () => {
  const ajv = createAjv()
  expect(ajv.validateSchema(schema), ajv.errorsText()).toBe(true)
})

test('the OpenAPI document is valid under the official 3.1 schema', async () => {
  const validator = new Validator()
  const result = await validator.validate(JSON.parse(exported('exports/openapi.json')))
  expect(result).toEqual({ valid: true })
  expect(validator.version).toBe('3.1')
})

test('the AsyncAPI document is valid under the official 3.0 schema', () => {
  const ajv = new Ajv({ strict: false, meta: false, validateSchema: false })
  addFormats.default(ajv)
  const validate = ajv.compile(specification)
  expect(validate(JSON.parse(exported('exports/asyncapi.json'))), ajv.errorsText(validate.errors)).toBe(true)
})

test.each(Object.entries(descriptionServiceContract.events))(
  'the sample of %s is valid under its exported schema',
  (eventType, { sample }) => {
    const ajv = createAjv()
    ajv.addSchema(schema, 'contract')
    const event = { eventType, tenantId: 'tenant-1', occurredAt: '2026-02-13T12:00:00Z', payload: sample }
    for (const pointer of ['contract', `contract#/$defs/${eventType}`]) {
      expect(ajv.validate(pointer, event), ajv.errorsText()).toBe(true)
    }
    const batch = { events: [event, { id: '0190d6c4-7b1a-7c3e-8f00-3b1f0f3f7a11', ...event }] }
    expect(ajv.validate('contract#/$defs/batch', batch), ajv.errorsText()).toBe(true)
    expect(ajv.validate('contract#/$defs/batch', { events: [] })).toBe(false)
  },
)

// What cannot be written in JSON Schema.
const isEvent = createAjv().compile(schema)
const wordless = ["another tenant's id in the payload", 'a millisecond more than 24 hours ahead of the clock']

test.each<{ title: string; input: unknown; event?: unknown }>(readVectors('parsing').vectors)(
  'ajv and safeParseEvent agree on $title',
  ({ title, input, event }) => {
    const isValid = isEvent(input)
    expect(isValid).toBe(event !== undefined || wordless.includes(title))
  },
)

test('responses of the receiver are valid under the exported schemas', () => {
  const ajv = createAjv()
  ajv.addSchema(schema, 'contract')
  const isSingle = ajv.getSchema('contract#/$defs/singleResponse')
  const isBatch = ajv.getSchema('contract#/$defs/batchResponse')
  expect(isSingle?.({ ok: true, eventId: 'a', duplicate: true })).toBe(true)
  expect(isSingle?.({ ok: false, error: 'unauthorized' })).toBe(false)
  const results = [
    { status: 'stored', eventId: 'a' },
    { status: 'invalid', error: 'invalid_request', issues: [{ path: 'tenantId', message: 'x' }] },
    { status: 'retry', error: 'database_unavailable' },
  ]
  expect(isBatch?.({ ok: true, results })).toBe(true)
  expect(isBatch?.({ ok: true, results: [{ status: 'lost' }] })).toBe(false)
})

test('another contract is exported too, with enums, lists, nesting and a nullable number', () => {
  const shop = defineContract({
    name: 'shop',
    events: {
      'order.paid': {
        description: 'An order was paid.',
        payload: z.object({
          state: z.literal('paid'),
          flags: z.array(z.enum(['gift', 'express'])),
          buyer: z.object({ country: z.string() }),
          discount: z.number().nullable(),
          isFirst: z.boolean().optional(),
          paidAt: z.iso.datetime().optional(),
        }),
        timestamp: 'paidAt',
        sample: { state: 'paid', flags: ['gift'], buyer: { country: 'CA' }, discount: null },
      },
    },
  })
  const event = {
    eventType: 'order.paid',
    tenantId: 't',
    occurredAt: '2026-02-13T12:00:00Z',
    payload: shop.events['order.paid'].sample,
  }
  expect(safeParseEvent(shop, event).success).toBe(true)
  expect(createAjv().validate(toJsonSchema(shop), event)).toBe(true)
  const python = toPythonTypes(shop)
  expect(python).toContain('state: Literal["paid"]')
  expect(python).toContain('flags: list[Literal["gift", "express"]]')
  expect(python).toContain('discount: Optional[float]')
  expect(python).toContain('buyer: Dict[str, Any]')
})

test('Python reads the exported types, and they know which keys are required', () => {
  const script = [
    'import sys, typing',
    'sys.dont_write_bytecode = True',
    `sys.path.insert(0, ${JSON.stringify(join(packageFolder, 'exports'))})`,
    'import events',
    'print(sorted(events.ScanCompletedPayload.__required_keys__))',
    'print(typing.get_type_hints(events.SuggestionResolvedPayload)["resolution"])',
    'print(len(typing.get_args(events.Event)))',
  ].join('\n')
  const cwd = mkdtempSync(join(tmpdir(), 'python-types-'))
  expect(execFileSync('python3', ['-c', script], { cwd, encoding: 'utf8' })).toBe(
    "['durationMs', 'identitiesDetected', 'jobId', 'mediaCount']\ntyping.Literal['accepted', 'rejected']\n7\n",
  )
})
