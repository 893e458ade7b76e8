import type { CheckResult } from './run-checks.ts'

const marks = { passed: '✓', failed: '✗', skipped: '-' }

/** One line for each check; below a failed one, what was seen instead. */
export const reportLine = ({ status, title, message, durationMs }: CheckResult): string => {
  const took = status === 'skipped' ? '' : ` (${durationMs} ms)`
  const details = message === undefined ? '' : `\n${message.replaceAll(/^/gm, '    ')}`
  return `${marks[status]} ${title}${took}${details}\n`
}

export const summarise = (results: readonly CheckResult[]): string => {
  const count = (status: CheckResult['status']) => results.filter((result) => result.status === status).length
  const skipped = count('skipped')
  return `\n${count('passed')} passed, ${count('failed')} failed${skipped === 0 ? '' : `, ${skipped} skipped`}\n`
}

/** The results as JUnit XML, which every CI reads. */
export const toJunit = (suite: string, results: readonly CheckResult[]): string => {
  const seconds = (ms: number) => (ms / 1000).toFixed(3)
  const total = results.reduce((sum, { durationMs }) => sum + durationMs, 0)
  const failures = results.filter(({ status }) => status === 'failed').length
  const skipped = results.filter(({ status }) => status === 'skipped').length
  const cases = results.map(({ name, title, status, message = '', durationMs }) => {
    const open = `    <testcase classname="${toXml(name)}" name="${toXml(title)}" time="${seconds(durationMs)}"`
    if (status === 'skipped') return `${open}><skipped/></testcase>`
    if (status === 'passed') return `${open}/>`
    const summary = message.split('\n')[0] ?? ''
    return `${open}><failure message="${toXml(summary)}">${toXml(message)}</failure></testcase>`
  })
  const counts = `tests="${results.length}" failures="${failures}" skipped="${skipped}" time="${seconds(total)}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${toXml(suite)}" ${counts}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

const toXml = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no way to write them
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '\ufffd')
    .replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)
