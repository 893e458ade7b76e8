import type { ContractSnapshot, JsonSchema, Verdict } from '@altcontext/webhook-contract'

/** One change, and what a person judged. `docs/compatibility.md` explains why. */
export interface JudgedCase {
  title: string
  kind: string
  verdict: Verdict
  change(snapshot: ContractSnapshot): void
}

type Change = (snapshot: ContractSnapshot) => void

const event = (snapshot: ContractSnapshot, type = 'scan.completed') => {
  const found = snapshot.events[type]
  if (found === undefined) throw new Error(`The snapshot has no event ${type}`)
  return found
}

/** Changes one field of scan.completed, which the test's snapshot defines. */
const field =
  (name: string, change: (schema: JsonSchema) => void): Change =>
  (snapshot) => {
    const schema = event(snapshot).payload.properties?.[name]
    if (schema === undefined) throw new Error(`The snapshot has no field ${name}`)
    change(schema)
  }

const setField =
  (name: string, schema: JsonSchema, isRequired: boolean): Change =>
  (snapshot) => {
    const { payload } = event(snapshot)
    payload.properties = { ...payload.properties, [name]: schema }
    if (isRequired) payload.required = [...(payload.required ?? []), name]
  }

const dropField =
  (name: string): Change =>
  (snapshot) => {
    const { payload } = event(snapshot)
    delete payload.properties?.[name]
    payload.required = payload.required?.filter((required) => required !== name) ?? []
  }

const limit =
  (name: string, value: number): Change =>
  (snapshot) => {
    snapshot.wire.limits[name] = value
  }

const row = (title: string, kind: string, verdict: Verdict, change: Change): JudgedCase => ({
  title,
  kind,
  verdict,
  change,
})

