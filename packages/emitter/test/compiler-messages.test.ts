import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

const file = join(import.meta.dirname, 'a-product-that-emits.ts')
const before = `import { createEmitter } from '@altcontext/webhook-emitter'
export const emitter = createEmitter({ url: 'https://marketing.example/hooks', adminKey: process.env.ADMIN_API_KEY ?? '' })
`
const options: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  target: ts.ScriptTarget.ES2024,
  lib: ['lib.es2024.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  customConditions: ['@altcontext/source'],
  types: ['node'],
}

let source = ''
let version = 0
// One language service for all tests, so that the packages are read once.
const service = ts.createLanguageService({
  getScriptFileNames: () => [file],
  getScriptVersion: (path) => (path === file ? String(version) : '1'),
  getScriptSnapshot(path) {
    const text = path === file ? source : ts.sys.readFile(path)
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
  },
  getCurrentDirectory: () => import.meta.dirname,
  getCompilationSettings: () => options,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  fileExists: (path) => path === file || ts.sys.fileExists(path),
  readFile: ts.sys.readFile,
  readDirectory: ts.sys.readDirectory,
  directoryExists: ts.sys.directoryExists,
  getDirectories: ts.sys.getDirectories,
})

const edit = (statement: string): void => {
  source = before + statement
  version += 1
}

const messages = (statement: string): string[] => {
  edit(statement)
  return [...service.getSyntacticDiagnostics(file), ...service.getSemanticDiagnostics(file)].map(
    ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n').split('\n')[0] ?? '',
  )
}

/** What an editor shows over the last occurrence of `name`. */
const hover = (statement: string, name: string): string => {
  edit(statement)
  const info = service.getQuickInfoAtPosition(file, source.lastIndexOf(name))
  return [
    ts.displayPartsToString(info?.displayParts),
    ts.displayPartsToString(info?.documentation),
    ...(info?.tags ?? []).map(({ name: tag, text }) => `@${tag} ${ts.displayPartsToString(text)}`),
  ].join('\n')
}

const eventTypes =
  '"tenant.created" | "apikey.created" | "scan.completed" | "scan.failed" | "cluster.created" | "suggestion.generated" | "suggestion.resolved"'

describe('the first line that the compiler says', () => {
  test('of an event as it should be is none', () => {
    expect(
      messages(
        "void emitter.emit('scan.completed', { tenantId: 't', jobId: 'j', mediaCount: 1, identitiesDetected: 2, durationMs: 3 })",
      ),
    ).toEqual([])
  })

  test.each([
    [
      'a misspelt event type',
      "emitter.emit('scan.complete', { tenantId: 't' })",
      `Argument of type '"scan.complete"' is not assignable to parameter of type '${eventTypes}'.`,
    ],
    [
      'a misspelt field',
      "emitter.emit('scan.completed', { tenantId: 't', jobId: 'j', mediaCount: 1, identitiesDetected: 2, duration: 3 })",
      "Object literal may only specify known properties, but 'duration' does not exist in type 'ScanCompleted'. Did you mean to write 'durationMs'?",
    ],
    [
      'a field that is missing',
      "emitter.emit('apikey.created', { tenantId: 't' })",
      "Argument of type '{ tenantId: string; }' is not assignable to parameter of type 'ApikeyCreated'.",
    ],
    [
      'the tenant that is missing',
      "emitter.emit('apikey.created', { keyPrefix: 'ac_live_4f' })",
      "Argument of type '{ keyPrefix: string; }' is not assignable to parameter of type 'ApikeyCreated'.",
    ],
    [
      'a count as text',
      "emitter.emit('suggestion.generated', { tenantId: 't', count: '5' })",
      "Type 'string' is not assignable to type 'number'.",
    ],
    [
      'a Date as a timestamp',
      "emitter.emit('tenant.created', { tenantId: 't', createdAt: new Date() })",
      "Type 'Date' is not assignable to type 'string'.",
    ],
    [
      'null where the contract has none',
      "emitter.emit('apikey.created', { tenantId: 't', keyPrefix: null })",
      "Type 'null' is not assignable to type 'string'.",
    ],
    [
      'a word that is none of two',
      "emitter.emit('suggestion.resolved', { tenantId: 't', suggestionId: 's', resolution: 'dismissed' })",
      `Type '"dismissed"' is not assignable to type '"accepted" | "rejected"'.`,
    ],
    [
      'a field of the product’s own',
      "emitter.emit('tenant.created', { tenantId: 't', phone: '1' })",
      "Object literal may only specify known properties, and 'phone' does not exist in type 'TenantCreated'.",
    ],
    [
      'an envelope instead of type and payload',
      "emitter.emit({ eventType: 'scan.completed', tenantId: 't', payload: {} })",
      'Expected 2-3 arguments, but got 1.',
    ],
    [
      'a misspelt option',
      "emitter.emit('tenant.created', { tenantId: 't' }, { occuredAt: '2026-02-13T12:00:00Z' })",
      "Object literal may only specify known properties, but 'occuredAt' does not exist in type 'EmitOptions'. Did you mean to write 'occurredAt'?",
    ],
    [
      'a key that is missing',
      "createEmitter({ url: 'https://marketing.example/hooks' })",
      "Argument of type '{ url: string; }' is not assignable to parameter of type 'EmitterOptions<DescriptionServiceContract> | TransportEmitterOptions<DescriptionServiceContract>'.",
    ],
  ])('of %s', (_, statement, message) => {
    expect(messages(`void ${statement}`)).toEqual([message])
  })
})

describe('what an editor shows', () => {
  const emit =
    "void emitter.emit('scan.completed', { tenantId: 't', jobId: 'j', mediaCount: 1, durationMs: 3 })"

  test('over a field: its unit, its limits and an example', () => {
    expect(hover(emit, 'durationMs')).toBe(
      '(property) ScanCompletedPayload.durationMs: number\nMilliseconds, a whole number from 0 to 2,147,483,647.\n@example 3200',
    )
  })

  test.each([
    ['the emitter', emit, 'emitter'],
    ['emit', emit, 'emit('],
    ['createEmitter', 'export const another = createEmitter', 'createEmitter'],
    [
      'the contract',
      "import { descriptionServiceContract } from '@altcontext/webhook-contract'\nexport const x = descriptionServiceContract",
      'descriptionServiceContract',
    ],
    [
      'a parsed event',
      "import { descriptionServiceContract, parseEvent } from '@altcontext/webhook-contract'\nexport const parsed = parseEvent(descriptionServiceContract, {})",
      'parsed',
    ],
  ])('over %s: no type of zod’s', (_, statement, name) => {
    const shown = hover(statement, name)
    expect(shown).not.toBe('\n')
    expect(shown).not.toMatch(/zod/i)
  })

  test('over emit: the event’s own name', () => {
    expect(hover(emit, 'emit(')).toContain(
      'emit<"scan.completed">(eventType: "scan.completed", payload: ScanCompleted, options?: EmitOptions): Promise<EmitReceipt>',
    )
  })
})
