/** The live page: requests as they come, the newest first. Everything that was received is set as text. */
export const devPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Webhooks received here</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color-scheme: light dark }
  li { margin: 0 0 1rem; list-style: none } ul { padding: 0 }
  .stored { color: #0a7d33 } .refused, .failed { color: #c0392b } .duplicate, .retry, .unknown { color: #8a6d00 }
  code { overflow-wrap: anywhere } time { opacity: .7 }
</style>
<h1>Webhooks received here</h1>
<p id="state" role="status">Waiting for the first request.</p>
<ul id="exchanges" aria-live="polite"></ul>
<script>
  const list = document.querySelector('#exchanges'), state = document.querySelector('#state')
  const add = (parent, name, text, className) => {
    const element = parent.appendChild(document.createElement(name))
    element.textContent = text
    if (className) element.className = className
    return element
  }
  const stream = new EventSource('/exchanges')
  let count = 0
  stream.onmessage = ({ data }) => {
    const { what, response, reasons, events } = JSON.parse(data)
    const item = document.createElement('li')
    add(item, 'time', new Date().toLocaleTimeString())
    add(item, 'strong', ' ' + what + ' → ' + response, response.startsWith('200') ? 'stored' : 'failed')
    for (const reason of reasons) add(item, 'div', reason, 'failed')
    for (const event of events) {
      const line = add(item, 'div', event.outcome + ' ', event.outcome)
      add(line, 'code', event.eventType + ' ' + event.tenantId + ' ' + event.fields)
      for (const reason of event.reasons) add(item, 'div', '— ' + reason, event.outcome)
    }
    list.prepend(item)
    while (list.children.length > 200) list.lastChild.remove()
    count += 1
    state.textContent = count + (count === 1 ? ' request' : ' requests')
  }
  stream.onerror = () => { state.textContent = 'The receiver has stopped.' }
</script>
</html>
`
