import { existsSync } from 'node:fs'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

const siteFolder = new URL('../../../marketing-site/public/', import.meta.url)

/** The marketing site at `/site/`, for trying things out on one machine; a deployed server has no such folder. */
export const siteRoute = async (app: FastifyInstance): Promise<void> => {
  if (!existsSync(siteFolder)) return
  await app.register(fastifyStatic, { root: siteFolder, prefix: '/site/', redirect: true })
}