export const judgedCases: readonly JudgedCase[] = [
  // Events
  row('an event is added', 'event_added', 'consumer first', (snapshot) => {
    snapshot.events['scan.paused'] = structuredClone(event(snapshot))
  }),
  row('an event is removed', 'event_removed', 'producer first', (snapshot) => {
    delete snapshot.events['scan.completed']
  }),
  row("the payload's own timestamp becomes another field", 'timestamp_moved', 'either', (snapshot) => {
    event(snapshot).timestamp = 'note'
  }),
  row('the contract gets another name', 'name_changed', 'either', (snapshot) => {
    snapshot.name = 'other'
  }),

  // Fields
  row(
    'an optional field is added',
    'optional_field_added',
    'either',
    setField('extra', { type: 'string' }, false),
  ),
  row(
    'a required field is added',
    'required_field_added',
    'producer first',
    setField('extra', { type: 'string' }, true),
  ),
  row('an optional field is removed', 'optional_field_removed', 'either', dropField('note')),
  row('a required field is removed', 'required_field_removed', 'consumer first', dropField('jobId')),
  row('a required field becomes optional', 'field_made_optional', 'consumer first', (snapshot) => {
    event(snapshot).payload.required = ['mediaCount', 'mode', 'ratio', 'tags']
  }),
  row('an optional field becomes required', 'field_made_required', 'producer first', (snapshot) => {
    event(snapshot).payload.required = [...(event(snapshot).payload.required ?? []), 'note']
  }),
  row(
    'a field of a nested object is added as required',
    'required_field_added',
    'producer first',
    field('place', (schema) => {
      schema.properties = { ...schema.properties, room: { type: 'string' } }
      schema.required = ['city', 'room']
    }),
  ),
  row('unknown fields are refused from now on', 'unknown_fields_refused', 'producer first', (snapshot) => {
    event(snapshot).payload.additionalProperties = false
  }),

  // Null
  row(
    'null is allowed',
    'null_allowed',
    'consumer first',
    field('jobId', (schema) => {
      const { type, minLength, maxLength } = schema
      delete schema.type
      schema.anyOf = [{ type, minLength, maxLength } as JsonSchema, { type: 'null' }]
    }),
  ),
  row(
    'null is refused',
    'null_refused',
    'producer first',
    setField('note', { type: 'string', maxLength: 500 }, false),
  ),
  row(
    'null is allowed, written as a list of types',
    'null_allowed',
    'consumer first',
    field('mediaCount', (schema) => {
      schema.type = ['integer', 'null']
    }),
  ),

  // Types
  row(
    'text becomes a number',
    'type_changed',
    'breaking',
    field('jobId', (schema) => {
      schema.type = 'integer'
    }),
  ),
  row(
    'a whole number may have a fraction',
    'type_widened',
    'consumer first',
    field('mediaCount', (schema) => {
      schema.type = 'number'
    }),
  ),
  row(
    'a number must be whole',
    'type_narrowed',
    'producer first',
    field('ratio', (schema) => {
      schema.type = 'integer'
    }),
  ),
  row(
    'an object becomes text',
    'type_changed',
    'breaking',
    field('place', (schema) => {
      schema.type = 'string'
    }),
  ),
  row('anything is allowed', 'type_widened', 'consumer first', setField('ratio', {}, false)),
  row(
    "a list's items change from text to numbers",
    'type_changed',
    'breaking',
    field('tags', (schema) => {
      schema.items = { type: 'number' }
    }),
  ),
  row(
    'another alternative is allowed',
    'choice_added',
    'consumer first',
    field('target', (schema) => {
      schema.oneOf = [...(schema.oneOf ?? []), { type: 'boolean' }]
    }),
  ),
  row(
    'an alternative is no longer allowed',
    'choice_removed',
    'producer first',
    setField('target', { type: 'string' }, false),
  ),

  // Bounds
  row(
    'a maximum is raised',
    'maximum_raised',
    'consumer first',
    field('mediaCount', (schema) => {
      schema.maximum = 200
    }),
  ),
  row(
    'a maximum is lowered',
    'maximum_lowered',
    'producer first',
    field('mediaCount', (schema) => {
      schema.maximum = 50
    }),
  ),
  row(
    'a maximum is taken away',
    'maximum_raised',
    'consumer first',
    field('mediaCount', (schema) => {
      delete schema.maximum
    }),
  ),
  row(
    'a maximum is introduced',
    'maximum_lowered',
    'producer first',
    field('ratio', (schema) => {
      schema.maximum = 1
    }),
  ),
  row(
    'a minimum is raised',
    'minimum_raised',
    'producer first',
    field('mediaCount', (schema) => {
      schema.minimum = 1
    }),
  ),
  row(
    'a minimum is lowered',
    'minimum_lowered',
    'consumer first',
    field('mediaCount', (schema) => {
      schema.minimum = -1
    }),
  ),
  row(
    'a text may be longer',
    'maxLength_raised',
    'consumer first',
    field('jobId', (schema) => {
      schema.maxLength = 256
    }),
  ),
  row(
    'a text must be shorter',
    'maxLength_lowered',
    'producer first',
    field('jobId', (schema) => {
      schema.maxLength = 36
    }),
  ),
  row(
    'a text may be empty',
    'minLength_lowered',
    'consumer first',
    field('jobId', (schema) => {
      schema.minLength = 0
    }),
  ),
  row(
    'a list must not be empty',
    'minItems_raised',
    'producer first',
    field('tags', (schema) => {
      schema.minItems = 1
    }),
  ),
  row(
    'a list may be longer',
    'maxItems_raised',
    'consumer first',
    field('tags', (schema) => {
      schema.maxItems = 20
    }),
  ),
  row(
    'a pattern is introduced',
    'pattern_added',
    'producer first',
    field('jobId', (schema) => {
      schema.pattern = '^job-'
    }),
  ),
  row(
    'a pattern is taken away',
    'pattern_removed',
    'consumer first',
    field('mode', (schema) => {
      delete schema.pattern
    }),
  ),
  row(
    'a pattern changes',
    'pattern_changed',
    'breaking',
    field('mode', (schema) => {
      schema.pattern = '^[A-Z]+$'
    }),
  ),
  row(
    'a format is introduced',
    'format_added',
    'producer first',
    field('jobId', (schema) => {
      schema.format = 'uuid'
    }),
  ),
  row(
    'a rule that this package does not know changes',
    'contains_changed',
    'breaking',
    field('tags', (schema) => {
      schema.contains = { const: 'x' }
    }),
  ),

  // Values
  row(
    'a value is added',
    'value_added',
    'consumer first',
    field('mode', (schema) => {
      schema.enum = ['fast', 'deep', 'idle']
    }),
  ),
  row(
    'a value is removed',
    'value_removed',
    'producer first',
    field('mode', (schema) => {
      schema.enum = ['fast']
    }),
  ),
  row(
    'a text is limited to values',
    'values_limited',
    'producer first',
    field('jobId', (schema) => {
      schema.enum = ['a', 'b']
    }),
  ),
  row(
    'values become any text',
    'values_opened',
    'consumer first',
    field('mode', (schema) => {
      delete schema.enum
    }),
  ),
  row(
    'one value may become one of two',
    'value_added',
    'consumer first',
    field('version', (schema) => {
      delete schema.const
      schema.enum = [1, 2]
    }),
  ),

  // Privacy
  row('a field becomes private', 'private_mark_added', 'either', (snapshot) => {
    event(snapshot).privateFields = ['email', 'note']
  }),
  row('a field is private no longer', 'private_mark_removed', 'breaking', (snapshot) => {
    event(snapshot).privateFields = []
  }),
  row('a private field is removed', 'optional_field_removed', 'either', (snapshot) => {
    dropField('email')(snapshot)
    event(snapshot).privateFields = []
  }),

  // The wire
  row('batches may be larger', 'maxBatchEvents_raised', 'consumer first', limit('maxBatchEvents', 1000)),
  row('batches must be smaller', 'maxBatchEvents_lowered', 'producer first', limit('maxBatchEvents', 100)),
  row('bodies may be larger', 'maxBodyBytes_raised', 'consumer first', limit('maxBodyBytes', 1_000_000)),
  row('less of a free text is kept', 'maxTextLength_lowered', 'either', limit('maxTextLength', 200)),
  row('a header gets another name', 'changed', 'breaking', (snapshot) => {
    snapshot.wire.headers.adminKey = 'authorization'
  }),
  row('a header is added', 'header_added', 'producer first', (snapshot) => {
    snapshot.wire.headers.trace = 'traceparent'
  }),
  row('the namespace of dedupe ids changes', 'changed', 'breaking', (snapshot) => {
    snapshot.wire.dedupeNamespace = '00000000-0000-5000-8000-000000000000'
  }),
  row('signatures get another version', 'changed', 'breaking', (snapshot) => {
    snapshot.wire.signatureVersion = 'v2'
  }),
  row('tenant ids may be longer', 'maxLength_raised', 'consumer first', (snapshot) => {
    const tenantId = snapshot.envelope.properties?.tenantId
    if (tenantId) tenantId.maxLength = 256
  }),

  // Responses: the consumer writes them, the producer reads them
  row('a response gets an optional field', 'optional_field_added', 'either', (snapshot) => {
    const response = snapshot.responses.singleResponse
    if (response) response.properties = { ...response.properties, region: { type: 'string' } }
  }),
  row(
    'a response gets a field that the producer demands',
    'required_field_added',
    'consumer first',
    (snapshot) => {
      const response = snapshot.responses.singleResponse
      if (response) {
        response.properties = { ...response.properties, region: { type: 'string' } }
        response.required = [...(response.required ?? []), 'region']
      }
    },
  ),
  row('a response loses a field', 'required_field_removed', 'producer first', (snapshot) => {
    const response = snapshot.responses.singleResponse
    delete response?.properties?.eventId
    if (response) response.required = ['ok']
  }),
  row("a batch's response gets a new status", 'choice_added', 'producer first', (snapshot) => {
    const items = snapshot.responses.batchResponse?.properties?.results?.items
    const later = { type: 'object', required: ['status'], properties: { status: { const: 'later' } } }
    if (items) items.oneOf = [...(items.oneOf ?? []), later]
  }),
  row("a batch's response loses a status", 'choice_removed', 'consumer first', (snapshot) => {
    const items = snapshot.responses.batchResponse?.properties?.results?.items
    if (items) items.oneOf = items.oneOf?.slice(0, -1) ?? []
  }),
]
