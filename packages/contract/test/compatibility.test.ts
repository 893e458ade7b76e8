import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  applyPolicy,
  type ContractSnapshot,
  createSnapshot,
  descriptionServiceContract,
  diffSnapshots,
  parsePolicy,
  parseSnapshot,
} from '@altcontext/webhook-contract'
import { expect, test } from 'vitest'
import { runCli } from '../src/run-cli.ts'
import { judgedCases } from './compatibility-table.ts'

const packageFolder = join(import.meta.dirname, '..')

const before: ContractSnapshot = {
  ...createSnapshot(descriptionServiceContract),
  events: {
    'scan.completed': {
      description: 'A scan job finished.',
      timestamp: 'completedAt',
      privateFields: ['email'],
      payload: {
        type: 'object',
        required: ['jobId', 'mediaCount', 'mode', 'ratio', 'tags'],
        properties: {
          jobId: { type: 'string', minLength: 1, maxLength: 128 },
          mediaCount: { type: 'integer', minimum: 0, maximum: 100 },
          mode: { type: 'string', enum: ['fast', 'deep'], pattern: '^[a-z]+$' },
          ratio: { type: 'number' },
          tags: { type: 'array', items: { type: 'string' }, maxItems: 10 },
          place: { type: 'object', required: ['city'], properties: { city: { type: 'string' } } },
          target: { oneOf: [{ type: 'string' }, { type: 'integer' }] },
          version: { const: 1 },
          note: { anyOf: [{ type: 'string', maxLength: 500 }, { type: 'null' }] },
          email: { type: 'string' },
          completedAt: { type: 'string', format: 'date-time' },
        },
      },
    },
  },
}
const changed = (change: (snapshot: ContractSnapshot) => void): ContractSnapshot => {
  const after = structuredClone(before)
  change(after)
  return after
}

test.each(judgedCases)('$title: $verdict', ({ kind, verdict, change }) => {
  const diff = diffSnapshots(before, changed(change))
  expect(diff.changes.map((found) => [found.kind, found.verdict])).toEqual([[kind, verdict]])
  expect(diff.verdict).toBe(verdict)
})

const opposite = {
  either: 'either',
  breaking: 'breaking',
  'producer first': 'consumer first',
  'consumer first': 'producer first',
}
// Removing a mark is worse than adding it.
const oneWay = ['a field becomes private', 'a field is private no longer']

test.each(judgedCases.filter(({ title }) => !oneWay.includes(title)))(
  'taking back "$title" wants the opposite order',
  ({ verdict, change }) => {
    expect(diffSnapshots(changed(change), before).verdict).toBe(opposite[verdict])
  },
)

test('more than 40 changes are judged', () => {
  expect(judgedCases.length).toBeGreaterThanOrEqual(40)
  expect(new Set(judgedCases.map(({ title }) => title)).size).toBe(judgedCases.length)
})

test('descriptions and samples may change freely', () => {
  const after = changed((snapshot) => {
    for (const event of Object.values(snapshot.events)) event.description = 'Other words'
  })
  expect(diffSnapshots(before, after)).toEqual({ verdict: 'either', changes: [] })
})

test('two changes that need opposite orders are breaking together', () => {
  const after = changed((snapshot) => {
    const mode = snapshot.events['scan.completed']?.payload.properties?.mode
    if (mode) mode.enum = ['fast', 'thorough']
  })
  const diff = diffSnapshots(before, after)
  expect(diff.changes.map(({ verdict }) => verdict)).toEqual(['consumer first', 'producer first'])
  expect(diff.verdict).toBe('breaking')
})

const renamed = changed((snapshot) => {
  snapshot.wire.headers.adminKey = 'authorization'
})
const accept = (until: string) =>
  parsePolicy(
    JSON.stringify({
      accept: [{ at: 'wire/headers.adminKey', kind: 'changed', until, reason: 'Both are read' }],
    }),
  )
const day = Date.parse('2026-11-22T23:59:00Z')

test('a policy accepts a named break until its last day, and no longer', () => {
  const diff = diffSnapshots(before, renamed)
  expect(applyPolicy(diff, accept('2026-11-22'), day)).toMatchObject({ verdict: 'either', notes: [] })
  expect(applyPolicy(diff, accept('2026-11-21'), day)).toMatchObject({
    verdict: 'breaking',
    notes: ['The policy accepted wire/headers.adminKey changed until 2026-11-21. That day has passed.'],
  })
})

