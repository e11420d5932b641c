// What the pages do beyond HTML, the sign-up page above all. Without this file the form posts to the page and works the same.

for (const form of document.querySelectorAll('form[data-enhance="sign-up"]')) enhanceSignUp(form)
enhanceCopies()
document.addEventListener('swapped', enhanceCopies)

function enhanceCopies() {
  for (const place of document.querySelectorAll('main .result:has([data-copy]), main [data-copyable]'))
    enhanceCopy(place)
}

function enhanceSignUp(form) {
  // The server's sentences are better than the browser's bubbles, and stand where screen readers find them.
  form.noValidate = true
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (form.getAttribute('aria-busy') !== 'true') void signUp(form)
  })
  for (const input of form.querySelectorAll('input')) {
    input.addEventListener('input', () => showFault(form, input.name, ''))
  }
}

async function signUp(form) {
  const { email, phone, idempotency_key: key } = form.elements
  clearFaults(form)
  if (email.value.trim() === '') {
    showProblem(form, { errors: [{ field: 'email', message: 'Enter your email address.' }] })
    return
  }
  setBusy(form, true)
  const answer = await post(
    '/api/signup',
    { email: email.value, phone: phone.value },
    { 'Idempotency-Key': key.value },
  )
  // The code goes out while the address is looked at. The sign-up stands without it.
  const isCodeSent =
    answer.status === 201 && (await post('/api/auth/code', { email: answer.body.email })).status === 202
  setBusy(form, false)
  if (answer.status === 201) {
    showResult(form, answer.body, isCodeSent)
    return
  }
  // Where it may have been done, the next try keeps the key, so that it is recognised as the same one.
  if (answer.status !== 0 && answer.status !== 503) key.value = newKey()
  showProblem(form, answer.body)
}

async function post(path, body, headers) {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    })
    return { status: response.status, body: await response.json() }
  } catch {
    return {
      status: 0,
      body: { detail: 'We could not be reached. Check your connection and press the button again.' },
    }
  }
}

function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}

function setBusy(form, isBusy) {
  form.setAttribute('aria-busy', String(isBusy))
  const label = form.querySelector('[data-label]')
  label.dataset.idle ??= label.textContent
  label.textContent = isBusy ? 'Assigning your address…' : label.dataset.idle
}

function showProblem(form, problem) {
  const faults = (problem.errors ?? []).filter(({ field }) =>
    form.querySelector(`[data-fault="${CSS.escape(field)}"]`),
  )
  for (const { field, message } of faults) showFault(form, field, message)
  if (faults.length > 0) {
    form.elements[faults[0].field].focus()
    return
  }
  const summary = form.querySelector('[data-summary]')
  const text = document.createElement('p')
  text.textContent = problem.detail ?? 'Something went wrong. Please try again.'
  summary.replaceChildren(text)
  summary.focus()
}

function showFault(form, field, message) {
  const fault = form.querySelector(`[data-fault="${CSS.escape(field)}"]`)
  if (fault === null) return
  fault.textContent = message
  if (message === '') form.elements[field].removeAttribute('aria-invalid')
  else form.elements[field].setAttribute('aria-invalid', 'true')
}

function clearFaults(form) {
  form.querySelector('[data-summary]').replaceChildren()
  for (const fault of form.querySelectorAll('[data-fault]')) showFault(form, fault.dataset.fault, '')
}

function showResult(form, user, isCodeSent) {
  const panel = document.querySelector('#result-template').content.cloneNode(true)
  for (const input of panel.querySelectorAll('[name="email"]')) input.value = user.email
  panel.querySelector('[data-code]').hidden = !isCodeSent
  panel.querySelector('[data-code-later]').hidden = isCodeSent
  for (const input of panel.querySelectorAll('[autofocus]')) input.removeAttribute('autofocus')
  for (const place of panel.querySelectorAll('[data-fill]'))
    place.replaceChildren(...breakable(user[place.dataset.fill]))
  const card = form.parentElement
  card.replaceChildren(panel)
  card.setAttribute('aria-labelledby', 'result-title')
  document.title = 'Your xSwarm address'
  enhanceCopy(card)
  card.querySelector('#result-title').focus()
  card.scrollIntoView({ block: 'nearest' })
}

/** An address that is too long for its line breaks before the @, not in the middle of a word. */
function breakable(address) {
  const at = address.indexOf('@')
  return [address.slice(0, at), document.createElement('wbr'), address.slice(at)]
}

function enhanceCopy(result) {
  const button = result.querySelector('[data-copy]')
  if (!button.hidden) return
  const address = result.querySelector('output')
  const said = result.querySelector('[data-copied]')
  button.hidden = false
  button.addEventListener('click', async () => {
    const isCopied = await copy(address.textContent)
    if (!isCopied) getSelection().selectAllChildren(address)
    said.textContent = isCopied ? 'Copied.' : 'It is marked now: copy it with your keyboard.'
  })
}

async function copy(text) {
  try {
    // Browsers offer this only on https and on this very machine.
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}
