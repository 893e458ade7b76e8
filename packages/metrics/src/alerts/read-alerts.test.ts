import { expect, test } from 'vitest'
import { readAlerts } from './read-alerts.ts'

test('without an address or a command nobody is told', () => {
  expect(readAlerts({ ALERT_SILENT_HOURS: '6', ALERT_WEBHOOK_URL: ' ' })).toEqual({
    alerts: false,
    problems: [],
  })
})

test('every variable is read', () => {
  expect(
    readAlerts({
      ALERT_EMAIL_COMMAND: 'sendmail -i ops@example.com',
      ALERT_SILENT_HOURS: '6',
      ALERT_REFUSED_SHARE: '0.05',
      ALERT_PRODUCERS: 'on',
      ALERT_PROOF_HOURS: '48',
      ALERT_CHANNEL_DROPS: 'off',
      ALERT_LANGUAGE: 'fr',
    }),
  ).toEqual({
    alerts: {
      webhook: undefined,
      emailCommand: ['sendmail', '-i', 'ops@example.com'],
      silentHours: 6,
      refusedShare: 0.05,
      producers: true,
      proofHours: 48,
      channelDrops: false,
      language: 'fr',
    },
    problems: [],
  })
})

test.each([
  ['ALERT_SIGNING_SECRET', 'hush-hush'],
  ['ALERT_SIGNING_SECRET', ' '],
  ['ALERT_SILENT_HOURS', 'never'],
  ['ALERT_REFUSED_SHARE', '5 %'],
  ['ALERT_PRODUCERS', 'maybe'],
  ['ALERT_PROOF_HOURS', '0'],
  ['ALERT_CHANNEL_DROPS', 'maybe'],
  ['ALERT_LANGUAGE', 'de'],
])('%s=%s is a problem, and the message names the variable', (name, value) => {
  const { problems } = readAlerts({ ALERT_WEBHOOK_URL: 'https://alerts.example/', [name]: value })
  expect(problems).toEqual([expect.stringContaining(name)])
})

test('an address that is not secure is a problem, and is not repeated; an address beside a command is one too', () => {
  expect(readAlerts({ ALERT_WEBHOOK_URL: 'http://alerts.example/token' }).problems).toEqual([
    'ALERT_WEBHOOK_URL is wrong, expected an https address without user and password (http is allowed to loopback only)',
  ])
  expect(
    readAlerts({ ALERT_WEBHOOK_URL: 'https://alerts.example/', ALERT_EMAIL_COMMAND: 'mail' }).problems,
  ).toEqual(['ALERT_WEBHOOK_URL and ALERT_EMAIL_COMMAND are both set, expected one of them'])
})
