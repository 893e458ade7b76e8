/** Where editors and plain `npx vitest` look. */
export { default } from './vitest.workspace.ts'
