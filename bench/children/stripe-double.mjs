// Stands for Stripe's API: every customer has nothing, answered at once.
import { createServer } from 'node:http'

const server = createServer((request, response) => {
  const body = request.url.startsWith('/v1/customers/')
    ? '{"id":"cus_1","object":"customer"}'
    : '{"object":"list","data":[],"has_more":false,"url":"/v1/subscriptions"}'
  response.writeHead(200, { 'content-type': 'application/json' }).end(body)
})
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }))
process.on('SIGTERM', () => process.exit(0))
