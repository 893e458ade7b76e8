import type { JudgedChange, JudgedDiff } from './acceptance-policy.ts'
import type { Verdict } from './diff-snapshots.ts'

export const diffFormats = ['text', 'json', 'markdown'] as const
export type DiffFormat = (typeof diffFormats)[number]

/** A diff for people (`text`), for programs (`json`) or for a pull request (`markdown`). */
export const reportDiff = (diff: JudgedDiff, format: DiffFormat): string => reporters[format](diff)

const conclusions: Record<Verdict, string> = {
  either: 'Compatible: deploy in either order.',
  'producer first': 'Compatible: deploy the producer first.',
  'consumer first': 'Compatible: deploy the consumer first.',
  breaking: 'Breaking: no order of deployment works for all of this.',
}

const conclude = ({ verdict, changes }: JudgedDiff): string => {
  if (changes.length === 0) return 'No changes.'
  const open = changes.filter(({ acceptedBecause }) => acceptedBecause === undefined)
  const isMixed = verdict === 'breaking' && !open.some((change) => change.verdict === 'breaking')
  return isMixed
    ? 'Breaking together: some changes need the producer first, others the consumer. Split the release in two.'
    : conclusions[verdict]
}

const describe = ({ before, after }: JudgedChange): string => {
  if (before === undefined && after === undefined) return ''
  const text = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value))
  return `${text(before)} → ${text(after)}`
}

const verdictWidth = 'producer first'.length

const asText = (diff: JudgedDiff): string =>
  [
    ...diff.changes.flatMap((change) => [
      `${change.verdict.padEnd(verdictWidth)}  ${change.at}  ${change.kind}  ${describe(change)}`.trimEnd(),
      `${''.padEnd(verdictWidth)}  ${change.acceptedBecause === undefined ? change.reason : `Accepted: ${change.acceptedBecause}`}`,
    ]),
    ...diff.notes,
    conclude(diff),
    '',
  ].join('\n')

const asMarkdown = (diff: JudgedDiff): string => {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
  const rows = diff.changes.map((change) => {
    const why = change.acceptedBecause === undefined ? change.reason : `Accepted: ${change.acceptedBecause}`
    const what = [change.kind, describe(change)].filter((text) => text !== '').join(': ')
    return `| ${change.verdict} | \`${cell(change.at)}\` | ${cell(what)} | ${cell(why)} |`
  })
  const table = rows.length === 0 ? [] : ['| order | where | what | why |', '|---|---|---|---|', ...rows, '']
  return [`**${conclude(diff)}**`, '', ...table, ...diff.notes.map((note) => `- ${note}`), ''].join('\n')
}

const reporters: Record<DiffFormat, (diff: JudgedDiff) => string> = {
  text: asText,
  json: (diff) => `${JSON.stringify({ ...diff, conclusion: conclude(diff) }, null, 2)}\n`,
  markdown: asMarkdown,
}
