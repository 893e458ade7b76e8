import type { FastifyInstance } from 'fastify'
import type { RouteContext } from './routes/route-context.ts'

/** Property of everything that belongs to the bridge. */
export const bridgeProperty = 'description-service'

/** Everything that this server knows of the bridge: its receiver, its numbers and its page. */
export const mountBridge = async (_app: FastifyInstance, _context: RouteContext): Promise<void> => {}
