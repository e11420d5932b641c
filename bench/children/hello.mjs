// The bare floor: the least that a server on this machine can do.
import { createServer } from 'node:http'

const server = createServer((_request, response) => response.end('hello'))
server.listen(0, '127.0.0.1', () =>
  process.send({ url: `http://127.0.0.1:${server.address().port}/`, pid: process.pid }),
)
process.on('SIGTERM', () => process.exit(0))
