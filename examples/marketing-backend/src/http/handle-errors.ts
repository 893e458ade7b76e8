import { errorBody, type ResponseCode, responseCodeOfStatus, responses } from '@altcontext/webhook-contract'
import { isStoreError } from '@altcontext/webhook-store'
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import type { RejectionLog } from '../rejections/create-rejection-log.ts'
import { RequestError, type RequestIssue } from './request-error.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Refusals of this route are recorded as ingest rejections of this property. */
    ingestProperty?: string
  }
}

interface ErrorResponse {
  statusCode: number
  error: ResponseCode
  issues?: readonly RequestIssue[]
}

/** Every error of every route becomes a response in the host's format here, and nowhere else. */
export const handleErrors = (app: FastifyInstance, rejections: RejectionLog): void => {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { statusCode, ...response } = toResponse(error)
    if (statusCode >= 500 && !(error instanceof RequestError))
      request.log.error({ err: error }, 'request failed')
    recordRejection(request, rejections, response.error, statusCode)
    return reply.code(statusCode).send({ ok: false, ...response })
  })
  app.setNotFoundHandler((_request, reply) => reply.code(404).send(errorBody('not_found')))
}

const toResponse = (error: FastifyError): ErrorResponse => {
  if (error instanceof RequestError) {
    const { statusCode, error: name, issues } = error
    return { statusCode, error: name, ...(issues && { issues }) }
  }
  const code = isStoreError(error) ? error.response : responseCodeOfStatus(error.statusCode ?? 500)
  const issues = responses[code].hasIssues && [{ path: '', message: sentenceOf(error) }]
  return { statusCode: responses[code].status, error: code, ...(issues && { issues }) }
}

// A parser's message may quote what it could not read.
const sentenceOf = (error: FastifyError) =>
  error.code === 'FST_ERR_CTP_EMPTY_JSON_BODY' ? 'The body is empty' : 'The body could not be read'

const recordRejection = (
  request: FastifyRequest,
  rejections: RejectionLog,
  reason: string,
  statusCode: number,
) => {
  const { config, url } = request.routeOptions
  if (!config?.ingestProperty || statusCode >= 500) return
  rejections.record({ propertyId: config.ingestProperty, endpoint: url ?? '', reason, statusCode })
}
