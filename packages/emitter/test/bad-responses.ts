import type { Socket } from 'node:net'

/** What a broken receiver, or another server in its place, does with one connection once it has read the request. */
export interface BadResponse {
  title: string
  respond(socket: Socket): void
}

const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'
const text =
  (title: string, response: string, after: 'stay' | 'end' | 'reset' = 'stay') =>
  (): BadResponse => ({
    title,
    respond(socket) {
      socket.write(response, 'latin1', () => {
        if (after === 'end') socket.end()
        if (after === 'reset') socket.resetAndDestroy()
      })
    },
  })

/** Writes the same again and again until the other side is gone. */
const endless =
  (title: string, start: string, more: string, everyMs = 5) =>
  (): BadResponse => ({
    title,
    respond(socket) {
      socket.write(start)
      const timer = setInterval(() => socket.write(more), everyMs)
      socket.on('close', () => clearInterval(timer))
    },
  })

export const badResponses: readonly BadResponse[] = [
  text('101 to a request that asked for no upgrade', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'),
  text(
    '101 with an upgrade to a websocket',
    'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
  ),
  text(
    '101 with bytes of the other protocol',
    'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n\0\0\u0012\u0004',
  ),
  text('101 and the end', 'HTTP/1.1 101 Switching Protocols\r\nconnection: close\r\n\r\n', 'end'),
  text('101 and a reset', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', 'reset'),
  text('100 and nothing more', 'HTTP/1.1 100 Continue\r\n\r\n'),
  text('100 and the end', 'HTTP/1.1 100 Continue\r\n\r\n', 'end'),
  text('102 and nothing more', 'HTTP/1.1 102 Processing\r\n\r\n'),
  text('103 and nothing more', 'HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n'),
  text('103 and a reset', 'HTTP/1.1 103 Early Hints\r\n\r\n', 'reset'),
  endless('102 again and again', '', 'HTTP/1.1 102 Processing\r\n\r\n'),
  text('a status below 100', 'HTTP/1.1 99 Low\r\ncontent-length: 0\r\n\r\n'),
  text('status 199 without an end', 'HTTP/1.1 199 What\r\n\r\n'),
  text('status 600', 'HTTP/1.1 600 Much\r\ncontent-length: 0\r\n\r\n'),
  text('status 999', 'HTTP/1.1 999 Most\r\ncontent-length: 0\r\n\r\n'),
  text('a status of four digits', 'HTTP/1.1 2000 Fine\r\ncontent-length: 0\r\n\r\n'),
  text('no status at all', 'HTTP/1.1 OK\r\ncontent-length: 0\r\n\r\n'),
  text('nothing, for ever', ''),
  text('the end at once', '', 'end'),
  text('a reset at once', '', 'reset'),
  text('half a status line, for ever', 'HTTP/1.1 2'),
  text('half a status line and the end', 'HTTP/1.1 2', 'end'),
  text('half the headers, for ever', `${head}x-half: `),
  text('half the headers and the end', `${head}x-half: `, 'end'),
  text('half the headers and a reset', `${head}x-half: `, 'reset'),
  text('text that is not HTTP', 'I am not the server that you are looking for.\r\n\r\n'),
  text('the greeting of a mail server', '220 mail.example ESMTP\r\n'),
  text('the greeting of SSH', 'SSH-2.0-OpenSSH_9.9\r\n'),
  text('bytes of TLS to plain HTTP', '\u0016\u0003\u0001\0\u0005hello'),
  text('an alert of TLS and the end', '\u0015\u0003\u0003\0\u0002\u0002\u0028', 'end'),
  text('a frame of HTTP/2', '\0\0\u0006\u0004\0\0\0\0\0\0\u0003\0\0\0\u0064'),
  text('zero bytes', '\0'.repeat(1000)),
  text('HTTP/0.9: a body without a head', '<html>welcome</html>', 'end'),
  text('an unknown version of HTTP', 'HTTP/3.7 200 OK\r\ncontent-length: 0\r\n\r\n'),
  text('a header without a colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n'),
  text('a header with a NUL', 'HTTP/1.1 200 OK\r\nx-nul: a\0b\r\ncontent-length: 0\r\n\r\n'),
  text('a header of 100 KB', `${head}x-long: ${'x'.repeat(100_000)}\r\ncontent-length: 0\r\n\r\n`),
  endless('headers without end', head, `x-more: ${'x'.repeat(1000)}\r\n`),
  endless('headers that trickle', head, 'x', 100),
  text('a body that never comes', `${head}content-length: 100\r\n\r\n`),
  text('a body shorter than its length, and the end', `${head}content-length: 100\r\n\r\n{"ok":`, 'end'),
  text('a body shorter than its length, and a reset', `${head}content-length: 100\r\n\r\n{"ok":`, 'reset'),
  text('a body longer than its length', `${head}content-length: 2\r\n\r\n{"ok":true}`),
  text('a negative length', `${head}content-length: -5\r\n\r\n`),
  text('a length that is text', `${head}content-length: many\r\n\r\n`),
  text('a length beyond every number', `${head}content-length: 99999999999999999999999\r\n\r\n`),
  text('two lengths', `${head}content-length: 5\r\ncontent-length: 7\r\n\r\n12345`),
  text('a length and chunks', `${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
  text('a chunk with an invalid size', `${head}transfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n`),
  text('a chunk longer than it says', `${head}transfer-encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n`),
  text('chunks without the last', `${head}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`),
  text(
    'chunks without the last, and the end',
    `${head}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`,
    'end',
  ),
  text('an unknown transfer encoding', `${head}transfer-encoding: sideways\r\n\r\nhello`),
  text('gzip that is none', `${head}content-encoding: gzip\r\ncontent-length: 5\r\n\r\nhello`),
  endless('a body without end', `${head}\r\n`, 'x'.repeat(65_536), 1),
  endless('a body that trickles', `${head}\r\n{"ok":`, ' ', 100),
  endless('chunks without end', `${head}transfer-encoding: chunked\r\n\r\n`, '5\r\nhello\r\n', 1),
  text('an empty success', `${head}content-length: 0\r\n\r\n`),
  text('204', 'HTTP/1.1 204 No Content\r\n\r\n'),
  text('205', 'HTTP/1.1 205 Reset Content\r\ncontent-length: 0\r\n\r\n'),
  text('a page of a proxy', 'HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n<html>welcome</html>'),
  text('JSON that ends in the middle', `${head}content-length: 11\r\n\r\n{"ok":true,`),
  text('bytes that are no UTF-8', `${head}content-length: 4\r\n\r\n\u00ff\u00fe\u00ff\u00fe`),
].map((make) => make())
