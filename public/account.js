// What the account page does beyond HTML: settings are saved in place, and what is changed elsewhere appears by itself.
// Without this file every form posts to the page and works the same.

const page = document.querySelector('[data-account]')
const said = page.querySelector('[data-said]')
const NAMES = { persona: 'Persona', wake_word: 'Wake word', phone: 'Phone' }

/** The last revision that is shown. */
let shown = Number(page.dataset.revision)
/** The change under way. News wait for it: its own may be faster than its answer, and would look like somebody else's. */
let saving = Promise.resolve()
let quiet

for (const form of page.querySelectorAll('[data-setting]')) enhance(form)
listen()
if (said.textContent !== '') say(said.textContent)

function enhance(form) {
  const name = form.dataset.setting
  form.noValidate = true
  form.querySelector('[data-without-script]')?.setAttribute('hidden', '')
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    save(form)
  })
  if (name === 'persona') {
    let wait
    form.addEventListener('change', () => {
      showPersona(form.elements.persona.value)
      clearTimeout(wait)
      // Arrow keys pass over the cards in between.
      wait = setTimeout(() => save(form), 250)
    })
  } else {
    form.elements[name].dataset.stored = form.elements[name].value
    form.elements[name].addEventListener('input', () => {
      showFault(form, '')
      showElsewhere(form, undefined)
    })
  }
}

function save(form) {
  saving = saving.then(() => send(form))
}

async function send(form) {
  const name = form.dataset.setting
  const value = form.elements[name].value
  form.setAttribute('aria-busy', 'true')
  const { status, body } = await patch({ [name]: name === 'phone' && value.trim() === '' ? null : value })
  form.removeAttribute('aria-busy')
  if (status === 401) return signInAgain()
  if (status === 200) {
    show(body, body.revision, name)
    say(name === 'persona' ? `${nameOf(body.persona)} answers now.` : `${NAMES[name]} saved.`)
    return
  }
  const message = body.errors?.find(({ field }) => field === name)?.message ?? body.detail
  showFault(form, message ?? 'Something went wrong. Please try again.')
  if (name !== 'persona') form.elements[name].focus()
}

async function patch(body) {
  try {
    const response = await fetch('/api/me', {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    })
    return { status: response.status, body: await response.json() }
  } catch {
    return {
      status: 0,
      body: { detail: 'We could not be reached, and nothing was changed. Check your connection.' },
    }
  }
}

/** Shows a user, unless something newer is shown already. `saved` is the setting that was sent from here. */
function show(user, revision, saved) {
  if (revision < shown) return
  shown = revision
  page.dataset.revision = revision
  for (const place of document.querySelectorAll('[data-fill]')) {
    const value = user[place.dataset.fill]
    if (typeof value === 'string' && place.dataset.fill !== 'xswarm_phone') fill(place, value)
  }
  showPersona(user.persona)
  for (const radio of page.querySelectorAll('[name="persona"]')) radio.checked = radio.value === user.persona
  for (const name of ['wake_word', 'phone']) showField(name, user[name] ?? '', saved)
}

function fill(place, value) {
  const at = value.indexOf('@')
  if (at === -1) place.textContent = value
  else place.replaceChildren(value.slice(0, at), document.createElement('wbr'), value.slice(at))
}

/** What somebody is typing is theirs: it stays, with a word about what is stored meanwhile. */
function showField(name, value, saved) {
  const form = page.querySelector(`[data-setting="${name}"]`)
  const input = form.elements[name]
  const isTyping = input.value !== input.dataset.stored && saved !== name
  const isNews = input.dataset.stored !== value
  input.dataset.stored = value
  if (!isTyping || input.value === value) {
    input.value = value
    showFault(form, '')
    showElsewhere(form, undefined)
  } else if (isNews) showElsewhere(form, value === '' ? 'Taken away' : `Changed to “${value}”`)
}

function showElsewhere(form, text) {
  const note = form.querySelector('[data-elsewhere]')
  note.hidden = text === undefined
  note.textContent = text === undefined ? '' : `${text} on another device meanwhile.`
}

function showPersona(key) {
  const radio = page.querySelector(`[name="persona"][value="${CSS.escape(key)}"]`)
  if (radio === null) return
  const { name, greeting, lensClass } = radio.dataset
  page.querySelector('[data-persona-name]').textContent = name
  page.querySelector('[data-persona-greeting]').textContent = greeting
  page.querySelector('[data-lens]').className = `lens big ${lensClass}`
}

function nameOf(key) {
  return page.querySelector(`[name="persona"][value="${CSS.escape(key)}"]`)?.dataset.name ?? key
}

function showFault(form, message) {
  const name = form.dataset.setting
  form.querySelector(`[data-fault="${name}"]`).textContent = message
  const input = form.elements[name]
  if (!(input instanceof HTMLInputElement)) return
  if (message === '') input.removeAttribute('aria-invalid')
  else input.setAttribute('aria-invalid', 'true')
}

/** Seen for a moment, and read out. */
function say(text) {
  said.textContent = text
  clearTimeout(quiet)
  quiet = setTimeout(() => said.replaceChildren(), 6000)
}

/** A page that nobody looks at needs no connection: a browser has only six of them for all its tabs. */
function listen() {
  let source
  const open = () => {
    if (source !== undefined || document.hidden) return
    source = new EventSource('/api/me/events')
    source.addEventListener('open', () => {
      showLive(true)
      void saving.then(catchUp)
    })
    source.addEventListener('change', ({ data }) => {
      void saving.then(() => hear(JSON.parse(data)))
    })
    source.addEventListener('error', () => {
      showLive(false)
      if (source?.readyState !== EventSource.CLOSED) return
      // Refused: the session is over, or the server is just being restarted.
      source = undefined
      setTimeout(async () => {
        if (await catchUp()) open()
      }, 1500)
    })
  }
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) return open()
    source?.close()
    source = undefined
  })
  addEventListener('pagehide', () => source?.close())
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return
    source = undefined
    open()
  })
  open()
}

/** What happened while nobody listened. False when the session is over. */
async function catchUp() {
  try {
    const response = await fetch('/api/me', { signal: AbortSignal.timeout(20_000) })
    if (response.status === 401) return signInAgain()
    if (response.ok) {
      const account = await response.json()
      if (account.revision > shown) hear({ revision: account.revision, changed: ['email'], user: account })
    }
  } catch {
    // Still away: the next try comes by itself.
  }
  return true
}

function hear({ revision, changed, user }) {
  if (revision <= shown) return
  show(user, revision)
  if (changed.some((column) => !(column in NAMES))) void swap()
  const news = changed.filter((column) => column in NAMES)
  if (news.includes('persona')) say(`${nameOf(user.persona)} answers now, chosen on another device.`)
  else if (news.length > 0) say(`${NAMES[news[0]]} changed on another device.`)
  else say('Your account changed.')
}

/** Plan and number follow from more than the user's row, so they come from the server as it draws them. */
async function swap() {
  const response = await fetch('/account')
  if (!response.ok) return
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html')
  for (const part of page.querySelectorAll('[data-swap]')) {
    const other = fresh.querySelector(`[data-swap="${part.dataset.swap}"]`)
    if (other !== null && other.innerHTML !== part.innerHTML) part.replaceChildren(...other.childNodes)
  }
  document.dispatchEvent(new Event('swapped'))
}

function showLive(isOn) {
  const live = page.querySelector('[data-live]')
  live.hidden = false
  live.dataset.live = isOn ? 'on' : 'off'
  live.textContent = isOn ? 'live' : 'connecting…'
}

function signInAgain() {
  location.assign('/sign-in?return=/account')
  return false
}
