/** One server-sent event as it came over the wire. */
export interface SentEvent {
  readonly event: string
  readonly id: string
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for and checks it
  readonly data: any
}

export interface Stream {
  /** The id that counts as the last one before any event came. */
  readonly startId: Promise<string>
  /** The next event; undefined when the stream has ended. */
  next(): Promise<SentEvent | undefined>
  /** Everything that came, as text. */
  text(): string
  close(): Promise<void>
}

/** Reads server-sent events, as a browser does, by the standard's own rules and nothing of ours. */
export function readStream(response: Response): Stream {
  if (response.status !== 200 || response.body === null)
    throw new Error(`the stream was answered ${response.status}`)
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  let rest = ''
  let id = ''
  const queue: SentEvent[] = []
  let started: (id: string) => void = () => undefined
  const startId = new Promise<string>((resolve) => {
    started = resolve
  })
  const take = (block: string) => {
    const fields = new Map(
      block
        .split('\n')
        .filter((line) => !line.startsWith(':'))
        .map((line) => [
          line.slice(0, line.indexOf(':')),
          line.slice(line.indexOf(':') + 1).replace(/^ /, ''),
        ]),
    )
    id = fields.get('id') ?? id
    started(id)
    const data = fields.get('data')
    if (data !== undefined)
      queue.push({ event: fields.get('event') ?? 'message', id, data: JSON.parse(data) })
  }
  return {
    startId,
    async next() {
      for (;;) {
        const event = queue.shift()
        if (event !== undefined) return event
        const { done, value } = await reader.read()
        if (done) return undefined
        text += value
        const blocks = (rest + value).split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) take(block)
      }
    },
    text: () => text,
    close: () => reader.cancel(),
  }
}
