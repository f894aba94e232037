const END = 9

/** A name in two: what may be cut where there is no room, and its last words, which tell it from its like. */
export function ends(name: string): [string, string] {
  const at = name.lastIndexOf(' ', name.length - END)
  return at <= 0 ? [name, ''] : [name.slice(0, at), name.slice(at)]
}
