const tryAgain = 'Nothing to do: the sender tries again by itself.'
const correctSender = 'Correct the sender: what it sends again will be refused again.'

/** What the page says about events, and about requests that were refused. */
export const eventsEn = {
  kind: 'Which events',
  kinds: { received: 'Accepted', duplicate: 'Arrived again', refused: 'Refused' },
  type: 'Type',
  allTypes: 'All types',
  tenant: 'Tenant',
  occurredAt: 'Occurred',
  receivedAt: 'Received',
  lag: 'Delay',
  clockAhead: (by: string) => `none: the sender’s clock is ${by} ahead`,
  howMany: 'How many',
  storedOnce:
    'An event that arrives again is stored once and counted once. All that is kept is how many of a type arrived again together, and when: not which events, and not of which tenant.',
  id: 'Id',
  copyId: 'Copy the id',
  payload: 'Payload, without its private fields',
  close: 'Close',
  liveness: { connecting: 'Connecting…', live: 'Live', away: 'Not live; trying again' },
  older: 'Show older ones',
  failed: 'The events could not be read',
  none: {
    received: {
      title: 'No event',
      text: 'No stored event matches. Events are kept for 90 days; a new one appears here as it arrives.',
    },
    duplicate: {
      title: 'Nothing arrived again',
      text: 'An event that arrives a second time is counted here, for 90 days. None of them matches.',
    },
    refused: {
      title: 'Nothing was refused',
      text: 'A request that is refused appears here, with the reason.',
    },
  },
  why: 'Why it was refused',
  mend: 'What to do',
  reason: 'Code',
  endpoint: 'Address',
  status: 'Status',
  refusedAt: 'Refused',
  noBody: 'Nothing of a refused request’s body is kept.',
  unknownReason: 'The reason is the host’s own: its log or its documentation says more.',
  refusals: {
    admin_auth_not_configured: {
      words: 'The server has no key, so nobody can prove that they are the sender.',
      mend: 'Give the server a key and start it again. The sender tries again by itself.',
    },
    unauthorized: {
      words: 'The key was missing or wrong.',
      mend: 'Give the sender the key of this server. If it changed, both keys can be valid for a while.',
    },
    wrong_key_rate_limited: {
      words: 'Too many requests with a wrong key came from one address.',
      mend: 'Correct the key of that sender. If none of yours has a wrong one, somebody is guessing: keys are long enough to withstand that.',
    },
    rate_limited: { words: 'More came in a minute than is allowed.', mend: tryAgain },
    payload_too_large: {
      words: 'The request was too large.',
      mend: 'Make the sender put fewer events into one request.',
    },
    unsupported_media_type: { words: 'The request was not sent as JSON.', mend: correctSender },
    invalid_signature: {
      words: 'The signature was missing or wrong, or the clocks of the two differ by more than five minutes.',
      mend: 'Compare the signing secrets of the two services, and set their clocks.',
    },
    invalid_json: { words: 'The body was not JSON in UTF-8.', mend: correctSender },
    invalid_request: {
      words: 'The event breaks the contract.',
      mend: 'The sender’s log names the field. Perhaps the sender was deployed before this server: the contract says which comes first.',
    },
    refused_by_database: {
      words: 'The event holds a value that the database cannot store.',
      mend: correctSender,
    },
    database_unavailable: { words: 'The database was unavailable or slow.', mend: tryAgain },
    overloaded: { words: 'Too many requests were under way at that moment.', mend: tryAgain },
    internal_error: {
      words: 'The server failed.',
      mend: 'Its log has the cause. The sender tries again by itself.',
    },
  },
}
