/*
 * A QR code (ISO/IEC 18004) of a short text: byte mode, error correction M, versions 1 to 10, so up to 213
 * bytes; more than an otpauth address needs. The answer is its modules, row by row; true is dark.
 */

/** By version: codewords for correction in a block, blocks with fewer data codewords and their size, then the others. */
const LAYOUT: readonly (readonly [number, number, number, number, number])[] = [
  [10, 1, 16, 0, 0],
  [16, 1, 28, 0, 0],
  [26, 1, 44, 0, 0],
  [18, 2, 32, 0, 0],
  [24, 2, 43, 0, 0],
  [16, 4, 27, 0, 0],
  [18, 4, 31, 0, 0],
  [22, 2, 38, 2, 39],
  [22, 3, 36, 2, 37],
  [26, 4, 43, 1, 44],
]
const ALIGNMENT: readonly (readonly number[])[] = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]]

const EXP = new Uint8Array(512)
const LOG = new Uint8Array(256)
for (let i = 0, x = 1; i < 255; i++) {
  EXP[i] = EXP[i + 255] = x
  LOG[x] = i
  x = x & 0x80 ? (x << 1) ^ 0x11d : x << 1
}

function times(a: number, b: number): number {
  return a && b ? (EXP[(LOG[a] ?? 0) + (LOG[b] ?? 0)] ?? 0) : 0
}

/** Remainder of data · x^n by the generator of n correction codewords. */
export function correction(data: readonly number[], n: number): number[] {
  let generator = [1]
  for (let i = 0; i < n; i++) {
    const next = [...generator, 0]
    generator.forEach((g, j) => (next[j + 1] = (next[j + 1] ?? 0) ^ times(g, EXP[i] ?? 0)))
    generator = next
  }
  const rest = [...data, ...Array.from({ length: n }, () => 0)]
  for (let i = 0; i < data.length; i++) {
    const factor = rest[i] ?? 0
    if (factor) generator.forEach((g, j) => (rest[i + j] = (rest[i + j] ?? 0) ^ times(g, factor)))
  }
  return rest.slice(data.length)
}

function bitsOf(bytes: Uint8Array, version: number, room: number): number[] {
  const bits: number[] = []
  const put = (value: number, count: number) => {
    for (let i = count - 1; i >= 0; i--) bits.push((value >> i) & 1)
  }
  put(4, 4)
  put(bytes.length, version < 10 ? 8 : 16)
  for (const byte of bytes) put(byte, 8)
  put(0, Math.min(4, room * 8 - bits.length))
  while (bits.length % 8) bits.push(0)
  for (let pad = 0xec; bits.length < room * 8; pad ^= 0xec ^ 0x11) put(pad, 8)
  return bits
}

/** Data and correction codewords of all blocks, one of each in turn. */
function codewords(bits: readonly number[], version: number): number[] {
  const [n, few, small, more, large] = LAYOUT[version - 1] as (typeof LAYOUT)[number]
  const all = Array.from({ length: bits.length / 8 }, (_, i) => bits.slice(i * 8, i * 8 + 8).reduce((byte, bit) => byte * 2 + bit, 0))
  const blocks: number[][] = []
  for (let i = 0, at = 0; i < few + more; i++) {
    const size = i < few ? small : large
    blocks.push(all.slice(at, at + size))
    at += size
  }
  const corrections = blocks.map((block) => correction(block, n))
  const out: number[] = []
  for (let i = 0; i < Math.max(small, large); i++) for (const block of blocks) if (i < block.length) out.push(block[i] ?? 0)
  for (let i = 0; i < n; i++) for (const block of corrections) out.push(block[i] ?? 0)
  return out
}

/** Remainder of a BCH code: of the format (0x537) and of the version (0x1f25). */
function bch(value: number, generator: number, degree: number): number {
  let rest = value << degree
  for (let i = 31 - Math.clz32(rest); i >= degree; i = 31 - Math.clz32(rest)) rest ^= generator << (i - degree)
  return (value << degree) | rest
}

