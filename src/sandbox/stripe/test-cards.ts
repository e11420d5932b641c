/** A card number that Stripe's test mode knows, and how charges on it end. */
export interface TestCard {
  readonly number: string
  readonly brand: string
  /** Names of the ready-made payment method and token in the API. */
  readonly name: string
  /** What a person sees who chooses one. */
  readonly label: string
  /** What happens when a person pays or saves the card on a page. */
  readonly entered: 'accepted' | 'declined' | 'authenticate'
  /** How a charge without the person ends; `entered` decides the one in front of them. */
  readonly charged: 'succeeds' | Decline
}

export interface Decline {
  /** Of the error: almost always `card_declined`. */
  readonly code: string
  readonly decline_code: string | null
  readonly message: string
}

const declined = (decline_code: string, message: string): Decline => ({
  code: 'card_declined',
  decline_code,
  message,
})
const generic = declined('generic_decline', 'Your card was declined.')

/** The first is what a page offers first. */
export const TEST_CARDS: readonly TestCard[] = [
  {
    number: '4242424242424242',
    brand: 'visa',
    name: 'visa',
    label: 'Pays',
    entered: 'accepted',
    charged: 'succeeds',
  },
  {
    number: '5555555555554444',
    brand: 'mastercard',
    name: 'mastercard',
    label: 'Pays',
    entered: 'accepted',
    charged: 'succeeds',
  },
  {
    number: '4000002500003155',
    brand: 'visa',
    name: 'authenticationRequiredOnSetup',
    label: 'Asks for authentication, then pays',
    entered: 'authenticate',
    charged: 'succeeds',
  },
  {
    number: '4000000000000002',
    brand: 'visa',
    name: 'chargeDeclined',
    label: 'Is declined',
    entered: 'declined',
    charged: generic,
  },
  {
    number: '4000000000009995',
    brand: 'visa',
    name: 'chargeDeclinedInsufficientFunds',
    label: 'Is declined: insufficient funds',
    entered: 'declined',
    charged: declined('insufficient_funds', 'Your card has insufficient funds.'),
  },
  {
    number: '4000000000000069',
    brand: 'visa',
    name: 'chargeDeclinedExpiredCard',
    label: 'Is declined: expired',
    entered: 'declined',
    charged: { code: 'expired_card', decline_code: null, message: 'Your card has expired.' },
  },
  {
    number: '4000000000000341',
    brand: 'visa',
    name: 'chargeCustomerFail',
    label: 'Is saved, but every charge fails',
    entered: 'accepted',
    charged: generic,
  },
]

/** By its number, its last four digits, or its name in `pm_card_…` and `tok_…`. Throws when there is none.. */
export function findCard(key: string): TestCard {
  const found = lookUpCard(key)
  if (found === undefined) throw new Error(`There is no test card ${key}`)
  return found
}

export function lookUpCard(key: string): TestCard | undefined {
  const wanted = key.replaceAll(/\s/g, '')
  return TEST_CARDS.find(({ number, name }) => [number, number.slice(-4), name].includes(wanted))
}
