import { expect } from 'vitest'
import { producers } from '../stub-producers.ts'
import type { BrowserTest } from './browser-test.ts'
import { tableTexts } from './open-page.ts'

export const healthTests = (test: BrowserTest): void => {
  test('The health of the bridge says its state, its jobs and what arrived today', async (open) => {
    await using opened = await open()
    const { page, show, state } = opened
    await show('?view=bridge')
    await page.getByRole('heading', { name: 'Health of the bridge: Healthy' }).waitFor()
    expect(await tableTexts(page, 'What arrived')).toEqual([
      ['Accepted', '2,714', '48,210'],
      ['Arrived again', '14', '212'],
      ['Refused', '5', '61'],
    ])
    await page.getByText('half within 1.2s, 95 of 100 within 9.8s').waitFor()
    expect((await tableTexts(page, 'Last event of each type')).slice(1, 3)).toEqual([
      ['apikey.created', '1h 30min ago'],
      ['scan.completed', '9s ago'],
    ])
    await page.getByText('3 changes wait to be counted, the oldest for 12s.').waitFor()
    expect((await tableTexts(page, 'Events received'))[0]).toEqual(['scan.completed', '1,412'])
    expect(await tableTexts(page, 'Arrived again')).toEqual([['scan.completed', '14']])
    expect(await tableTexts(page, 'Refused requests')).toEqual([
      ['The key was missing or wrong.', '3'],
      ['The event breaks the contract.', '2'],
    ])
    expect((await tableTexts(page, 'Jobs')).map(([, , finished]) => finished)).toEqual([
      'Nov 22, 2026, 2:02 p.m. UTC (took 840ms)',
      'Nov 22, 2026, 3:00 a.m. UTC (took 4.1s)',
      'Never ran',
      'Nov 22, 2026, 4:00 a.m. UTC (took 1s)',
    ])
    const links = page.getByRole('table', { name: 'Arrived again' }).getByRole('link')
    expect(await links.evaluateAll((found) => found.map((link) => link.getAttribute('href')))).toEqual([
      '?view=events&type=scan.completed&kind=duplicate',
    ])
    await page.getByText('No outbox has reported yet.').waitFor()
    state.bridge = (response) => ({ ...response, problems: ['silent', 'numbers_differ'] })
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.getByRole('heading', { name: 'Health of the bridge: Silent' }).waitFor()
    await page.getByRole('heading', { name: 'Also: Numbers differ' }).waitFor()
    await page.getByText('Run “webhook-metrics backfill”').waitFor()
  })

  test('How many arrived again is listed by type and moment, without any tenant', async (open) => {
    await using opened = await open()
    const { page, show } = opened
    await show('?view=bridge')
    await page
      .getByRole('table', { name: 'What arrived' })
      .getByRole('link', { name: 'Arrived again' })
      .click()
    await page.getByText('not which events, and not of which tenant').waitFor()
    expect(await tableTexts(page, 'Arrived again')).toEqual([
      ['scan.completed', '9', 'Nov 22, 2026, 1:40:12 p.m. UTC'],
      ['scan.completed', '5', 'Nov 22, 2026, 9:02:30 a.m. UTC'],
      ['cluster.created', '198', 'Nov 13, 2026, 10:14:05 p.m. UTC'],
    ])
    expect(await page.getByLabel('Tenant', { exact: true }).count()).toBe(0)
    await page.getByLabel('Type').selectOption('cluster.created')
    await page.getByRole('cell', { name: '198' }).waitFor()
    await expect.poll(() => tableTexts(page, 'Arrived again')).toHaveLength(1)
    await page.getByLabel('Type').selectOption('scan.failed')
    await page.getByText('Nothing arrived again').waitFor()
  })

  test('The health names each outbox, its last heartbeat, and what is missing from when to when', async (open) => {
    await using opened = await open()
    const { page, show, state } = opened
    state.bridge = (response) => ({
      ...response,
      problems: ['producer_silent', 'incomplete'],
      freshness: { ...response.freshness, eventsKnownMissing: 4 },
      producers,
    })
    await show('?view=bridge')
    await page.getByText('1 outbox of the product has stopped sending heartbeats.').waitFor()
    await page.getByText('The clock of an outbox and the clock of this server are too far apart.').waitFor()
    await page.getByText('4 events of the product are missing here, and could not be sent again').waitFor()
    const at = (time: string) => `Nov 22, 2026, ${time} p.m. UTC`
    expect((await tableTexts(page, 'Producers')).map(([, ...cells]) => cells)).toEqual([
      ['Working', '4 events', at('2:02'), at('2:00'), 'nothing', at('2:00'), '1,200', '1'],
      ['Silent', 'nothing', at('1:02'), at('1:00'), '2min', at('1:00'), '300', '0'],
      ['Clock wrong', 'not compared yet', at('2:02'), at('2:00'), 'nothing', '–', '–', '–'],
      ['Never heard from', 'nothing', '–', '–', '–', at('1:00'), '300', '0'],
      [
        'Retired: not heard from for 7 days',
        'nothing',
        at('1:02'),
        at('1:00'),
        'nothing',
        at('1:00'),
        '300',
        '0',
      ],
    ])
    await page
      .getByText(
        '4 events between Nov 20, 2026, 8:00:00 a.m. UTC and Nov 20, 2026, 9:00:00 a.m. UTC (019a1000…00000001)',
      )
      .waitFor()
  })
}
