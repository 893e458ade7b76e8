// Beacons, and the lead form without leaving the page. Everything here is optional: the page and its form
// work without it.

const form = document.querySelector('#lead-form')
const leadUrl = form.action
const eventsUrl = new URL('events', new URL('..', leadUrl)).href

const anonId = keepAnonId()
const query = new URLSearchParams(location.search)
const utm = Object.fromEntries(
  ['source', 'medium', 'campaign', 'term', 'content']
    .map((name) => [name, query.get(`utm_${name}`)])
    .filter(([, value]) => value),
)
const arrival = { path: location.pathname, referrer: document.referrer || undefined, utm }

sendEvent('page_view')
form.addEventListener('focusin', () => sendEvent('form_start'), { once: true })
form.addEventListener('submit', sendLead)

/** A random number for this browser: not a cookie, and nothing that leads back to a person. */
function keepAnonId() {
  const created = crypto.randomUUID?.() ?? String(Math.random()).slice(2).padEnd(16, '0')
  try {
    const kept = localStorage.getItem('anonId') ?? created
    localStorage.setItem('anonId', kept)
    return kept
  } catch {
    return created
  }
}

/** Text, not JSON, by its type: `sendBeacon` needs no preflight for text. */
function sendEvent(eventType) {
  const body = JSON.stringify({ anonId, eventType, ...arrival })
  if (navigator.sendBeacon?.(eventsUrl, body)) return
  fetch(eventsUrl, { method: 'POST', body, keepalive: true, mode: 'no-cors' }).catch(() => {})
}

async function sendLead(event) {
  event.preventDefault()
  const fields = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''))
  const response = await fetch(leadUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...fields, anonId, ...arrival }),
  }).catch(() => undefined)
  const id = response?.ok ? 'thanks' : 'try-again'
  location.hash = ''
  location.hash = id
  document.getElementById(id).focus()
  if (response?.ok) form.reset()
}
