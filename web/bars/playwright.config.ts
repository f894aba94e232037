import { defineConfig } from '@playwright/test'
import base from '../playwright.config'

/* The bars of the page: measured, printed, and only in part asserted (a busy machine is no fault of the page). */
export default defineConfig({
  ...base,
  testDir: '.',
  testMatch: '*.bars.ts',
  timeout: 0,
  reporter: [['./figures.mjs']],
  outputDir: '../test-results',
})
