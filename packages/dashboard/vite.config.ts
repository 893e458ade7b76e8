import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

export default defineConfig({
  root: 'src/app',
  // Relative addresses: the page works under any prefix and behind proxies that strip a path.
  base: './',
  plugins: [svelte()],
  build: {
    outDir: '../../dist/app',
    emptyOutDir: true,
    target: 'es2023',
    // No file inlined into another: the content security policy forbids data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What is loaded on demand is too small for style sheets of its own.
    cssCodeSplit: false,
  },
})
