import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export interface Nginx extends AsyncDisposable {
  /** Plain HTTP. */
  origin: string
  /** TLS with HTTP/1.1 and HTTP/2, and a certificate of {@link Nginx.ca}. */
  secureOrigin: string
  ca: string
}

/** Whether this machine has an nginx: it comes with Debian's package, which only root can install. */
export const hasNginx = (): boolean => spawnSync('nginx', ['-v']).status === 0

/**
 * nginx in front of a server. `/site/` loses its prefix on the way, `/small/` takes bodies up to 4 KiB, `/impatient/` waits for
 * 200 ms, and `/unbuffered/` passes a body on while it comes.
 */
export const startNginx = async (upstreamPort: number): Promise<Nginx> => {
  const folder = mkdtempSync(join(tmpdir(), 'altcontext-nginx-'))
  chmodSync(folder, 0o755)
  const [port, securePort] = [await findFreePort(), await findFreePort()]
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
      .concat(['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'])
      .concat(['-keyout', key, '-out', certificate]),
    { stdio: 'ignore' },
  )
  const to = `proxy_pass http://127.0.0.1:${upstreamPort}/;`
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events {}
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  proxy_http_version 1.1;
  proxy_set_header X-Real-Ip $remote_addr;
  server {
    listen 127.0.0.1:${port};
    listen 127.0.0.1:${securePort} ssl http2;
    ssl_certificate ${certificate};
    ssl_certificate_key ${key};
    location / { ${to} }
    location /site/ { ${to} }
    location /small/ { client_max_body_size 4k; ${to} }
    location /impatient/ { proxy_read_timeout 200ms; ${to} }
    location /unbuffered/ { proxy_request_buffering off; ${to} }
  }
}
`,
  )
  const server = spawn(
    'nginx',
    ['-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')],
    {
      stdio: 'ignore',
    },
  )
  const ended = once(server, 'exit')
  const stop = async () => {
    server.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  for (let tries = 0; !(await isListening(port)); tries += 1) {
    if (server.exitCode === null && tries < 2000) await delay(25)
    else {
      const said = readFileSync(join(folder, 'error.log'), 'utf8')
      await stop()
      throw new Error(`Failed to start nginx: ${said}`)
    }
  }
  return {
    origin: `http://127.0.0.1:${port}`,
    secureOrigin: `https://127.0.0.1:${securePort}`,
    ca: readFileSync(certificate, 'utf8'),
    [Symbol.asyncDispose]: stop,
  }
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    }).once('error', () => resolve(false))
  })

const findFreePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
