import { existsSync } from 'node:fs'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { guardPages } from '../http/guard-pages.ts'

const siteFolder = new URL('../../../marketing-site/public/', import.meta.url)

/** A deployed server has no such folder. */
export const hasSite = existsSync(siteFolder)

/** The marketing site at `/site/`, for trying things out on one machine. */
export const siteRoute = async (app: FastifyInstance): Promise<void> => {
  if (!hasSite) return
  guardPages(app)
  await app.register(fastifyStatic, { root: siteFolder, prefix: '/site/', redirect: true })
}
