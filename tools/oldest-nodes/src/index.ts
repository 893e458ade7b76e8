export { type OldestNode, oldestNodes } from './oldest-nodes.ts'
