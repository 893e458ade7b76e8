import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runProgram } from './run-program.ts'

const python = new URL('../python/', import.meta.url)

test('python/events.py equals what the contract exports now', () => {
  const exported = new URL('../../../packages/contract/exports/events.py', import.meta.url)
  expect(readFileSync(new URL('events.py', python), 'utf8')).toBe(readFileSync(exported, 'utf8'))
})

test('every Python file passes the syntax check of Python 3.9', async () => {
  const files = readdirSync(python).filter((file) => file.endsWith('.py'))
  const script =
    'import ast, sys\nfor file in sys.argv[1:]: ast.parse(open(file).read(), file, feature_version=(3, 9))'
  const { code, errors } = await runProgram(
    'python3',
    ['-c', script, ...files.map((file) => `python/${file}`)],
    {},
  )
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  expect(files).toContain('events.py')
})

test('the events of the Python program have the keys that the exported types require', async () => {
  const script = `
import sys
sys.path.insert(0, "python")
import events, post_to_relay
for event in post_to_relay.scan_events("tenant-1"):
    name = event["eventType"].title().replace(".", "")
    envelope, payload = getattr(events, name), getattr(events, name + "Payload")
    assert envelope.__required_keys__ == set(event), event
    keys = set(event["payload"])
    assert payload.__required_keys__ <= keys <= payload.__required_keys__ | payload.__optional_keys__, event
    print(event["eventType"])
`
  const { code, output, errors } = await runProgram('python3', ['-c', script], {})
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  expect(output.trim().split('\n')).toEqual(['scan.completed', 'cluster.created', 'suggestion.generated'])
})
