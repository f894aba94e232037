import { afterAll, describe, expect, it, vi } from 'vitest'
import { addLeg, orderOf, type Leg } from './draft'

const put = (strike: number, side: Leg['side'], ratio = 1): Leg => ({ root: 'SPXW', expiry: '2026-11-20', right: 'put', strike_micros: strike * 1e6, side, ratio })

describe('a draft', () => {
  it('counts the same contract up, and its opposite down until it is gone', () => {
    const one = addLeg([], put(5000, 'sell'))
    const two = addLeg(one, put(5000, 'sell'))
    expect(two).toEqual([put(5000, 'sell', 2)])
    expect(addLeg(two, put(5000, 'buy'))).toEqual([put(5000, 'sell', 1)])
    expect(addLeg(one, put(5000, 'buy'))).toEqual([])
    expect(addLeg(one, put(5000, 'buy', 3))).toEqual([put(5000, 'buy', 2)])
  })
  it('takes no more legs than an order can have', () => {
    let legs: Leg[] = []
    for (let i = 0; i < 12; i++) legs = addLeg(legs, put(5000 + i, 'buy'))
    expect(legs).toHaveLength(8)
  })
  it('sends a limit only with types that have one', () => {
    const base = { symbol: 'SPX', legs: [put(5000, 'sell')], quantity: 2, tif: 'day' as const, stop_micros: null, trade_id: null, limit_micros: null, exits: null }
    expect(orderOf({ ...base, type: 'limit' }, -1_950_000)).toEqual({
      symbol: 'SPX',
      legs: [{ contract: 'SPXW  261120P05000000', side: 'sell', ratio: 1 }],
      quantity: 2,
      type: 'limit',
      limit_micros: -1_950_000,
      time_in_force: 'day',
    })
    expect(orderOf({ ...base, type: 'market' }, -1_950_000)).not.toHaveProperty('limit_micros')
    // What it brings along is signed as a limit of the closing order, whatever its own type.
    const exits = { target_micros: 1_000_000, stop_micros: null }
    expect(orderOf({ ...base, type: 'market', exits }, null)).toMatchObject({ exit_target_micros: 1_000_000 })
    expect(orderOf({ ...base, type: 'market', exits }, null)).not.toHaveProperty('exit_stop_micros')
    // Of one leg the desk takes a plain price; of a package it is signed as a limit is.
    expect(orderOf({ ...base, type: 'stop', stop_micros: -1_950_000 }, null)).toMatchObject({ stop_micros: 1_950_000 })
    expect(orderOf({ ...base, legs: [put(5000, 'sell'), put(4900, 'buy')], type: 'stop', stop_micros: -1_950_000 }, null)).toMatchObject({ stop_micros: -1_950_000 })
  })
})

describe('a draft that was sent', () => {
  const kept = new Map<string, string>()
  const localStorage = { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, text: string) => kept.set(name, text), removeItem: (name: string) => kept.delete(name) }
  vi.stubGlobal('window', { localStorage })
  afterAll(() => vi.unstubAllGlobals())
  const load = async () => {
    vi.resetModules()
    return (await import('./draft')).useDraft
  }
  it('is the same order after the page was loaded anew, until the desk has answered', async () => {
    let draft = await load()
    draft.getState().load({ symbol: 'SPX', legs: [put(5000, 'sell')] })
    const { key } = draft.getState()
    const order = orderOf(draft.getState(), -1_000_000)
    draft.getState().sending({ key, order })

    draft = await load()
    expect(draft.getState().key).toBe(key)
    expect(draft.getState().unanswered).toEqual({ key, order })
    // A plain no leaves the draft as it is; a yes ends it.
    draft.getState().answered(false)
    expect(draft.getState()).toMatchObject({ key, unanswered: null })
    draft.getState().sending({ key, order })
    draft.getState().answered(true)
    expect(draft.getState().legs).toEqual([])
    expect(draft.getState().key).not.toBe(key)
    expect((await load()).getState().unanswered).toBeNull()
  })
  it('is not the one that was made meanwhile', async () => {
    const draft = await load()
    draft.getState().load({ symbol: 'SPX', legs: [put(5000, 'sell')] })
    const { key } = draft.getState()
    draft.getState().sending({ key, order: orderOf(draft.getState(), -1_000_000) })
    draft.getState().change({ quantity: 7 })
    draft.getState().answered(true)
    expect(draft.getState()).toMatchObject({ quantity: 7, unanswered: null })
  })
})