const MASKS: readonly ((row: number, column: number) => boolean)[] = [
  (r, c) => (r + c) % 2 === 0,
  (r) => r % 2 === 0,
  (_, c) => c % 3 === 0,
  (r, c) => (r + c) % 3 === 0,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0,
  (r, c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0,
  (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
]

class Grid {
  readonly size: number
  readonly dark: Uint8Array
  readonly fixed: Uint8Array

  constructor(version: number) {
    this.size = 17 + 4 * version
    this.dark = new Uint8Array(this.size * this.size)
    this.fixed = new Uint8Array(this.size * this.size)
    for (let i = 0; i < this.size; i++) {
      this.set(6, i, i % 2 === 0)
      this.set(i, 6, i % 2 === 0)
    }
    this.finder(3, 3)
    this.finder(3, this.size - 4)
    this.finder(this.size - 4, 3)
    const places = ALIGNMENT[version - 1] ?? []
    const last = places.at(-1)
    for (const r of places)
      for (const c of places) if (!((r === 6 && c === 6) || (r === 6 && c === last) || (r === last && c === 6))) this.square(r, c, 2, (ring) => ring !== 1)
    this.format(0)
    if (version >= 7) {
      const bits = bch(version, 0x1f25, 12)
      for (let i = 0; i < 18; i++) {
        const bit = ((bits >> i) & 1) === 1
        this.set(Math.floor(i / 3), this.size - 11 + (i % 3), bit)
        this.set(this.size - 11 + (i % 3), Math.floor(i / 3), bit)
      }
    }
  }

  set(row: number, column: number, dark: boolean): void {
    if (row < 0 || column < 0 || row >= this.size || column >= this.size) return
    this.dark[row * this.size + column] = Number(dark)
    this.fixed[row * this.size + column] = 1
  }

  square(row: number, column: number, reach: number, dark: (ring: number) => boolean): void {
    for (let r = -reach; r <= reach; r++) for (let c = -reach; c <= reach; c++) this.set(row + r, column + c, dark(Math.max(Math.abs(r), Math.abs(c))))
  }

  finder(row: number, column: number): void {
    this.square(row, column, 4, (ring) => ring !== 2 && ring !== 4)
  }

  /** Error correction M is 0. */
  format(mask: number): void {
    const bits = bch(mask, 0x537, 10) ^ 0x5412
    const bit = (i: number) => ((bits >> i) & 1) === 1
    for (let i = 0; i < 15; i++) {
      const along = i < 6 ? i : i < 8 ? i + 1 : this.size - 15 + i
      this.set(along, 8, bit(i))
      const across = i < 8 ? this.size - 1 - i : i === 8 ? 7 : 14 - i
      this.set(8, across, bit(i))
    }
    this.set(this.size - 8, 8, true)
  }

  /** The codewords in their zigzag from the lower right. */
  fill(words: readonly number[]): void {
    let at = 0
    for (let right = this.size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5
      const up = ((right + 1) & 2) === 0
      for (let step = 0; step < this.size; step++)
        for (let side = 0; side < 2; side++) {
          const row = up ? this.size - 1 - step : step
          const place = row * this.size + right - side
          if (this.fixed[place]) continue
          this.dark[place] = ((words[at >> 3] ?? 0) >> (7 - (at & 7))) & 1
          at++
        }
    }
  }

  flip(mask: number): void {
    const test = MASKS[mask] as (typeof MASKS)[number]
    for (let r = 0; r < this.size; r++) for (let c = 0; c < this.size; c++) if (!this.fixed[r * this.size + c] && test(r, c)) this.dark[r * this.size + c] = 1 - (this.dark[r * this.size + c] ?? 0)
  }

  penalty(): number {
    const { size } = this
    const at = (r: number, c: number) => this.dark[r * size + c] ?? 0
    let sum = 0
    let darks = 0
    for (let i = 0; i < size; i++) {
      for (const line of [Array.from({ length: size }, (_, j) => at(i, j)).join(''), Array.from({ length: size }, (_, j) => at(j, i)).join('')]) {
        for (const run of line.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2
        for (let j = 0; j + 11 <= size; j++) if (['10111010000', '00001011101'].includes(line.slice(j, j + 11))) sum += 40
      }
      for (let j = 0; j < size; j++) {
        darks += at(i, j)
        if (i + 1 < size && j + 1 < size && at(i, j) === at(i, j + 1) && at(i, j) === at(i + 1, j) && at(i, j) === at(i + 1, j + 1)) sum += 3
      }
    }
    return sum + 10 * Math.floor(Math.abs((darks * 20) / (size * size) - 10))
  }
}

/** Null when the text is too long. */
export function qr(text: string): boolean[][] | null {
  const bytes = new TextEncoder().encode(text)
  const version = LAYOUT.findIndex(([, few, small, more, large], i) => few * small + more * large >= bytes.length + (i + 1 < 10 ? 2 : 3)) + 1
  if (version === 0) return null
  const [, few, small, more, large] = LAYOUT[version - 1] as (typeof LAYOUT)[number]
  const words = codewords(bitsOf(bytes, version, few * small + more * large), version)
  let best: Grid | null = null
  let least = Infinity
  for (let mask = 0; mask < 8; mask++) {
    const grid = new Grid(version)
    grid.fill(words)
    grid.flip(mask)
    grid.format(mask)
    const penalty = grid.penalty()
    if (penalty < least) {
      least = penalty
      best = grid
    }
  }
  const { size, dark } = best as Grid
  return Array.from({ length: size }, (_, r) => Array.from({ length: size }, (_, c) => dark[r * size + c] === 1))
}
