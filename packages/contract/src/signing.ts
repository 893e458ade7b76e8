export { type SignedMessage, signWebhook, toWebhookTimestamp } from './wire/sign-webhook.ts'
export { createSigningSecret, parseSigningSecret, type SigningKey } from './wire/signing-key.ts'
export {
  type ReceivedMessage,
  type SignatureProblem,
  type VerifyWebhookOptions,
  verifyWebhook,
} from './wire/verify-webhook.ts'
export { webhookHeaders } from './wire/webhook-headers.ts'
