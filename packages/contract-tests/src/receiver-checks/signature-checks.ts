import { createSigningSecret, webhookHeaders } from '@altcontext/webhook-contract'
import { expectRefusal, expectStored, newId, type ReceiverCheck } from './expectations.ts'
import { signedHeaders } from './webhook-client.ts'

interface Forgery {
  name: string
  title: string
  /** Changes the headers of a correctly signed request. */
  forge(
    genuine: Record<string, string>,
    request: { id: string; body: string; secret: string },
  ): Record<string, string | null>
}

const forgeries: readonly Forgery[] = [
  {
    name: 'refuses-a-missing-signature',
    title: 'A request without a signature',
    forge: () => ({ [webhookHeaders.signature]: null }),
  },
  {
    name: 'refuses-a-foreign-signature',
    title: 'A signature with another secret',
    forge: (_genuine, { id, body }) => signedHeaders({ id, body, signingSecret: createSigningSecret() }),
  },
  {
    name: 'refuses-a-changed-body',
    title: 'A signature for another body',
    forge: (_genuine, { id, body, secret }) => signedHeaders({ id, body: `${body} `, signingSecret: secret }),
  },
  {
    name: 'refuses-a-changed-id',
    title: 'A signature for another webhook-id',
    forge: () => ({ [webhookHeaders.id]: newId() }),
  },
  {
    name: 'refuses-a-stale-timestamp',
    title: 'A correct signature that is six minutes old',
    forge: (_genuine, { id, body, secret }) =>
      signedHeaders({ id, body, signingSecret: secret, nowMs: Date.now() - 360_000 }),
  },
  {
    name: 'refuses-a-future-timestamp',
    title: 'A correct signature that is six minutes ahead',
    forge: (_genuine, { id, body, secret }) =>
      signedHeaders({ id, body, signingSecret: secret, nowMs: Date.now() + 360_000 }),
  },
]

/** Standard Webhooks, when a signing secret is configured. */
export const signatureChecks: readonly ReceiverCheck[] = [
  {
    name: 'accepts-rotated-signatures',
    title: 'One correct signature among several is enough, so that secrets can be rotated',
    applies: ({ options }) => options.signingSecret !== undefined,
    async run({ unsignedClient, newEvent, options }) {
      const [id, body] = [newId(), JSON.stringify(newEvent())]
      const signingSecret = [createSigningSecret(), options.signingSecret ?? '']
      expectStored(await unsignedClient.post(body, { headers: signedHeaders({ id, body, signingSecret }) }))
    },
  },
  ...forgeries.map(
    ({ name, title, forge }): ReceiverCheck => ({
      name,
      title: `${title} gets 401, although the key is valid`,
      applies: ({ options }) => options.signingSecret !== undefined,
      async run({ unsignedClient, newEvent, options }) {
        const secret = options.signingSecret ?? ''
        const [id, body] = [newId(), JSON.stringify(newEvent())]
        const genuine = signedHeaders({ id, body, signingSecret: secret })
        const headers = { ...genuine, ...forge(genuine, { id, body, secret }) }
        expectRefusal(await unsignedClient.post(body, { headers }), 401)
      },
    }),
  ),
]
