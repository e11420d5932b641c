import { userInfo } from 'node:os'
import type { Actor } from '../domain/audit.ts'

/** Who runs this command, for the audit log: the name of their account on this machine and nothing else. */
export function operatorOf(): Actor {
  return `operator:${nameOfAccount()}`
}

function nameOfAccount(): string {
  try {
    // Shown in tables and kept for ever, so only what account names are made of.
    return (
      userInfo()
        .username.replaceAll(/[^\w.@\\-]/g, '_')
        .slice(0, 64) || 'unknown'
    )
  } catch {
    // In a container the process may run as a number that has no account.
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}
