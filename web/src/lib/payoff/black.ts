/*
 * Black-76 on a forward, for payoffs at a date before expiry: what the page draws while one moves a slider.
 * The server's figures are the ones that count; these show shapes. Tested against the project's golden values.
 */
const SQRT_2PI = Math.sqrt(2 * Math.PI)

export function normPdf(x: number): number {
  return Math.exp(-x * x / 2) / SQRT_2PI
}

/** Normal distribution. Cody's rational approximations of erfc (1969), about 1e-15 relative. */
export function normCdf(x: number): number {
  return erfc(-x / Math.SQRT2) / 2
}

const A = [3.1611237438705656, 113.864154151050156, 377.485237685302021, 3209.37758913846947, 0.185777706184603153]
const B = [23.6012909523441209, 244.024637934444173, 1282.61652607737228, 2844.23683343917062]
const C = [0.564188496988670089, 8.88314979438837594, 66.1191906371416295, 298.635138197400131, 881.95222124176909, 1712.04761263407058, 2051.07837782607147, 1230.33935479799725, 2.15311535474403846e-8]
const D = [15.7449261107098347, 117.693950891312499, 537.181101862009858, 1621.38957456669019, 3290.79923573345963, 4362.61909014324716, 3439.36767414372164, 1230.33935480374942]
const P = [0.305326634961232344, 0.360344899949804439, 0.125781726111229246, 0.0160837851487422766, 6.58749161529837803e-4, 0.0163153871373020978]
const Q = [2.56852019228982242, 1.87295284992346047, 0.527905102951428412, 0.0605183413124413191, 0.00233520497626869185]

const at = (list: readonly number[], i: number) => list[i] as number

function erfc(x: number): number {
  const y = Math.abs(x)
  if (y <= 0.46875) {
    const z = y * y
    let num = at(A, 4) * z
    let den = z
    for (let i = 0; i < 3; i++) {
      num = (num + at(A, i)) * z
      den = (den + at(B, i)) * z
    }
    return 1 - (x * (num + at(A, 3))) / (den + at(B, 3))
  }
  let result: number
  if (y <= 4) {
    let num = at(C, 8) * y
    let den = y
    for (let i = 0; i < 7; i++) {
      num = (num + at(C, i)) * y
      den = (den + at(D, i)) * y
    }
    result = (num + at(C, 7)) / (den + at(D, 7))
  } else {
    const z = 1 / (y * y)
    let num = at(P, 5) * z
    let den = z
    for (let i = 0; i < 4; i++) {
      num = (num + at(P, i)) * z
      den = (den + at(Q, i)) * z
    }
    result = (z * (num + at(P, 4))) / (den + at(Q, 4))
    result = (1 / Math.sqrt(Math.PI) - result) / y
  }
  // exp(-y²) in two parts, as the square itself is rounded.
  const whole = Math.trunc(y * 16) / 16
  const rest = (y - whole) * (y + whole)
  result *= Math.exp(-whole * whole) * Math.exp(-rest)
  return x < 0 ? 2 - result : result
}

export interface Greeks {
  price: number
  delta: number
  gamma: number
  /** Dollars per calendar day. */
  theta: number
  /** Dollars per vol point. */
  vega: number
}

/** Price and spot Greeks of a European option on a forward that carries spot: F = S · carry. */
export function black(isCall: boolean, spot: number, strike: number, years: number, vol: number, carry: number, discount: number): Greeks {
  const forward = spot * carry
  const sign = isCall ? 1 : -1
  if (years <= 0 || vol <= 0) {
    const inside = sign * (forward - strike)
    return { price: discount * Math.max(0, inside), delta: inside > 0 ? sign * discount * carry : 0, gamma: 0, theta: 0, vega: 0 }
  }
  const root = Math.sqrt(years)
  const sd = vol * root
  const d1 = Math.log(forward / strike) / sd + sd / 2
  const d2 = d1 - sd
  const nd1 = normCdf(sign * d1)
  const nd2 = normCdf(sign * d2)
  const pdf = normPdf(d1)
  const price = discount * sign * (forward * nd1 - strike * nd2)
  // With rate r and yield q constant: discount = e^(-rT), carry = e^((r-q)T).
  const r = -Math.log(discount) / years
  const q = r - Math.log(carry) / years
  const decay = -(discount * forward * pdf * vol) / (2 * root) + sign * (q * discount * forward * nd1 - r * discount * strike * nd2)
  return {
    price,
    delta: sign * discount * carry * nd1,
    gamma: (discount * carry * pdf) / (spot * sd),
    theta: decay / 365,
    vega: (discount * forward * pdf * root) / 100,
  }
}
