import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const server = process.env.IRONFLY_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // Inlined images would be data: URLs of fonts and icons, which the Content-Security-Policy limits to images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One listing of chunks, so that the size test can follow imports from the first load.
    manifest: true,
    reportCompressedSize: false,
    // scripts/check_size.mjs holds the sizes.
    chunkSizeWarningLimit: 2000,
  },
  server: { port: 5173, proxy: { '/api': { target: server, ws: true, changeOrigin: true } } },
  test: { include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'scripts/**/*.test.ts'], environment: 'node' },
})
