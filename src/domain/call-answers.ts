import type { NumberOwner, NumberRoute } from './number-queries.ts'
import { type Persona, type Personas, personaOf } from './personas.ts'
import type { ProjectConfig } from './project.ts'
import { entitlementOf } from './tiers.ts'
import { twiml, type Verb } from './twiml.ts'

/** Nothing about whose number it is or was. */
const NOT_IN_SERVICE = 'This number is not in service at the moment. Goodbye.'
const NO_VOICE = 'This number does not take calls at the moment. Goodbye.'
const NOT_THE_OWNER = 'I am sorry, I only talk to the person this number belongs to. Goodbye.'
const NO_ASSISTANT = 'I cannot talk yet, but your number works. Goodbye.'
const AWAY = 'We cannot take your call right now. Please try again in a moment.'

/** What somebody hears when we are down. Depends on nothing. */
export const FALLBACK_TWIML = twiml({ verb: 'say', text: AWAY }, { verb: 'hangup' })
/** A text that nothing is answered to. */
export const SILENT_TWIML = twiml()

type Rules = Pick<ProjectConfig, 'tiers' | 'features' | 'assistant'>

/** Who gets through to whom. `refusal` is what everybody else is told; `user` is there when their persona may say it. */
export type Door =
  | { readonly open: true; readonly user: NumberOwner; readonly isOwner: boolean }
  | { readonly open: false; readonly refusal: string; readonly user?: NumberOwner; readonly greets?: true }

/**
 * The tier, the features and the owner's own phone decide; the caller's number is what the telephone network claims it to
 * be, so it only ever closes the door to somebody, and proves nothing to the assistant.
 */
export function doorFor(route: NumberRoute | undefined, from: string, config: Rules): Door {
  if (route?.user === undefined || route.number.state !== 'active')
    return { open: false, refusal: NOT_IN_SERVICE }
  const { user } = route
  const tier = entitlementOf(user.subscription_tier, config)
  if (!tier.toll_free_number) return { open: false, refusal: NOT_IN_SERVICE }
  if (!config.features.voice_enabled || tier.voice_minutes === 0)
    return { open: false, refusal: NO_VOICE, user }
  const isOwner = user.phone !== null && user.phone === from
  if (user.phone !== null && !isOwner) return { open: false, refusal: NOT_THE_OWNER, user, greets: true }
  return { open: true, user, isOwner }
}

/** What a caller hears. */
export function answerTo(
  route: NumberRoute | undefined,
  call: { readonly from: string; readonly sid: string },
  config: Rules,
  personas: Personas,
): string {
  const door = doorFor(route, call.from, config)
  const persona = door.user === undefined ? undefined : personaOf(door.user, personas)
  if (!door.open || persona === undefined) {
    const refusal = door.open ? NOT_IN_SERVICE : door.refusal
    const greeting = !door.open && door.greets && persona !== undefined ? [greet(persona)] : []
    return twiml(...greeting, { verb: 'say', text: refusal, voice: persona?.voice }, { verb: 'hangup' })
  }
  const { stream_url } = config.assistant
  if (stream_url === undefined)
    return twiml(
      greet(persona),
      { verb: 'say', text: NO_ASSISTANT, voice: persona.voice },
      { verb: 'hangup' },
    )
  const parameters = streamParameters(door.user, call, door.isOwner)
  return twiml(greet(persona), { verb: 'stream', url: stream_url, parameters })
}

/** What the assistant is told. `caller` is a hint and never a proof of who speaks. */
function streamParameters(
  user: NumberOwner,
  call: { readonly from: string; readonly sid: string },
  isOwner: boolean,
): Record<string, string> {
  return {
    user_id: user.id,
    persona: user.persona,
    call_sid: call.sid,
    from: call.from,
    caller: isOwner ? 'owner' : 'unknown',
  }
}

function greet(persona: Persona): Verb {
  return { verb: 'say', text: persona.greeting, voice: persona.voice }
}
