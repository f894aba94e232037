/* Line icons, 16 by 16, drawn here. */
const paths = {
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Zm3.6-1.4L14 14',
  close: 'M4 4l8 8M12 4l-8 8',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  up: 'M4 10l4-4 4 4',
  down: 'M4 6l4 4 4-4',
  left: 'M10 4L6 8l4 4',
  right: 'M6 4l4 4-4 4',
  desk: 'M2 3h5v5H2zM9 3h5v3H9zM9 8h5v5H9zM2 10h5v3H2z',
  chain: 'M2 4h12M2 8h12M2 12h12M8 2v12',
  builder: 'M1.5 11.5H4L8 4.5l4 7h2.5',
  orders: 'M4 2h8v12H4zM6 5h4M6 8h4M6 11h2',
  charts: 'M4 3v10M2.8 6h2.4v4H2.8zM11 2v11M9.8 4h2.4v5H9.8z',
  positions: 'M2 13V9h3v4M6.5 13V5h3v8M11 13V7h3v6',
  volatility: 'M2 5c3 7 9 7 12 0M2 9c3 5 9 5 12 0',
  backtests: 'M2 12l4-4 3 2 5-6M11 4h3v3',
  strategies: 'M8 2l6 3-6 3-6-3zM2 8l6 3 6-3M2 11l6 3 6-3',
  settings: 'M8 10.2A2.2 2.2 0 1 0 8 5.8a2.2 2.2 0 0 0 0 4.4ZM8 1.8v2M8 12.2v2M1.8 8h2M12.2 8h2M3.6 3.6l1.4 1.4M11 11l1.4 1.4M3.6 12.4 5 11M11 5l1.4-1.4',
  system: 'M2 8h3l2-4 2.5 8L11 8h3',
  audit: 'M4 2h6l2 2v10H4zM6 7h4M6 10h4',
  alert: 'M8 2a4 4 0 0 0-4 4v3l-1.4 2.4h10.8L12 9V6a4 4 0 0 0-4-4ZM6.5 13.2h3',
  user: 'M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8ZM2.8 14c.6-3 2.6-4.4 5.2-4.4s4.6 1.4 5.2 4.4',
  sun: 'M8 10.6A2.6 2.6 0 1 0 8 5.4a2.6 2.6 0 0 0 0 5.2ZM8 1.5v1.8M8 12.7v1.8M1.5 8h1.8M12.7 8h1.8M3.4 3.4l1.3 1.3M11.3 11.3l1.3 1.3M3.4 12.6l1.3-1.3M11.3 4.7l1.3-1.3',
  moon: 'M13 9.6A5.6 5.6 0 0 1 6.4 3 5.6 5.6 0 1 0 13 9.6Z',
  menu: 'M2 4h12M2 8h12M2 12h12',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  check: 'M3 8.5l3.2 3.2L13 5',
  warn: 'M8 2.2 14.4 13.4H1.6ZM8 6.4v3.2M8 11.6h.01',
  table: 'M2 3h12v10H2zM2 6.4h12M2 9.8h12M6.4 3v10',
  plot: 'M2 13h12M3 11l3.5-4 3 2L14 3',
  refresh: 'M13 8a5 5 0 1 1-1.5-3.6M13 2v3h-3',
  trash: 'M3 4h10M6 4V2.6h4V4M4.4 4l.6 9.4h6l.6-9.4',
  copy: 'M5.5 5.5h7v8h-7zM3.5 10.5v-8h7',
  out: 'M6 3H3v10h3M9 5l3 3-3 3M12 8H6',
  keyboard: 'M1.5 4h13v8h-13zM4 7h.01M6.7 7h.01M9.3 7h.01M12 7h.01M5 9.6h6',
  play: 'M5 3.2v9.6L12.5 8Z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  stepBack: 'M10.5 3.5 5.5 8l5 4.5ZM3.5 3.5v9',
  stepOn: 'M5.5 3.5l5 4.5-5 4.5ZM12.5 3.5v9',
  replay: 'M3 8a5 5 0 1 0 1.5-3.6M3 2v3h3M7 6.2v3.6L10 8Z',
  external: 'M9 3h4v4M13 3L7.5 8.5M11 9.5V13H3V5h3.5',
} as const

export type IconName = keyof typeof paths

export function Icon({ name, size = 16, className }: { name: IconName; size?: number; className?: string }) {
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 2 : 1.35}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className={className}
    >
      <path d={paths[name]} />
    </svg>
  )
}
