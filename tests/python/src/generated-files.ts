import { descriptionServiceContract, toPythonTypes } from '@altcontext/webhook-contract'
import { postgresOutboxSql } from '@altcontext/webhook-emitter/postgres'
import { pythonFolder } from './run-python.ts'

const source = `${pythonFolder}src/altcontext_webhooks/`
const example = `${pythonFolder}../examples/description-service/python/`

/** The files of the Python package, and of the example without it, that are generated from TypeScript sources, by path. */
export const generatedFiles = (): ReadonlyMap<string, string> =>
  new Map([
    [`${source}events.py`, toPythonTypes(descriptionServiceContract)],
    [`${example}events.py`, toPythonTypes(descriptionServiceContract)],
    [`${source}outbox/postgres/outbox.sql`, postgresOutboxSql('{schema}')],
  ])
