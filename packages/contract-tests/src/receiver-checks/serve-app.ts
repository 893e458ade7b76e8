/** What is needed from a Fastify app. */
export interface ListeningApp {
  listen(options: { port: number; host: string }): Promise<string>
  close(): PromiseLike<unknown> | unknown
}

/** Serves an app on a free port of loopback. Returns its origin. */
export const serveFastify = (app: ListeningApp): Promise<string> => app.listen({ port: 0, host: '127.0.0.1' })
