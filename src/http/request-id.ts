const sane = /^[A-Za-z0-9._-]{1,64}$/

/** The id that a caller gave its request, when it can go into logs and headers as it is. */
export function givenRequestId(headers: Headers): string | undefined {
  const given = headers.get('x-request-id')
  return given !== null && sane.test(given) ? given : undefined
}
