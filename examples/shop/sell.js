import { createEmitterFromEnv } from '@altcontext/webhook-emitter'
import { contract } from './contract.js'

// WEBHOOK_URL and ADMIN_API_KEY
const emitter = createEmitterFromEnv({ contract })

await emitter.emit('order.placed', { orderId: 'order-7', buyerEmail: 'grace@example.com', cents: 9900 })
await emitter.emit('order.paid', { orderId: 'order-7', cents: 9900 })
await emitter.emit('order.refunded', {
  orderId: 'order-7',
  cents: 900,
  reason: 'Late, wrote grace@example.com',
})
await emitter.close()
console.log(emitter.stats())
