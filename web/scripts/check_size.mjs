// The bars of what is loaded, gzipped: the first load, each screen behind it, the styles.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const FIRST_KIB = 130
const SCREEN_KIB = 150
const STYLES_KIB = 20
/* Three dimensions are for who asks for them. */
const SURFACE_KIB = 180

const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, 'utf8'))
const sizes = new Map()

function kib(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(dist + file), { level: 9 }).length / 1024)
  return sizes.get(file)
}

/** The chunk and all that it imports at once. */
function needs(key, seen = new Set()) {
  if (seen.has(key)) return seen
  seen.add(key)
  for (const next of manifest[key].imports ?? []) needs(next, seen)
  return seen
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry)
const first = needs(entry)
const sum = (keys) => [...keys].reduce((total, key) => total + kib(manifest[key].file), 0)
let bad = false

function hold(name, size, bar) {
  console.log(`${size.toFixed(1).padStart(7)} KiB of ${bar}  ${name}`)
  if (size > bar) bad = true
}

hold('first load', sum(first), FIRST_KIB)
for (const key of Object.keys(manifest).filter((k) => manifest[k].isDynamicEntry))
  hold(key, sum([...needs(key)].filter((k) => !first.has(k))), key.endsWith('Surface3D.tsx') ? SURFACE_KIB : SCREEN_KIB)
hold('styles of the first load', [...new Set([...first].flatMap((key) => manifest[key].css ?? []))].reduce((total, file) => total + kib(file), 0), STYLES_KIB)
for (const file of [...sizes.keys()].filter((f) => f.endsWith('.js')))
  if (/https?:\/\/(?!www\.w3\.org|react\.dev|127\.0\.0\.1|localhost|tanstack\.com|github\.com|dockview\.dev|www\.tradingview\.com)[a-z]/.test(readFileSync(dist + file, 'utf8'))) console.log(`note: ${file} names another host`)
process.exit(bad ? 1 : 0)
