import { z } from 'zod'
import type { App } from '../../domain/app.ts'
import { json, type Route, route } from '../route.ts'
import { personaShape } from '../shapes.ts'

export function personaRoutes(app: Pick<App, 'personas'>): readonly Route[] {
  const personas = [...app.personas.values()]
  return [
    route({
      method: 'GET',
      path: '/api/personas',
      name: 'listPersonas',
      who: 'anyone',
      kind: 'api',
      summary: 'The catalogue of personas an assistant can take on.',
      answers: {
        200: {
          description: 'All of them; the first is the default.',
          schema: z.strictObject({ personas: z.array(personaShape) }),
        },
      },
      handle: () => json(200, { personas }),
    }),
  ]
}
