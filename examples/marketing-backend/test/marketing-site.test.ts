import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const script = readFileSync(new URL('../../marketing-site/public/site.js', import.meta.url), 'utf8')

test('the page is served at /site/ and names the backend in one place', async () => {
  const page = await server.app.inject('/site/')
  expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
  expect(page.body.match(/action="[^"]+"/g)).toEqual(['action="/v1/leads/capture"'])
  expect(script).not.toMatch(/https?:\/\//)
})

test('the form, posted as a browser without JavaScript does, captures a lead and leads back to #thanks', async () => {
  const { body } = await server.app.inject('/site/')
  const names = [
    ...body.matchAll(/<input[^>]*name="(\w+)"(?:[^>]*type="hidden")?[^>]*?(?:value="([^"]*)")?>/g),
  ]
  const hidden = [...body.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)]
  expect(names.map(([, name]) => name)).toEqual(['formName', 'path', 'email', 'consentStatus', 'honeypot'])
  const fields = new URLSearchParams()
  for (const [, name = '', value = ''] of hidden) fields.set(name, value)
  fields.set('email', 'no-script@example.com')
  fields.set('consentStatus', 'express')
  fields.set('honeypot', '')
  const response = await server.app.inject({
    method: 'POST',
    url: '/v1/leads/capture',
    headers: {
      host: 'backend.example',
      'content-type': 'application/x-www-form-urlencoded',
      referer: 'https://backend.example/site/',
    },
    payload: fields.toString(),
  })
  expect([response.statusCode, response.headers.location]).toEqual([
    303,
    'https://backend.example/site/#thanks',
  ])
  const { rows } = await server.pool.query('SELECT consent_status, form_name FROM leads')
  expect(rows).toEqual([{ consent_status: 'express', form_name: 'early-access' }])
})

/** As much of a browser as the script uses. */
const runScript = (sendBeacon: unknown) => {
  const listeners: Record<string, () => void> = {}
  const fetched = vi.fn(async (_url: string, _request: { body: string; headers?: object }) => new Response())
  runInNewContext(script, {
    URL,
    URLSearchParams,
    crypto,
    fetch: fetched,
    localStorage: { getItem: () => 'anon-of-the-browser', setItem: () => {} },
    location: { pathname: '/site/', search: '?utm_source=talk&other=1', hash: '' },
    navigator: { sendBeacon },
    document: {
      referrer: 'https://duckduckgo.com/',
      querySelector: () => ({
        action: 'http://localhost/v1/leads/capture',
        addEventListener: (name: string, listener: () => void) => {
          listeners[name] = listener
        },
      }),
    },
  })
  return { listeners, fetched }
}

test('the page sends its beacons with sendBeacon, and the backend takes them', async () => {
  const sendBeacon = vi.fn((_url: string, _body: string) => true)
  const { listeners, fetched } = runScript(sendBeacon)
  listeners.focusin?.()
  expect(fetched).not.toHaveBeenCalled()
  expect(sendBeacon.mock.calls.map(([url]) => url)).toEqual(Array(2).fill('http://localhost/v1/events'))
  for (const [url, body] of sendBeacon.mock.calls) {
    const headers = { 'content-type': 'text/plain;charset=UTF-8' }
    const response = await server.app.inject({ method: 'POST', url, headers, payload: body })
    expect(response.statusCode).toBe(200)
  }
  const { rows } = await server.pool.query(
    `SELECT event_type, path, traffic_source, utm_source FROM events JOIN sessions ON sessions.id = session_id
     JOIN visitors ON visitors.id = events.visitor_id
     WHERE anon_id = 'anon-of-the-browser' ORDER BY timestamp, event_type DESC`,
  )
  const from = { path: '/site/', traffic_source: 'campaign', utm_source: 'talk' }
  expect(rows).toEqual([
    { event_type: 'page_view', ...from },
    { event_type: 'form_start', ...from },
  ])
})

test('without sendBeacon the beacons are sent with fetch', async () => {
  const { fetched } = runScript(undefined)
  const [url, request] = fetched.mock.calls[0] ?? []
  expect(url).toBe('http://localhost/v1/events')
  expect(JSON.parse(request?.body ?? '')).toMatchObject({
    eventType: 'page_view',
    anonId: 'anon-of-the-browser',
  })
})
