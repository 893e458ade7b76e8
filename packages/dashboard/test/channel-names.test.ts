import { expect, test } from 'vitest'
import { reportWords } from '../../metrics/src/report/report-words.ts'
import { en } from '../src/app/messages/en.ts'
import { fr } from '../src/app/messages/fr.ts'

// The page loads no code of the server, so both have the names: this keeps them the same.
test.each([
  ['English', en, reportWords.en],
  ['French', fr, reportWords.fr],
] as const)('a channel has one name on the page and in the weekly report, %s', (_language, page, report) => {
  const { unattributed: _notOfThePage, none, ...named } = report.channelNames
  expect(named).toEqual(page.channels.named)
  expect(none).toBe(page.channels.noLead)
})
