import { describe, expect, it } from 'vitest'
import { fields } from '@/lib/chain/fields'
import { facts, type Fact } from './facts'

const sources = import.meta.glob<string>('/src/**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true })
const components = Object.entries(sources).filter(([path]) => path.endsWith('.tsx') && !path.startsWith('/src/components/'))

/** Where figures stand without a `?`, and who says what they are. */
const ELSEWHERE: Record<string, string> = {
  '/src/app/MarketStrip.tsx': 'buttons of the figures that the market table explains',
  '/src/features/audit/Export.tsx': 'counts in a sentence',
  '/src/features/settings/LookTab.tsx': 'examples of how figures look',
  '/src/features/chain/ExpiryStrip.tsx': 'buttons; the chain says of the expiry shown what its vol and move are',
  '/src/features/builder/Cone.tsx': 'axes of a picture',
  '/src/features/builder/Ruler.tsx': 'a scale of strikes',
  '/src/features/builder/index.tsx': 'labels of the sliders; the summary explains',
  '/src/features/orders/Ticket.tsx': 'buttons that set the price; the verdict explains',
  '/src/features/positions/ExitButton.tsx': 'the price at which it closes; its gain is explained beside it',
  '/src/features/positions/CorrelationMap.tsx': 'the panel round it explains',
  '/src/features/positions/WhatIf.tsx': 'the rows are columns of the Greeks above',
  '/src/features/volatility/Surface3D.tsx': 'axes of a picture',
  '/src/panels/Candles.tsx': 'axes of a picture',
  '/src/panels/CloseButton.tsx': 'a button with the money that it moves; the verdict above it explains',
  '/src/panels/PayoffPlot.tsx': 'axes of a picture',
}

/** Columns to the right and values in a row of figures that are none: names, states, numbers of rows, buttons. */
const NO_FIGURES = ['order', 'id', 'opened', 'closed', 'act', 'seq', 'end', 'strike', 'version', 'mode', 'connection', 'threads', 'feed', 'feedState', 'session', 'stop', 'close']

describe('what figures are', () => {
  it('is said in full, and of each in words of its own', () => {
    const all = Object.entries<Fact>(facts)
    for (const [id, fact] of all) for (const part of [fact.name, fact.text, fact.unit, fact.source]) expect(part.trim(), id).not.toBe('')
    expect(new Set(all.map(([, fact]) => `${fact.name} ${fact.text}`)).size).toBe(all.length)
  })
  it('is said of every column of the chain, and never what another one is', () => {
    const helps = Object.values(fields).map((field) => field.help)
    expect(new Set(helps).size).toBe(helps.length)
  })
  it('is shown somewhere: no entry without a figure', () => {
    const text = Object.entries(sources)
      .filter(([path]) => !path.includes('/i18n/') && !path.endsWith('.test.ts'))
      .map(([, source]) => source)
      .join('\n')
    expect(Object.keys(facts).filter((id) => !new RegExp(`['"]${id}['"]`).test(text))).toEqual([])
  })
  it('is said wherever figures are written', () => {
    const writes = /import \{[^}]*\b(number|percent|signedPercent|gain|dollars|signed|compact|bytes)\b[^}]*\} from '@\/lib\/format'/
    const silent = components.filter(([, source]) => writes.test(source) && !/<Help|help[:=]/.test(source)).map(([path]) => path)
    expect(silent.toSorted()).toEqual(Object.keys(ELSEWHERE).toSorted())
  })
  it('is left out only where there is no figure', () => {
    const without = components.flatMap(([path, source]) =>
      [...source.matchAll(/\{ id: '(\w+)'[^\n]*?help: null|label=\{t\('(\w+)'\)\}[^\n]*?help=\{null\}/g)].map((found) => ({ path, name: found[1] ?? found[2] ?? '' })),
    )
    expect(without.length).toBeGreaterThan(10)
    expect(without.filter(({ name }) => !NO_FIGURES.includes(name))).toEqual([])
  })
})
