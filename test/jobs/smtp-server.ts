import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** What the server answers to each command; a string is the whole reply line, `hang` is none, `drop` ends the connection. */
export interface Replies {
  greeting?: string
  mail?: string
  rcpt?: string
  data?: string
  /** To the mail itself. */
  body?: string
  auth?: string
}

export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  /** Headers and body as they came over the wire, with dot-stuffing undone. */
  readonly raw: string
}

export interface SmtpServer {
  readonly port: number
  readonly received: readonly ReceivedMail[]
  /** The credentials of each AUTH PLAIN. */
  readonly credentials: readonly string[]
  readonly connections: number
  /** Changes what is answered from now on. */
  replies: Replies
  close(): Promise<void>
}

/** A mail server that speaks enough SMTP for a real client, and misbehaves as it is told. */
export async function startSmtpServer(capabilities: readonly string[] = ['AUTH PLAIN']): Promise<SmtpServer> {
  const sockets = new Set<Socket>()
  const received: ReceivedMail[] = []
  const credentials: string[] = []
  let connections = 0
  const state = { replies: {} as Replies }
  const server = createServer((socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    converse(socket, capabilities, state, received, credentials)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    received,
    credentials,
    get connections() {
      return connections
    },
    get replies() {
      return state.replies
    },
    set replies(replies) {
      state.replies = replies
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function converse(
  socket: Socket,
  capabilities: readonly string[],
  state: { replies: Replies },
  received: ReceivedMail[],
  credentials: string[],
): void {
  let buffer = ''
  let from = ''
  let to: string[] = []
  let inBody = false
  const say = (reply: string) => {
    if (reply === 'drop') socket.destroy()
    else if (reply !== 'hang') socket.write(`${reply}\r\n`)
  }
  const take = (line: string) => {
    const [verb = ''] = line.toUpperCase().split(/[ :]/)
    if (verb === 'EHLO') {
      const lines = ['test', ...capabilities]
      say(lines.map((text, index) => `250${index === lines.length - 1 ? ' ' : '-'}${text}`).join('\r\n'))
    } else if (verb === 'AUTH') {
      credentials.push(Buffer.from(line.slice(11), 'base64').toString())
      say(state.replies.auth ?? '235 welcome')
    } else if (verb === 'MAIL') {
      from = /<(.*)>/.exec(line)?.[1] ?? ''
      to = []
      say(state.replies.mail ?? '250 ok')
    } else if (verb === 'RCPT') {
      to.push(/<(.*)>/.exec(line)?.[1] ?? '')
      say(state.replies.rcpt ?? '250 ok')
    } else if (verb === 'DATA') {
      const reply = state.replies.data ?? '354 go on'
      inBody = reply.startsWith('3')
      say(reply)
    } else if (verb === 'QUIT') {
      say('221 bye')
      socket.end()
    } else say(verb === 'RSET' || verb === 'NOOP' ? '250 ok' : '502 not implemented')
  }
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    buffer += chunk
    for (;;) {
      const mark = inBody ? '\r\n.\r\n' : '\r\n'
      const end = buffer.indexOf(mark)
      if (end < 0) return
      const text = buffer.slice(0, end)
      buffer = buffer.slice(end + mark.length)
      if (!inBody) take(text)
      else {
        inBody = false
        received.push({ from, to, raw: text.replace(/\r\n\.\./g, '\r\n.') })
        say(state.replies.body ?? '250 queued')
      }
    }
  })
  say(state.replies.greeting ?? '220 test ESMTP')
}