test('an entry of a policy that names no change is pointed out', () => {
  expect(applyPolicy(diffSnapshots(before, before), accept('2027-01-01'), day).notes).toEqual([
    'The policy accepts wire/headers.adminKey changed, which did not change. Remove the entry.',
  ])
})

test('a policy with a misspelt key or no reason is refused with the place', () => {
  expect(() => parsePolicy('{"accept":[{"at":"a","kind":"b","until":"soon","reason":""}]}')).toThrow(
    'accept.0.until: Invalid ISO date; accept.0.reason: Too small',
  )
})

const run = async (...args: string[]) => {
  const written = { stdout: '', stderr: '' }
  const code = await runCli(args, {
    write: (text) => {
      written.stdout += text
    },
    writeError: (text) => {
      written.stderr += text
    },
    nowMs: Date.now(),
  })
  return { code, ...written }
}

test('the command reports in three formats, exits with 1 for a break and with 0 once the policy accepts it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'contract-diff-'))
  const files = Object.fromEntries(
    ['old', 'new', 'policy'].map((name) => [name, join(folder, `${name}.json`)]),
  )
  const { old = '', new: current = '', policy = '' } = files
  await writeFile(old, JSON.stringify(before))
  await writeFile(current, JSON.stringify(renamed))
  await writeFile(policy, JSON.stringify(accept('2999-01-01')))

  const [text, json, markdown, accepted, same] = await Promise.all([
    run('diff', old, current),
    run('diff', old, current, '--format', 'json'),
    run('diff', old, current, '--format', 'markdown'),
    run('diff', old, current, '--policy', policy),
    run('diff', old, old),
  ])
  expect(text).toMatchObject({ code: 1 })
  expect(text.stdout).toBe(
    [
      'breaking        wire/headers.adminKey  changed  "x-admin-key" → "authorization"',
      '                Each side may refuse what the other sends, whichever is new.',
      'Breaking: no order of deployment works for all of this.',
      '',
    ].join('\n'),
  )
  expect(JSON.parse(json.stdout)).toMatchObject({ verdict: 'breaking', changes: [{ kind: 'changed' }] })
  expect(markdown.stdout).toContain(
    '| breaking | `wire/headers.adminKey` | changed: "x-admin-key" → "authorization" |',
  )
  expect(accepted).toMatchObject({ code: 0 })
  expect(accepted.stdout).toContain('Accepted: Both are read (until 2999-01-01)')
  expect(same).toMatchObject({ code: 0, stdout: 'No changes.\n' })
})

test.each([
  [['diff'], "error: missing required argument 'old'"],
  [
    ['diff', 'only-one.json'],
    'Failed to diff: only-one.json cannot be read (ENOENT). Name an existing file.',
  ],
  [['diff', 'a.json', 'b.json', 'c.json'], 'error: too many arguments'],
  [
    ['diff', '/nowhere/a.json', '/nowhere/b.json'],
    'Failed to diff: /nowhere/a.json cannot be read (ENOENT). Name an existing file.',
  ],
  [['export'], "error: required option '--format <format>' not specified"],
  [
    ['export', '--format', 'toString'],
    "error: option '--format <format>' argument 'toString' is invalid. Allowed choices are json-schema, openapi, asyncapi, python, typescript, snapshot.",
  ],
  [['export', '--format', 'openapi', '--contract', '/nowhere/c.js'], 'Failed to export: '],
  [['import'], "error: unknown command 'import'"],
  [['dif', 'a', 'b'], '(Did you mean diff?)'],
])('"webhook-contract %s" says what is wrong and exits with 2', async (args, message) => {
  const result = await run(...args)
  expect(result.code).toBe(2)
  expect(result.stderr).toContain(message)
})

test('the contract can follow the one that was released last', async () => {
  const released = parseSnapshot(await readFile(join(packageFolder, 'snapshots/released.json'), 'utf8'))
  const diff = diffSnapshots(released, createSnapshot(descriptionServiceContract))
  expect(diff.changes.filter(({ verdict }) => verdict === 'breaking')).toEqual([])
  expect(diff.verdict).not.toBe('breaking')
})

test.each([['--help'], ['help'], ['export', '--help'], ['diff', '--help']])(
  '"webhook-contract %s %s" prints the usage and exits with 0',
  async (...args) => {
    expect(await run(...args.filter(Boolean))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Usage:'),
    })
  },
)
