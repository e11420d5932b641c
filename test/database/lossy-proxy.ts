import { once } from 'node:events'
import { createServer, request } from 'node:http'

export interface LossyProxy {
  readonly url: string
  /** From now on this many answers to writes are lost, after the server has done what was asked. */
  loseAnswers(count: number): void
  /** How many writes were on the way at one time, at most. */
  readonly writesAtOnce: number
  stop(): Promise<void>
}

/** Stands before a server and loses answers on the way back, as a network does. */
export async function startLossyProxy(target: string): Promise<LossyProxy> {
  let losing = 0
  let writing = 0
  let writesAtOnce = 0
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const isWrite = body.includes('COMMIT')
    if (isWrite) writesAtOnce = Math.max(writesAtOnce, ++writing)
    const loses = losing > 0 && isWrite
    if (loses) losing--
    const onward = request(new URL(incoming.url ?? '/', target), {
      method: incoming.method,
      headers: incoming.headers,
    })
    onward.end(body)
    const [answer] = await once(onward, 'response')
    if (isWrite) writing--
    if (loses) {
      // To the last byte: the server is done before the connection breaks.
      answer.resume()
      await once(answer, 'end')
      incoming.socket.destroy()
      return
    }
    outgoing.writeHead(answer.statusCode, answer.headers)
    answer.pipe(outgoing)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    loseAnswers(count) {
      losing = count
    },
    get writesAtOnce() {
      return writesAtOnce
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
