import { type EventIssue, errorBody, type ResponseCode, responses } from '@altcontext/webhook-contract'
import type { FastifyReply } from 'fastify'

export const refuse = (
  reply: FastifyReply,
  code: ResponseCode,
  issues?: readonly EventIssue[],
): FastifyReply => reply.code(responses[code].status).send(errorBody(code, issues))
