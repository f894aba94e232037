import { defineConfig } from '@playwright/test'

const browser = process.env.CHROMIUM ?? '/usr/bin/chromium'

export default defineConfig({
  testDir: './e2e',
  // One server with one market for each file of tests; they run one after the other on a small machine.
  workers: 1,
  fullyParallel: false,
  timeout: 180_000,
  // A small machine that builds beside it is slow: what comes late is no fault.
  expect: { timeout: 30_000 },
  reporter: [['./scripts/playwright_reporter.mjs']],
  outputDir: './test-results',
  use: {
    actionTimeout: 30_000,
    viewport: { width: 1440, height: 900 },
    colorScheme: 'dark',
    contextOptions: { reducedMotion: 'reduce' },
    trace: 'off',
    launchOptions: {
      executablePath: browser,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--font-render-hinting=none'],
    },
  },
})
