/* A guess at how long a password withstands guessing, for its owner's eyes alone; the server decides. */
export type Strength = 'weak' | 'fair' | 'strong'

export function strength(password: string): Strength {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z0-9]/].filter((kind) => kind.test(password)).length
  const different = new Set(password).size
  const bits = Math.min(password.length, different * 2) * (2.2 + kinds * 0.6)
  if (password.length < 12 || bits < 42) return 'weak'
  return bits < 62 ? 'fair' : 'strong'
}
